import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { startGitHub } from '../../simulator/github/server.ts';
import { startSimulator } from '../../simulator/server.ts';
import { freePort } from '../../simulator/wire/free-port.ts';
import { problemsOf, sentenceOf } from '../../src/base/errors.ts';
import { RelayUsageError, readRelayArguments } from '../../src/relay/command/arguments.ts';
import { command, ENTRY, type Ended, looked, start } from './command.ts';
import { folder, here, store } from './fates.ts';
import { contents, execute } from './store-place.ts';

const MISUSED: [string[], RegExp][] = [
  [[], /^No command is given\.\n/],
  [['rum'], /^There is no command "rum"\. Did you mean "run"\?\n/],
  [['statsu'], /^There is no command "statsu"\. Did you mean "status"\?\n/],
  [['frobnicate'], /^There is no command "frobnicate"\.\n/],
  [['list', 'all'], /^"all" is one word too many\.\n/],
  [['list', '--sate', 'dead'], /^Unknown option '--sate'/],
  [
    ['list', '--state', 'died'],
    /^--state died: must be one of pending, leased, delivered, unwanted, dead\.\n/,
  ],
  [
    ['list', '--since', 'yesterday', '--limit', '0'],
    /^--limit: must be .*\n--since yesterday: must be a duration/,
  ],
  [
    ['list', '--since', '2026-02-30'],
    /^--since 2026-02-30: must be a duration such as 2h, or a time such as /,
  ],
  [
    ['redeliver', '--since', '5'],
    /^--since 5: write 5m, 5h or 5d for minutes, hours or days ago, or a time such as /,
  ],
  [['list', '--until', '12/2026'], /^--until 12\/2026: must be a duration such as 2h, or a time such as /],
  [['discard', '--older', '30'], /^--older 30: write 30m, 30h or 30d/],
  [['discard', '--repository', 'events'], /^--repository events: must be owner\/name\.\n/],
  [['discard', '--yes'], /^discard: say which, by --id, --subscription, --repository or --older\.\n/],
  [['discard', '--older', '1d', '--dry-run'], /^discard takes no --dry-run\.\n/],
  [['list', '--log-level', 'loud'], /^--log-level loud: must be one of debug, info, warn, error\.\n/],
  [['run', '--dry-run', '--json'], /^run takes no --dry-run\.\nrun takes no --json\.\n/],
  [['redeliver'], /^redeliver: say which, by --id, --subscription, --repository, --since or --until\.\n/],
  [['redeliver', '--state', 'dead'], /^redeliver: say which/],
  [
    ['redeliver', '--id', 'x', '--state', 'pending'],
    /^redeliver: --state pending: only what is delivered or dead/,
  ],
];

for (const [args, expected] of MISUSED) {
  test(`relay ${args.join(' ')}: every problem, and the usage`, () => {
    assert.throws(
      () => readRelayArguments(args, Date.now()),
      error => {
        assert.ok(error instanceof RelayUsageError);
        const said = problemsOf(error).map(sentenceOf).join('\n');
        assert.match(said, expected);
        assert.match(said, /\nUsage: node dist\/relay\/index\.js COMMAND/);
        return true;
      },
    );
  });
}

test('relay: wrong use is said on stderr, and ends with 2', async () => {
  const { code, stdout, stderr } = await command(['list', '--state', 'died', '--limit', '0'], here);
  assert.deepEqual([code, stdout], [2, '']);
  assert.match(stderr, /^--state died: .*\n--limit: .*\n\nUsage: node dist\/relay\/index\.js COMMAND/);
});

for (const args of [['--help'], ['-h'], ['help'], ['run', '--help']]) {
  test(`relay ${args.join(' ')}`, async () => {
    const { code, stdout, stderr } = await command(args, here);
    assert.deepEqual([code, stderr], [0, '']);
    for (const word of ['run ', 'check ', 'status ', 'list ', 'redeliver ', '--config'])
      assert.ok(stdout.includes(word));
  });
}

test('relay --version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  assert.deepEqual(await command(['--version'], here), { code: 0, stdout: `${version}\n`, stderr: '' });
});

