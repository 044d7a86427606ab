import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { type Simulator, startSimulator } from '../simulator/server.ts';
import { shelf } from './sites-for-tests.ts';

/**
 * The examples of other CI systems, run as their runners would: the scripts of the file in bash, in a folder with a
 * blank in its name, with the variables as that system hands them over.
 */

const ROOT = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const home = mkdtempSync(join(tmpdir(), 'qrs action CI '));
after(() => rmSync(home, { recursive: true, force: true }));
const VERSION = '1.0.0';

/** What a release has, where `curl` finds it. */
function release(): string {
  const folder = join(home, 'release');
  const packed = join(home, `qrs-cli-${VERSION}`, 'dist', 'cli');
  mkdirSync(packed, { recursive: true });
  mkdirSync(folder);
  const bundle = join(ROOT, 'dist', 'cli');
  if (existsSync(bundle)) cpSync(bundle, packed, { recursive: true });
  else
    writeFileSync(
      join(packed, 'index.js'),
      `import(${JSON.stringify(pathToFileURL(join(ROOT, 'src/cli/main.ts')))});`,
    );
  const archive = `qrs-cli-${VERSION}.tar.gz`;
  execFileSync('tar', ['-czf', join(folder, archive), '-C', home, `qrs-cli-${VERSION}`]);
  const digest = createHash('sha256')
    .update(readFileSync(join(folder, archive)))
    .digest('hex');
  writeFileSync(join(folder, 'SHA256SUMS'), `${digest}  ${archive}\n`);
  return folder;
}

/** Programs that a runner has: a `curl` that knows the release alone, and Node 24. */
function programs(): string {
  const folder = join(home, 'bin');
  mkdirSync(folder);
  const curl = `#!/bin/bash
for word in "$@"; do
  case "$word" in
    https://github.com/qrs-action/qrs-action/releases/download/v${VERSION}/*) cp "${release()}/$(basename "$word")" . ;;
    https:*) echo "no such file: $word" >&2; exit 22 ;;
  esac
done
`;
  writeFileSync(join(folder, 'curl'), curl, { mode: 0o755 });
  return [folder, dirname(process.execPath), process.env.PATH].join(delimiter);
}

const PATH = programs();

interface Place {
  folder: string;
  /** Text by variable, of both sites. */
  secrets: Record<string, string>;
  prod: Simulator;
}

/** A checkout with the spec and sites of the examples, whose hosts are simulated. */
async function checkedOut(look: (place: Place) => void | Promise<void>): Promise<void> {
  const dev = await startSimulator({
    name: 'dev',
    data: {
      streams: ['Release'],
      apps: [
        { name: 'Sales Overview', stream: 'Release', size: '10 KB' },
        { name: 'Stock', stream: 'Release', size: '10 KB' },
      ],
    },
  });
  const prod = await startSimulator({ name: 'prod', data: { tags: ['released'] } });
  const folder = mkdtempSync(join(home, 'work space '));
  mkdirSync(join(folder, 'qlik'));
  const sites = read('examples/qlik/sites.yml')
    .replace('https://qlik-dev.company.com:4242', dev.url)
    .replace('https://qlik-prod.company.com:4242', prod.url);
  writeFileSync(join(folder, 'qlik', 'sites.yml'), sites);
  writeFileSync(join(folder, 'qlik', 'promote.yml'), read('examples/qlik/promote.yml'));
  const of = (name: string, { certificate, key, ca }: Simulator) => ({
    [`${name}_CLIENT_PEM`]: certificate,
    [`${name}_CLIENT_KEY_PEM`]: key,
    [`${name}_ROOT_PEM`]: ca,
  });
  try {
    await look({ folder, prod, secrets: { ...of('DEV', dev), ...of('PROD', prod) } });
  } finally {
    await Promise.all([dev.stop(), prod.stop()]);
  }
}

/** Bash as a runner starts it; a simulated site in this process could not answer a call that blocks it. */
async function bash(
  script: string,
  folder: string,
  env: Record<string, string>,
): Promise<{ code: number; log: string }> {
  const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', script], { cwd: folder, env: { PATH, ...env } });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', piece => (log += piece));
  const code = await new Promise<number>(done => child.on('close', status => done(status ?? -1)));
  return { code, log };
}

const USER = { QLIK_USER: 'INTERNAL\\sa_api' };
const WHOLE = ['Sales Overview@Everyone', 'Stock@Everyone'];

/** Secrets as files, whose paths are in the variables. */
function asFiles(secrets: Record<string, string>, folder: string): Record<string, string> {
  mkdirSync(join(folder, '..', 'secret files'), { recursive: true });
  return Object.fromEntries(
    Object.entries(secrets).map(([name, text]) => {
      const file = join(folder, '..', 'secret files', name);
      writeFileSync(file, text);
      return [name, file];
    }),
  );
}

