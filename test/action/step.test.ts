import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { startSimulator } from '../../simulator/server.ts';
import { createAuthority } from '../../simulator/tls.ts';
import { SPEC, type Stage, type StageOptions, shelf, stage, tagsOf } from '../sites-for-tests.ts';
import { runStep, type StepOptions, sitesInput } from './runner.ts';

const ASKS = { PromoteToServer: ['Test - Overwrite'], PromoteToStream: ['Everyone', 'Review'] };

async function on(options: StageOptions, check: (stage: Stage) => Promise<void>): Promise<void> {
  const set = await stage({ app: { properties: ASKS }, ...options });
  try {
    await check(set);
  } finally {
    await set.stop();
  }
}

function step(set: Stage, inputs: Record<string, string> = {}, more: Partial<StepOptions> = {}) {
  const { sites, env } = sitesInput({ dev: set.dev, test: set.test });
  return runStep({
    inputs: { promote: SPEC, sites, 'dry-run': 'false', ...inputs },
    event: {
      name: 'repository_dispatch',
      payload: { client_payload: { site: 'dev', object: { id: set.app } } },
    },
    ...more,
    env: { ...env, ...more.env },
  });
}

test('step: promotes the app of the event, and shows it', () =>
  on({}, async set => {
    const { code, log, outputs, summary, files } = await step(set);
    assert.equal(code, 0, log);
    assert.equal(outputs.outcome, 'promoted');
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone', 'Demo Build@Review']);
    assert.deepEqual(tagsOf(set.dev, set.app), ['Promoted']);
    const result = JSON.parse(outputs.result ?? '');
    assert.equal(result.apps[0].sha256, await set.dev.digest(set.app));
    assert.equal(result.apps[0].targets[0].streams[1].did, 'published');
    assert.match(
      summary,
      /<td><span title="[0-9a-f-]{36}">Demo Build<\/span><\/td><td><span title="[0-9a-f-]{36}">Everyone<\/span>: replaced<br>/,
    );
    for (const group of ['Survey', 'Plan', 'Promotion']) assert.ok(log.includes(`::group::${group}\n`));
    assert.ok(files.includes(basename(outputs['result-path'] ?? '')), 'all of the result is in a file');
    assert.deepEqual(
      Object.keys(result).filter(name => name === 'version' || name === 'cut'),
      ['version'],
    );
    const left = files.filter(name => !name.startsWith('qrs-action-result-'));
    assert.deepEqual(left, [], 'nothing but the result stays in RUNNER_TEMP');
    assert.match([...set.test.site.apps.values()][0]?.description ?? '', /, run 4711-1-[0-9a-f]{6}$/);
  }));

test('step: every secret is registered before anything else is printed, and shown nowhere', () =>
  on({}, async set => {
    const { log, outputs, summary } = await step(set, {}, { env: { RUNNER_DEBUG: '1' } });
    const key = set.dev.key.trim().split('\n');
    const [first = ''] = log.split('\n');
    assert.match(first, /^::add-mask::[A-Za-z0-9+/=\\%-]{16,}/);
    const shown = `${log.replaceAll(/^::add-mask::.*$/gm, '')}${JSON.stringify(outputs)}${summary}`;
    for (const line of key.slice(1, -1)) assert.ok(!shown.includes(line));
  }));

test('step: a dry run shows the plan', () =>
  on({}, async set => {
    const { code, outputs, summary } = await step(set, { 'dry-run': 'true' });
    assert.deepEqual([code, outputs.outcome], [0, 'planned']);
    assert.match(summary, /Plan: nothing was changed[\s\S]*to be published/);
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone']);
  }));

test('step: a check tries every site, checks the spec, and runs nothing', () =>
  on({}, async set => {
    const { code, outputs, summary } = await step(set, { check: 'all' });
    assert.equal(code, 0);
    assert.equal(outputs.outcome, 'checked');
    assert.match(summary, /<th>dev<\/th><th>test<\/th>[\s\S]*signed in/);
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone']);
  }));