test('relay: one folder is all of it', async () => {
  const alone = mkdtempSync(join(tmpdir(), 'qrs-relay-alone-'));
  try {
    cpSync(dirname(ENTRY), alone, { recursive: true });
    const { path } = await store();
    const entry = join(alone, 'index.js');
    const { code, stdout, stderr } = await command(['status', '--store', path], { cwd: alone, entry });
    assert.deepEqual([code, stderr.replace(/^.*Warning.*\n?/gm, '')], [0, '']);
    assert.match(stdout, /^waiting +1, the oldest for /m);
    const run = await command(['run'], { cwd: alone, entry });
    assert.equal(run.code, 1);
    assert.match(run.stderr, /^The configuration relay\.yml cannot be read: ENOENT/);
  } finally {
    rmSync(alone, { recursive: true });
  }
});

for (const name of ['status', 'list', 'redeliver --until 1h', 'discard --older 1h --yes']) {
  test(`relay ${name} leaves a database that is none of its own as it is`, async () => {
    const path = join(folder, `other-${name.slice(0, 4)}.db`);
    const other = new DatabaseSync(path);
    // With a write-ahead log, whoever opens it makes files beside it.
    other.exec('PRAGMA journal_mode = WAL; CREATE TABLE customer (name TEXT)');
    other.close();
    const before = readFileSync(path);
    const { code, stderr } = await command([...name.split(' '), '--store', path], here);
    assert.deepEqual([code, stderr], [1, `The database ${path} is not a store of the relay.\n`]);
    assert.deepEqual(readFileSync(path), before);
    assert.deepEqual(
      readdirSync(folder).filter(file => file.startsWith(`other-${name.slice(0, 4)}`)),
      [`other-${name.slice(0, 4)}.db`],
    );
  });

  test(`relay ${name} leaves a store of a newer relay as it is`, async () => {
    const { path } = await store();
    const set = (version: string) =>
      execute(path, `UPDATE setting SET value = '${version}' WHERE name = 'schema'`);
    for (const [version, expected] of [
      ['99', /is of version 99, made by a newer relay; this one knows \d+\. Start the newer relay\.\n$/],
      ['0', /is not a store of the relay\.\n$/],
    ] as const) {
      await set(version);
      const before = await contents(path);
      const { code, stderr } = await command([...name.split(' '), '--store', path], here);
      assert.match(stderr, expected);
      assert.equal(code, 1);
      assert.deepEqual(await contents(path), before);
    }
  });
}

test('relay: a reader that goes away, or a full disk, is no crash', {
  skip: !existsSync('/dev/full'),
}, async () => {
  const full = openSync('/dev/full', 'w');
  try {
    const child = spawn(process.execPath, [ENTRY, '--help'], { stdio: ['ignore', full, 'pipe'] });
    let stderr = '';
    child.stderr?.on('data', piece => (stderr += piece));
    const [code] = await once(child, 'close');
    assert.deepEqual([code, stderr], [1, '']);
  } finally {
    closeSync(full);
  }
});

test('relay: a store that is not there is not made by looking at it', async () => {
  const path = join(folder, 'nowhere.db');
  for (const args of [
    ['status'],
    ['list'],
    ['redeliver', '--since', '1h'],
    ['discard', '--older', '1h', '--yes'],
  ]) {
    const { code, stderr } = await command([...args, '--store', path], here);
    assert.deepEqual([code, stderr], [1, `There is no store ${path}; "run" makes it.\n`]);
  }
  const { stderr } = await command(['status', '--store', 'mysql://relay:marked@db/relay'], here);
  assert.equal(stderr, '--store: must be the path of a file, or a URL that begins with postgres://.\n');
  assert.equal(existsSync(path), false);
});