function assertNoKey(log: string, { secrets }: Place, command = /^$/): void {
  const shown = log
    .split('\n')
    .filter(line => !command.test(line))
    .join('\n');
  for (const name of ['DEV_CLIENT_KEY_PEM', 'PROD_CLIENT_KEY_PEM']) {
    const lines = (secrets[name] ?? '').trim().split('\n').slice(1, -1);
    for (const line of lines) assert.ok(!shown.includes(line), `${name} is shown`);
    assert.ok(!shown.includes(Buffer.from(secrets[name] ?? '').toString('base64')), `${name} is shown`);
  }
}

const has = (program: string) => spawnSync(program, ['--version']).status === 0;
const skip = !['bash', 'tar', 'sha256sum'].every(has) && 'this machine has no bash, tar or sha256sum';

test('CI: Azure DevOps, a plan and then the promotion', { skip }, () =>
  checkedOut(async place => {
    const { steps } = z
      .object({
        steps: z.array(
          z.object({ bash: z.string().optional(), env: z.record(z.string(), z.string()).optional() }),
        ),
      })
      .parse(parseDocument(read('examples/azure-devops/azure-pipelines.yml')).toJS());
    const group: Record<string, string> = { ...USER };
    for (const [name, pem] of Object.entries(place.secrets))
      group[name] = Buffer.from(pem).toString('base64');
    const staging = mkdtempSync(join(home, 'staging area '));
    for (const dryRun of ['true', 'false']) {
      let all = '';
      for (const { bash: script, env = {} } of steps.filter(step => step.bash !== undefined)) {
        // The agent puts a variable's value in the place of $(NAME); secrets reach a script in no other way.
        const mapped = Object.entries(env).map(([name, value]) => [
          name,
          value.replace(/\$\((\w+)\)/g, (_, of) => group[of] ?? ''),
        ]);
        const { code, log } = await bash(script ?? '', place.folder, {
          TF_BUILD: 'True',
          QRS_VERSION: VERSION,
          DRY_RUN: dryRun,
          BUILD_ARTIFACTSTAGINGDIRECTORY: staging,
          ...Object.fromEntries(mapped),
        });
        assert.equal(code, 0, log);
        all += log;
      }
      assert.match(all, /^##vso\[task\.setsecret\]/m);
      assert.match(all, /^##vso\[task\.uploadsummary\].*promotion\.md$/m);
      assertNoKey(all, place, /^##vso\[task\.setsecret\]/);
      assert.match(
        readFileSync(join(staging, 'promotion.md'), 'utf8'),
        dryRun === 'true' ? /<h3>Plan/ : /<h3>Promoted/,
      );
      assert.deepEqual(shelf(place.prod), dryRun === 'true' ? [] : WHOLE);
    }
  }),
);

test('CI: GitLab, the plan and then the promotion', { skip }, () =>
  checkedOut(async place => {
    const job = z.object({ script: z.array(z.string()) });
    const given = z
      .object({
        variables: z.record(z.string(), z.string()),
        default: z.object({ before_script: z.array(z.string()) }),
        plan: job,
        promote: job,
      })
      .loose()
      .parse(parseDocument(read('examples/gitlab/.gitlab-ci.yml')).toJS());
    const env = {
      ...USER,
      ...given.variables,
      ...asFiles(place.secrets, place.folder),
      GITLAB_CI: 'true',
      CI: 'true',
    };
    for (const { script } of [given.plan, given.promote]) {
      const { code, log } = await bash(
        [...given.default.before_script, ...script].join('\n'),
        place.folder,
        env,
      );
      assert.equal(code, 0, log);
      assertNoKey(log, place);
      assert.doesNotMatch(log, /^::|##vso/m);
    }
    assert.equal(JSON.parse(readFileSync(join(place.folder, 'promotion.json'), 'utf8')).outcome, 'promoted');
    assert.deepEqual(shelf(place.prod), WHOLE);
  }),
);

test('CI: Jenkins, stage by stage', { skip }, () =>
  checkedOut(async place => {
    const file = read('examples/jenkins/Jenkinsfile');
    const stages = [...file.matchAll(/sh '''\n(.*?)'''/gs)].map(([, script = '']) =>
      script.replaceAll('\\\\', '\\'),
    );
    assert.equal(stages.length, 3);
    const named = [...file.matchAll(/^ {4}(\w+) = credentials\(/gm)].map(([, name]) => name).sort();
    assert.deepEqual(named, Object.keys(place.secrets).sort());
    const env = { ...USER, QRS_VERSION: VERSION, ...asFiles(place.secrets, place.folder), BUILD_NUMBER: '7' };
    for (const script of stages) {
      const { code, log } = await bash(script, place.folder, env);
      assert.equal(code, 0, log);
      assertNoKey(log, place);
    }
    assert.deepEqual(shelf(place.prod), WHOLE);
  }),
);