test('step: a failure fails the step, with its cause as an annotation', () =>
  on({}, async set => {
    set.test.faults.add({
      path: /publish/,
      times: Number.POSITIVE_INFINITY,
      fault: { status: 403, body: 'Forbidden' },
    });
    const { code, log, outputs, summary } = await step(set);
    assert.deepEqual([code, outputs.outcome], [1, 'failed']);
    assert.match(
      log,
      /^::error::App "Demo Build": Site "test" refused to publish app "Demo Build" to stream "Review": 403 Forbidden\. Has INTERNAL\\sa_api the Publish right/m,
    );
    assert.match(summary, /What went wrong[\s\S]*refused to publish/);
  }));

test('step: a name with a line break or markup cannot speak to the runner or the page', async () => {
  const name = 'A\n::set-output name=x::y\n<img src=x> @team | ##[set-output name=x]y';
  await on(
    { app: { name, properties: ASKS }, testData: { apps: [{ name, stream: 'Everyone' }] } },
    async set => {
      const { code, log, summary, outputs } = await step(set);
      assert.equal(code, 0, log);
      assert.doesNotMatch(log, /^::set-output|##\[/m);
      assert.doesNotMatch(summary, /<img|@team/);
      assert.equal(JSON.parse(outputs.result ?? '').apps[0].name, name);
    },
  );
});

interface Wrong {
  name: string;
  inputs?: (set: Stage) => Record<string, string>;
  more?: Partial<StepOptions>;
  says: RegExp;
}

const payload = (client_payload: unknown) => ({
  event: { name: 'repository_dispatch', payload: { client_payload } },
});

const WRONG: Wrong[] = [
  {
    name: 'no spec',
    inputs: () => ({ promote: '' }),
    says: /None of the inputs "promote", "reload" and "check" is given/,
  },
  { name: 'no site', inputs: () => ({ sites: '' }), says: /No site is given: fill in "sites" or/ },
  {
    name: 'both kinds of sites',
    inputs: () => ({ url: 'https://x' }),
    says: /either "sites" or.*not both \(url\)/,
  },
  {
    name: 'a file that is not there',
    inputs: () => ({ promote: 'promote.yml' }),
    says: /Input "promote" is neither YAML nor the path of a file: promote\.yml was looked for in \/.*\. Was the/,
  },
  {
    name: 'a word for a boolean',
    inputs: () => ({ 'dry-run': 'yes' }),
    says: /"dry-run" must be true or false; found "yes"/,
  },
  {
    name: 'broken YAML',
    inputs: () => ({ promote: 'from: [dev\nto: x' }),
    says: /promote:2:1: a quote, bracket or brace is opened and not closed/,
  },
  {
    name: 'a misspelt key and a wrong value at once',
    inputs: () => ({ promote: 'from: dev\nform: x\nto: []\non-refusal: maybe\n' }),
    says: /promote:2:1: unknown key "form"\. Did you mean "from"\?[\s\S]*promote:4:1: "on-refusal" must be stop or skip; found "maybe"/,
  },
  {
    name: 'an unset variable',
    inputs: () => ({ sites: 'dev:\n  url: https://x\n  key: ${NOT_SET}\n' }),
    says: /sites:3:3: \$\{NOT_SET\} is used, but the environment variable is not set, or empty/,
  },
  {
    name: 'a credential that is no PEM',
    inputs: () => ({ sites: 'dev:\n  url: https://x\n  certificate: nowhere.pem\n  key: nowhere.key\n' }),
    says: /site "dev": certificate: the value is neither PEM text nor base64 of it, and as a path it cannot be read \(ENOENT\)/,
  },
  {
    name: 'no https',
    inputs: () => ({ sites: 'dev:\n  url: http://x:4242\n  jwt: a.b.c\n' }),
    says: /sites:2:3: "dev\.url" must be a URL that begins with https:\/\//,
  },
  {
    name: 'an unknown site',
    inputs: () => ({ promote: 'from: devel\nto: [{ site: test, streams: [X] }]' }),
    says: /"from" names no site: "devel"\. Did you mean "dev"\?/,
  },
  {
    name: 'an id that is none',
    more: payload({ object: { id: '../user' } }),
    says: /client_payload\.object\.id must be an id such as/,
  },
  {
    name: 'an event about no app',
    more: { event: { name: 'push', payload: {} } },
    says: /not started by a repository_dispatch/,
  },
];

for (const { name, inputs, more, says } of WRONG) {
  test(`step: ${name} gets its own sentence`, () =>
    on({}, async set => {
      const { code, outputs, log } = await step(set, inputs?.(set), more);
      assert.deepEqual([code, outputs.outcome], [1, 'failed'], log);
      assert.match(log, says);
      assert.match(log, /^::error::/m);
      assert.doesNotMatch(log, /^\s+at /m, 'no stack trace');
    }));
}

test('step: certificates that do not fit are told apart', () =>
  on({}, async set => {
    const { sites } = sitesInput({ dev: set.dev, test: set.test });
    const other = await createAuthority('other');
    const stranger = await other.issueClient({ name: 'stranger' });
    const secrets = sitesInput({ dev: set.dev, test: set.test }).env;
    const tell = async (env: Record<string, string>, inputs: Record<string, string> = {}) =>
      (await step(set, { sites, ...inputs }, { env: { ...secrets, ...env } })).log;

    assert.match(
      await tell({ DEV_CA: other.certificatePem }),
      /the server's certificate is not signed by the given ca\. Give the root\.pem/,
    );
    assert.match(
      await tell({ DEV_CERT: stranger.certificatePem, DEV_KEY: stranger.keyPem }),
      /403 Forbidden\. If this happens at every call, the site does not trust the client certificate/,
    );
  }));

test('step: a host name that the certificate does not have, and server-name as the cure', async () => {
  const short = await startSimulator({ name: 'dev', hostNames: ['QLIK-DEV01'], data: { streams: [] } });
  try {
    const { sites, env } = sitesInput({ dev: short });
    const promote = 'apps: [{ name: X }]\nto: [{ site: dev, streams: [X] }]';
    const wrong = await runStep({ inputs: { promote, sites }, env });
    assert.match(wrong.log, /is made out to other names .*Set server-name of the site/);
    const cured = await runStep({ inputs: { promote, sites: `${sites}  server-name: QLIK-DEV01\n` }, env });
    assert.match(cured.log, /There is no app called "X" on site "dev"/);
  } finally {
    await short.stop();
  }
});

const BROKEN: [string, (set: Stage) => Record<string, string>, RegExp][] = [
  [
    'a key that is none',
    () => ({ DEV_KEY: '-----BEGIN PRIVATE KEY-----\nxyz\n-----END PRIVATE KEY-----' }),
    /site "dev": key: .* something of it is missing: give the file anew/,
  ],
  [
    'a certificate in place of the key',
    set => ({ DEV_KEY: set.dev.certificate }),
    /site "dev": key: it holds a CERTIFICATE and no PRIVATE KEY\. Are key and certificate exchanged\?/,
  ],
  [
    'a certificate that is none',
    () => ({ DEV_CERT: '-----BEGIN CERTIFICATE-----\nxyz\n-----END CERTIFICATE-----' }),
    /site "dev": certificate: .* something of it is missing: give the file anew/,
  ],
  [
    'a ca that is none',
    () => ({ DEV_CA: '-----BEGIN CERTIFICATE-----\nxyz\n-----END CERTIFICATE-----' }),
    /site "dev": ca: .* something of it is missing: give the file anew/,
  ],
  [
    'a key of another certificate',
    set => ({ DEV_KEY: set.test.key }),
    /site "dev": key: it does not belong to the certificate/,
  ],
  [
    'an empty secret',
    () => ({ DEV_KEY: '' }),
    /\$\{DEV_KEY\} is used, but the environment variable is not set, or empty/,
  ],
];

for (const [name, swapped, says] of BROKEN) {
  test(`step: ${name} is told before anything is sent`, () =>
    on({}, async set => {
      const { code, log } = await step(set, {}, { env: swapped(set) });
      assert.equal(code, 1);
      assert.match(log, says);
      assert.equal(set.dev.counters.handshakes, 0);
    }));
}

const LEAKS: [string, Record<string, string>][] = [
  ['sites on one line', { sites: 'qlik.dev: { url: "https://x", jwt: MARKED.SECRET.VALUE }' }],
  ['an alias that is a secret', { sites: 'dev:\n  url: https://x\n  passphrase: *MARKED' }],
  ['a value that is no path', { sites: 'MARKED' }],
  [
    'a credential that is no PEM',
    { sites: 'dev:\n  url: https://x\n  certificate: MARKED\n  key: MARKED\n' },
  ],
];

for (const [name, inputs] of LEAKS) {
  test(`step: ${name} is not quoted`, () =>
    on({}, async set => {
      const { code, log, summary, outputs } = await step(set, inputs);
      assert.equal(code, 1);
      const shown = log.replaceAll(/^::add-mask::.*$/gm, '') + summary + JSON.stringify(outputs);
      assert.doesNotMatch(shown, /MARKED/);
    }));
}

for (const text of ['password: hunter2\n', 'note: "-----BEGIN PRIVATE KEY-----"\n']) {
  test(`step: a spec with a secret in clear is warned of (${text.slice(0, 9)})`, () =>
    on({}, async set => {
      const { log } = await step(set, { promote: `# ${text}${SPEC}${text}` });
      assert.match(log, /^::warning::promote seems to hold a secret in clear/m);
      assert.doesNotMatch(log.replaceAll(/^::add-mask::.*$/gm, ''), /hunter2/);
    }));
}

test('step: a problem of a file of the repository is annotated on its line, with the lines around in the log', () =>
  on({}, async set => {
    const folder = mkdtempSync(join(tmpdir(), 'qrs-action workspace '));
    try {
      writeFileSync(join(folder, 'spec.yml'), 'from: dev\nto:\n  - site: test\n    mode: replace\n');
      const { log } = await step(
        set,
        { promote: join(folder, 'spec.yml') },
        { env: { GITHUB_WORKSPACE: folder } },
      );
      assert.match(
        log,
        /^::error title=Problem in [^,]*spec\.yml,file=spec\.yml,line=4,col=5::to: site "test": mode must be overwrite/m,
      );
      assert.match(log, /^> 4 \| {5}mode: replace\n {4}\| {5}\^$/m);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }));

test('step: one site under two names is refused', () =>
  on({}, async set => {
    const { sites } = sitesInput({ dev: set.dev, test: set.test });
    const twin = sites.replace(/^test:\n/m, 'test2:\n').split(/^(?=test2:)/m)[1] ?? '';
    const { log } = await step(set, {
      sites: sites + twin.replace(set.test.url, `${set.test.url.replace('localhost', 'LOCALHOST')}/qrs/`),
    });
    assert.match(log, /sites "test" and "test2" have the same url/);
  }));

test('step: an event that names no app does not disturb a spec that lists its apps', () =>
  on({}, async set => {
    const promote = SPEC.replace('apps: event', 'apps: [{ name: Demo Build }]');
    const { code, log } = await step(
      set,
      { promote },
      { event: { name: 'repository_dispatch', payload: { client_payload: { x: 1 } } } },
    );
    assert.equal(code, 0, log);
  }));

test('step: an indented spec is read', () =>
  on({}, async set => {
    const { code, log } = await step(set, { promote: SPEC.replace(/^(?=.)/gm, '    ') });
    assert.equal(code, 0, log);
  }));

test('step: a problem of a single site names the input', async () => {
  const { log } = await runStep({ inputs: { promote: SPEC, url: 'ftp://x', jwt: 'a.b.c' } });
  assert.match(log, /^::error::Input "url" must be a URL that begins with https:/m);
});

test('step: cancelled while a site imports, the copy that may appear is named', () =>
  on({ testSwitches: { importTakes: 8_000 } }, async set => {
    const { code, summary } = await step(
      set,
      {},
      {
        meanwhile: async action => {
          await until(() => set.test.counters.bytesReceived >= 300_000);
          action.kill('SIGINT');
        },
      },
    );
    assert.equal(code, 1);
    assert.match(summary, /A working copy may have stayed on test, called &quot;qrs-action working copy of/);
  }));

test('step: a site that hardly answers does not keep a cancelled job past its ten seconds', () =>
  on({}, async set => {
    set.test.faults.add({ path: /replace/, fault: { delay: 30_000 } });
    set.test.faults.add({ method: 'DELETE', times: Number.POSITIVE_INFINITY, fault: { delay: 30_000 } });
    let cancelled = 0;
    const { code, outputs } = await step(
      set,
      {},
      {
        meanwhile: async action => {
          await until(() => asked(set.test, /replace/));
          cancelled = Date.now();
          action.kill('SIGINT');
        },
      },
    );
    assert.ok(Date.now() - cancelled < 9_000, `took ${Date.now() - cancelled} ms`);
    assert.deepEqual([code, outputs.outcome], [1, 'failed']);
  }));

test('step: a closed port gets its own sentence', () =>
  on({}, async set => {
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise(resolve => closed.once('listening', resolve));
    const address: AddressInfo | string | null = closed.address();
    await new Promise(resolve => closed.close(resolve));
    const port = typeof address === 'object' ? address?.port : 0;
    const { sites } = sitesInput({ dev: set.dev, test: set.test });
    const { log } = await step(set, { sites: sites.replace(set.dev.url, `https://localhost:${port}`) });
    assert.match(
      log,
      new RegExp(
        `Site "dev" gave no answer .*nothing listens at localhost:${port}\\. Are host and port right`,
      ),
    );
  }));

test('step: spec and sites may be files, credentials paths or base64', () =>
  on({}, async set => {
    const folder = join(tmpdir(), `qrs-action-files-${process.pid}`);
    const file = (name: string, text: string) => {
      writeFileSync(`${folder}-${name}`, text);
      return `${folder}-${name}`;
    };
    const base64 = Buffer.from(set.dev.key).toString('base64');
    const { sites } = sitesInput({ dev: set.dev, test: set.test });
    const { code, log } = await step(
      set,
      { promote: file('spec.yml', SPEC), sites: file('sites.yml', sites) },
      { env: { DEV_KEY: base64, DEV_CERT: file('client.pem', set.dev.certificate) } },
    );
    assert.equal(code, 0, log);
    assert.ok(log.includes(`::add-mask::${base64}`));
  }));

for (const moment of ['upload', 'export', 'publish']) {
  test(`step: a job cancelled during ${moment} ends in order within its ten seconds`, () =>
    on({}, async set => {
      const path = moment === 'export' ? /tempcontent/ : new RegExp(moment);
      const slow = moment === 'export' ? { stall: 100_000 } : { delay: 30_000 };
      const side = moment === 'export' ? set.dev : set.test;
      side.faults.add({ path, fault: slow });
      let cancelled = 0;
      const { code, log, outputs, summary, files } = await step(
        set,
        {},
        {
          meanwhile: async action => {
            await until(() => set.test.counters.count('POST', /upload/) > 0 || asked(side, path));
            if (moment === 'publish') await until(() => asked(side, path));
            cancelled = Date.now();
            action.kill('SIGINT');
          },
        },
      );
      assert.ok(Date.now() - cancelled < 9_000, `took ${Date.now() - cancelled} ms`);
      assert.deepEqual([code, outputs.outcome], [1, 'failed'], log);
      assert.match(summary, /Stopped/);
      assert.deepEqual(
        shelf(set.test).filter(name => name.startsWith('qrs-action')),
        [],
      );
      const left = files.filter(name => !name.startsWith('qrs-action-result-'));
      assert.deepEqual(left, [], 'only the result stays');
      assert.deepEqual(tagsOf(set.dev, set.app), []);
    }));
}

function asked(simulator: Stage['dev'], path: RegExp): boolean {
  return simulator.counters.requests.some(request => path.test(request.path));
}

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 500 && !condition(); turn += 1)
    await new Promise(resolve => setTimeout(resolve, 20));
  assert.ok(condition(), 'did not come to pass');
}
