import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { startSimulator } from '../simulator/server.ts';
import type { YamlText } from '../src/base/yaml.ts';
import { readSpec } from '../src/promote/spec.ts';
import { readConfig } from '../src/relay/config/read.ts';
import { readRequest } from '../src/reload/request.ts';
import { readSites } from '../src/sites/sites.ts';
import { token } from './ways-in.ts';

/** What users copy: it is read as the action reads it, and as GitHub and a reviewer would. */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Our action; a GitHub Enterprise Server has a copy. */
const ours = ({ uses = '' }: Step) => /^(qrs-action|company)\/qrs-action@v1$/.test(uses);

const read = (path: string) => readFileSync(ROOT + path, 'utf8');

function parsed(path: string): unknown {
  const document = parseDocument(read(path), { uniqueKeys: true });
  assert.deepEqual(document.errors, [], path);
  return document.toJS();
}

const step = z.object({
  uses: z.string().optional(),
  run: z.string().optional(),
  env: z.record(z.string(), z.string()).default({}),
  with: z.record(z.string(), z.union([z.string(), z.boolean(), z.number()])).default({}),
});
type Step = z.infer<typeof step>;
const concurrency = z.object({
  group: z.string(),
  queue: z.literal('max').optional(),
  'cancel-in-progress': z.boolean().optional(),
});
const permissions = z.record(z.string(), z.enum(['read', 'write', 'none']));
const workflow = z.object({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions,
  jobs: z.record(
    z.string(),
    z.object({
      'runs-on': z.union([z.string(), z.array(z.string())]),
      'timeout-minutes': z.number(),
      permissions: permissions.optional(),
      environment: z.string().optional(),
      concurrency: concurrency.optional(),
      if: z.string().optional(),
      steps: z.array(step),
    }),
  ),
});

const action = z
  .object({ inputs: z.record(z.string(), z.unknown()), outputs: z.record(z.string(), z.unknown()) })
  .parse(parsed('action.yml'));

const WORKFLOWS = globSync('examples/workflows/*.yml', { cwd: ROOT })
  .map(path => path.replaceAll('\\', '/'))
  .sort();
/** Where the server knows no queue, and where a later run does the work of those that were dropped. */
const QUEUELESS = ['enterprise-server', 'promote-by-schedule'].map(name => `examples/workflows/${name}.yml`);
/** The names of secrets in all examples. */
const SECRET =
  /^((DEV|TEST|PROD)_(CLIENT_PEM|CLIENT_KEY_PEM|ROOT_PEM|JWT|READER_JWT|PASSWORD)|(TEAMS|SLACK)_WEBHOOK_URL|SMTP_LOGIN)$/;

/** A choice has one of its options; what somebody types may be anything. */
const CHOSEN: Record<string, string> = { 'inputs.site': 'test', 'inputs.mode': 'duplicate' };

/** What GitHub puts in the place of an expression that the examples use in a spec: a JSON string. */
function filled(text: string): string {
  return text.replace(/\$\{\{ toJSON\((.+?)\) \}\}/g, (_, inner: string) =>
    JSON.stringify(CHOSEN[inner] ?? '"]}\nto: [x] #'),
  );
}