test('relay: a configuration with problems, all of them, and 1', async () => {
  writeFileSync(join(folder, 'wrong.yml'), 'store: ./x.db\nlisten: { url: 5 }\nsubscriptions: []\n');
  for (const name of ['run', 'check', 'status']) {
    const { code, stdout, stderr } = await command([name, '--config', 'wrong.yml'], here);
    assert.deepEqual([code, stdout], [1, '']);
    assert.deepEqual(
      stderr.split('\n').flatMap(line => /^wrong\.yml:\d+:\d+:/.exec(line) ?? []),
      ['wrong.yml:1:1:', 'wrong.yml:1:1:', 'wrong.yml:2:11:', 'wrong.yml:3:1:'],
    );
  }
  assert.ok(!readdirSync(folder).includes('x.db'));
});
const base64 = (text: string) => Buffer.from(text).toString('base64');

test('relay: check, run, redeliver from another process, and an end in order', async () => {
  const dev = await startSimulator({ name: 'dev', data: { apps: [{ name: 'Sales' }] } });
  const token = 'ghp_commandcommand';
  const listening = 'on: { repository_dispatch: { types: [changed] } }';
  const github = await startGitHub({
    repositories: [{ name: 'acme/events', files: { '.github/workflows/a.yml': listening } }],
    tokens: [{ token, kind: 'classic' }],
  });
  const port = await freePort();
  const running: ReturnType<typeof start>[] = [];
  try {
    writeFileSync(
      join(folder, 'relay.yml'),
      `sites: { dev: { url: '${dev.url}', certificate: ${base64(dev.certificate)}, key: ${base64(dev.key)}, ca: ${base64(dev.ca)} } }
listen: { url: 'http://localhost:${port}', host: 127.0.0.1 }
github: { url: '${github.url}', token: ${token} }
store: own.db
subscriptions:
  - { name: made, site: dev, entity: App, change: [add], send: { repository: acme/events, event: changed }, quiet: 1s, ignore-users: [] }
`,
    );
    const well = await command(['check'], here);
    assert.equal(well.code, 0, well.stdout);
    assert.match(
      well.stdout,
      /^warning +listen\.url says localhost[\s\S]*\nNothing needs to be fixed; look at the (warning|\d+ warnings)\.\n$/m,
    );
    github.faults.add({ method: 'GET', path: /./, fault: { status: 500 } });
    const ill = await command(['check'], here);
    assert.equal(ill.code, 1);
    assert.match(ill.stdout, /^problem +GitHub [\s\S]*\n1 of these must be fixed\.\n$/m);

    const relay = start(['run'], here);
    running.push(relay);
    await relay.says(new RegExp(`listens on port ${port}`));
    while (!dev.counters.requests.some(({ path }) => path.endsWith('/changes'))) {
      await new Promise(resolve => dev.site.clock.later(20, () => resolve(undefined)));
    }
    const [app] = dev.site.apps.keys();
    const secret = await looked(join(folder, 'own.db'), store => store.setting('secret', () => ''));
    const item = { changeType: 1, objectType: 'App', objectID: app };
    const answer = await fetch(`http://127.0.0.1:${port}/notify/made/${secret}`, {
      method: 'POST',
      body: JSON.stringify([item]),
    });
    assert.equal(answer.status, 202);
    await github.dispatched(1);
    const delivery = Object(github.dispatches[0]?.client_payload).delivery;
    await relay.says(new RegExp(`Dispatched made of ${app} to acme/events \\(${delivery}\\)`));

    const { code, stdout } = await command(['redeliver', '--id', delivery], here);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^1 will be sent again, each under its own id\. The relay that runs sends them\.$/m);
    assert.match((await command(['status'], here)).stdout, /^relay +runs$/m);
    await github.dispatched(2);
    const payloads = github.dispatches.map(({ client_payload }) => client_payload);
    assert.deepEqual(payloads[1], payloads[0], 'the same, under the same id');

    const ended: Ended = await relay.stop();
    assert.deepEqual([ended.code, ended.stderr], [0, '']);
    const lines = ended.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).msg);
    assert.equal(lines.at(-1), 'The relay has stopped; the changes that still wait are kept.');
    assert.ok(!ended.stdout.includes(secret));
    assert.deepEqual(github.breaches, []);
  } finally {
    for (const one of running) await one.stop();
    await Promise.all([dev.stop(), github.stop()]);
  }
});