/** Inline text, or a file of the examples, as it is at the root of the user's repository. */
function textOf(input: string, value: string): YamlText {
  if (/\.yml$/.test(value)) return { from: value, text: read(`examples/${value}`) };
  assert.doesNotMatch(filled(value), /\$\{\{/, `${input}: an expression that toJSON does not quote`);
  return { from: input, text: filled(value) };
}

const site = await startSimulator({ name: 'any', data: {} });
await site.stop();

/** As if every variable and secret were set. */
function madeUp(names: readonly string[]): Record<string, string> {
  const value = (name: string) => {
    if (name.endsWith('_KEY_PEM')) return site.key;
    if (name.endsWith('_ROOT_PEM')) return site.ca;
    if (name.endsWith('_PEM')) return site.certificate;
    if (name.endsWith('_JWT')) return token();
    if (/_(USER|ACCOUNT)$/.test(name)) return 'COMPANY\\sa_qlik';
    if (name.endsWith('_PASSWORD')) return 'made up';
    return 'https://qlik.company.com:4242';
  };
  return Object.fromEntries(names.map(name => [name, value(name)]));
}

function variablesIn(yaml: string): string[] {
  return [...yaml.replace(/^#.*$/gm, '').matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name);
}

function checkSites(given: Step): string[] {
  const inputs = given.with;
  const { sites, url, certificate, key, ca } = inputs;
  const text =
    sites === undefined
      ? JSON.stringify({
          default: { url, ...madeUpInputs({ certificate, key, ca }) },
        })
      : onDisk(textOf('sites', String(sites)).text);
  const used = variablesIn(text);
  const environment = madeUp(Object.keys(given.env));
  assert.deepEqual([...new Set(used)].sort(), Object.keys(given.env).sort(), 'env has what the sites name');
  return readSites({ from: 'sites', text }, { environment, secret: () => {} }).map(({ name }) => name);
}

/** As if the files of the Windows runner were on this disk. */
function onDisk(text: string): string {
  const files: Record<string, string> = { client: site.certificate, client_key: site.key, root: site.ca };
  return text.replace(/C:\\qlik\\\w+\\(\w+)\.pem/g, (path, name: string) =>
    JSON.stringify(files[name] ?? path),
  );
}

function madeUpInputs(given: Record<string, unknown>): Record<string, string> {
  for (const value of Object.values(given)) assert.match(String(value), /^\$\{\{ secrets\.\w+ \}\}$/);
  return { certificate: site.certificate, key: site.key, ca: site.ca };
}

/** What a step of ours asks for, read by the product. */
function checkOurs(given: Step): void {
  for (const name of Object.keys(given.with)) assert.ok(name in action.inputs, `no input is called ${name}`);
  const sites = checkSites(given);
  const { promote, reload, check } = given.with;
  assert.equal([promote ?? check, reload].filter(one => one !== undefined).length, 1);
  if (reload !== undefined) readRequest(textOf('reload', String(reload)));
  if (promote !== undefined) {
    const spec = readSpec(textOf('promote', String(promote)));
    const fromFile = spec.apps.every(({ by }) => by === 'file');
    assert.ok(fromFile || sites.includes(spec.from ?? ''), `from: ${spec.from}`);
    for (const { site: target } of spec.to.by === 'list' ? spec.to.targets : []) {
      assert.ok(sites.includes(target), `no site is called ${target}`);
    }
  }
  if ('dry-run' in given.with) {
    assert.match(String(given.with['dry-run']), /^(true|false|\$\{\{ inputs\.dry-run \}\})$/);
  }
}

/** The names in a line of the head such as `# Secrets: A, B`, without what is said of them in brackets. */
function listed(text: string, what: string): string[] {
  const [, line = ''] = new RegExp(`^# ${what}: ((?:.|\\n#   )*)`, 'm').exec(text) ?? [];
  return (line.replace(/\(.*?\)/gs, '').match(/[A-Z][A-Z_]+/g) ?? []).sort();
}

/** The names that a workflow takes from a context of GitHub. */
function taken(text: string, context: string): string[] {
  const names = [...text.matchAll(new RegExp(`\\b${context}\\.(\\w+)`, 'g'))].map(([, name = '']) => name);
  return [...new Set(names)].sort();
}

for (const path of WORKFLOWS) {
  const given = workflow.parse(parsed(path));
  const text = read(path);

  test(`examples: ${path} has the least rights, ends in time, and takes no text from outside`, () => {
    assert.deepEqual(given.permissions, {});
    for (const [name, job] of Object.entries(given.jobs)) {
      assert.ok(job['timeout-minutes'] <= 300, name);
      if (job.steps.some(ours))
        assert.match(job.environment ?? '', /^qlik-/, `${name}: secrets of an environment`);
      for (const { uses, run, with: inputs } of job.steps) {
        assert.ok((uses === undefined) !== (run === undefined));
        if (run !== undefined) assert.doesNotMatch(run, /\$\{\{/, 'no text from outside in a script');
        if (uses?.startsWith('actions/checkout@')) assert.equal(inputs['persist-credentials'], false);
      }
    }
    for (const { '0': line } of text.matchAll(/^.*client_payload.*$/gm)) {
      assert.match(line, /^\s*#|^run-name: |^\s+group: |^\s+(title=|jq )/, 'where a payload may stand');
    }
  });

  test(`examples: ${path} has the groups that every workflow has`, () => {
    for (const { steps, concurrency: group } of Object.values(given.jobs)) {
      for (const { with: inputs } of steps.filter(one => one.with.promote !== undefined)) {
        if (inputs['dry-run'] === true || inputs.check !== undefined) continue;
        const { apps } = readSpec(textOf('promote', String(inputs.promote)));
        const byEvent = apps.some(({ by }) => by === 'event');
        const of = byEvent ? '-${{ github.event.client_payload.object.id }}' : '';
        const sites = ['test', 'prod', '${{ inputs.site }}'].map(name => `qlik-${name}${of}`);
        assert.ok(sites.includes(group?.group ?? ''), `${group?.group}`);
        assert.equal(
          group?.queue,
          QUEUELESS.includes(path) ? undefined : 'max',
          'no event that waits is dropped',
        );
      }
    }
  });

  test(`examples: ${path} pins what it uses`, () => {
    for (const [line, ref = ''] of text.matchAll(/uses: (\S+).*$/gm)) {
      if (ours({ uses: ref, env: {}, with: {} })) assert.match(line, /# pin it: the full commit/);
      else assert.match(line, /^uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  test(`examples: ${path} lists at its head which secrets and variables it needs`, () => {
    assert.match(text, /^# Needs: /m);
    assert.match(text, /^# Secrets: ([A-Z]|none$)/m);
    assert.deepEqual(listed(text, 'Secrets'), taken(text, 'secrets'));
    assert.deepEqual(listed(text, 'Variables'), taken(text, 'vars'));
    for (const name of taken(text, 'secrets')) assert.match(name, SECRET, 'one set of names');
  });

  test(`examples: ${path} asks for what the action understands`, () => {
    const steps = Object.values(given.jobs).flatMap(job => job.steps.filter(ours));
    for (const one of steps) checkOurs(one);
    for (const [, output = ''] of text.matchAll(/steps\.(?:promotion|reload)\.outputs\.([\w-]+)/g)) {
      assert.ok(output in action.outputs, `no output is called ${output}`);
    }
    assert.ok(steps.length > 0 || path.endsWith('report-failed-reload.yml'));
  });
}

/** Steps that a pull request can start, and change. */
function openSteps(path: string): Step[] {
  const { on, jobs } = workflow.parse(parsed(path));
  if (!('pull_request' in on)) return [];
  return Object.values(jobs)
    .filter(job => job.if !== "github.event_name == 'push'")
    .flatMap(({ steps }) => steps);
}

test('examples: what a pull request can read are tokens of a user who may only read', () => {
  const open = WORKFLOWS.flatMap(openSteps);
  assert.ok(open.length > 0);
  const values = open.flatMap(({ env }) => Object.values(env)).filter(value => value.includes('secrets'));
  for (const value of values) assert.match(value, /^\$\{\{ secrets\.\w+_READER_JWT \}\}$/);
  for (const { with: inputs } of open)
    assert.match(String(inputs.sites ?? '\n'), /\n/, 'sites in the workflow');
});

test('examples: each is in the list, and the list has no other', () => {
  const inReadme = [...read('examples/README.md').matchAll(/\]\((workflows\/[\w-]+\.yml)\)/g)].map(
    ([, path]) => `examples/${path}`,
  );
  assert.deepEqual(inReadme.sort(), WORKFLOWS);
});

test('examples: each workflow is run by act', () => {
  const proofs = globSync('.ci/act/*.test.ts', { cwd: ROOT }).map(read).join('\n');
  for (const path of globSync('examples/{workflows,shared}/*.yml', { cwd: ROOT })) {
    const name = basename(path);
    if (name !== 'promote.yml') assert.ok(proofs.includes(`'${name}'`), `no test of .ci/act runs ${name}`);
  }
});

test('examples: what the relay sends starts a workflow, and every event that one waits for is sent', () => {
  const text = read('examples/relay/relay.yml');
  const named = variablesIn(text).filter(name => name !== 'GITHUB_DISPATCH_TOKEN');
  const environment = { ...madeUp(named), GITHUB_DISPATCH_TOKEN: 'github_pat_made_up' };
  const { subscriptions } = readConfig({ from: 'relay.yml', text }, { environment, secret: () => {} });

  const awaited = WORKFLOWS.flatMap(path => {
    const on = workflow.parse(parsed(path)).on.repository_dispatch;
    return on === undefined ? [] : z.object({ types: z.array(z.string()) }).parse(on).types;
  });
  assert.deepEqual(subscriptions.map(({ send }) => send.event).sort(), awaited.sort());
});

/** Every value that fulfils a condition of `when.properties`, as far as a list can say it. */
const values = z
  .union([z.string(), z.array(z.string()), z.looseObject({ is: z.string() })])
  .transform(one => (typeof one === 'object' && 'is' in one ? [one.is] : [one].flat()));
const conditions = z.looseObject({
  published: z.boolean().optional(),
  properties: z.record(z.string(), values).default({}),
});
const asks = z.looseObject({ apps: z.unknown(), when: conditions.prefault({}) });

test('examples: what the relay asks of an app, the specs ask again', () => {
  const { subscriptions } = z
    .looseObject({
      subscriptions: z.array(
        z.looseObject({
          when: z.looseObject({}).prefault({}),
          send: z.object({ event: z.string(), repository: z.string() }),
        }),
      ),
    })
    .parse(parsed('examples/relay/relay.yml'));
  for (const path of WORKFLOWS) {
    const { on, jobs } = workflow.parse(parsed(path));
    if (on.repository_dispatch === undefined || path.endsWith('report-failed-reload.yml')) continue;
    const [event] = z.object({ types: z.array(z.string()) }).parse(on.repository_dispatch).types;
    const [relayed] = subscriptions.filter(({ send }) => send.event === event);
    const asked = conditions.parse(relayed?.when).properties;
    const jobsOf = Object.values(jobs).map(({ steps }) =>
      steps.map(({ with: inputs }) => asks.parse(parseDocument(String(inputs.promote)).toJS()).when),
    );
    for (const steps of jobsOf) {
      for (const { published } of steps) assert.equal(published, true, path);
      for (const [name, all] of Object.entries(asked)) {
        assert.deepEqual(steps.flatMap(({ properties }) => properties[name] ?? []).sort(), all.sort(), path);
      }
    }
  }
});

test('examples: every secret that the relay reads is in each way to run it', () => {
  const used = new Set(
    [...read('examples/relay/relay.yml').matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name),
  );
  used.delete('NAME');
  const inFile = [...read('examples/relay/relay.env').matchAll(/^(\w+)=(.*)$/gm)];
  assert.deepEqual(new Set(inFile.map(([, name]) => name)), used);
  assert.ok(inFile.every(([, , value]) => value === ''));
  const inService = [...read('examples/relay/qrs-relay.xml').matchAll(/<env name="(\w+)"/g)];
  used.add('NODE_ENV');
  assert.deepEqual(new Set(inService.map(([, name]) => name)), used);
});

test('examples: a team calls the shared workflow by its inputs, and that one asks for what the action understands', () => {
  const shared = z
    .object({
      on: z.object({
        workflow_call: z.object({ inputs: z.record(z.string(), z.object({ required: z.boolean() })) }),
      }),
      permissions: z.object({}).strict(),
      jobs: z.object({
        promote: z.object({ permissions, steps: z.array(step), outputs: z.record(z.string(), z.string()) }),
      }),
    })
    .parse(parsed('examples/shared/promote.yml'));
  const caller = z
    .object({
      jobs: z.object({
        promote: z.object({
          permissions,
          with: z.record(z.string(), z.unknown()),
          secrets: z.literal('inherit'),
        }),
      }),
    })
    .loose()
    .parse(parsed('examples/shared/caller.yml')).jobs.promote;
  const { inputs } = shared.on.workflow_call;
  for (const name of Object.keys(caller.with)) assert.ok(name in inputs, `no input is called ${name}`);
  for (const [name, { required }] of Object.entries(inputs))
    assert.ok(!required || name in caller.with, name);
  // A called workflow has no more rights than its caller.
  assert.deepEqual(caller.permissions, shared.jobs.promote.permissions);
  const [promotion] = shared.jobs.promote.steps.filter(ours);
  assert.ok(promotion);
  assert.deepEqual(checkSites(promotion), ['dev', 'prod']);
  for (const [, output = ''] of read('examples/shared/promote.yml').matchAll(
    /steps\.promotion\.outputs\.([\w-]+)/g,
  )) {
    assert.ok(output in action.outputs, `no output is called ${output}`);
  }
});
