import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { z } from 'zod';
import { startGitHub } from '../../simulator/github/server.ts';
import { startSimulator } from '../../simulator/server.ts';
import type { Settlement, Store } from '../../src/relay/store/store.ts';
import { change, LANE, moment, want } from './changes.ts';
import { command, ENTRY, type Ended, looked, start } from './command.ts';
import { freePort } from './process.ts';

const PORT = await freePort();

/** The built command line as a process: what it says, what it ends with, and what it leaves alone. */

const folder = mkdtempSync(join(tmpdir(), 'qrs-relay-command-'));
after(() => rmSync(folder, { recursive: true }));
const here = { cwd: folder };
const HOUR = 3_600_000;
const NOW = Date.now();

let stores = 0;
/** A store with one change of each fate; the ids by what became of them. */
async function store(): Promise<{ path: string; ids: Record<string, string> }> {
  stores += 1;
  const path = join(folder, `store-${stores}.db`);
  const ids = await looked(path, async store => {
    await told(store, 'app-updated', 'delivered', NOW - 3 * HOUR, { state: 'delivered' });
    const refused = { state: 'dead', reason: 'GitHub refused.', cause: 'event' } as const;
    await told(store, 'app-updated', 'dead', NOW - 2 * HOUR, refused);
    await told(store, 'app-deleted', 'late', NOW - HOUR, refused);
    await accept(store, 'app-updated', 'pending', NOW);
    await accept(store, 'app-updated', 'unread', NOW - 1.2 * HOUR);
    const unread = (await store.list({ limit: 10 })).find(({ object }) => object === 'unread');
    await store.settle(
      unread?.id ?? '',
      { state: 'dead', reason: 'The site refused.', cause: 'configuration' },
      NOW,
    );
    return Object.fromEntries((await store.list({ limit: 10 })).map(({ id, object }) => [object, id]));
  });
  return { path, ids };
}

async function accept(store: Store, subscription: string, object: string, now: number): Promise<void> {
  await store.accept(
    [change({ subscription, object, date: now, quiet: 1000, maxWait: 1000 })],
    moment(now),
    100,
  );
}

async function told(store: Store, subscription: string, object: string, now: number, end: Settlement) {
  await accept(store, subscription, object, now);
  const { id } = await want(store, object, now + 1000, now);
  await store.claim(moment(now + 1000), LANE);
  await store.settle(id, end, now);
}

const states = (path: string) =>
  looked(path, async store =>
    Object.fromEntries((await store.list({ limit: 10 })).map(({ object, state }) => [object, state])),
  );

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
  [['list', '--since', 'yesterday', '--limit', '0'], /^--limit: must be .*\n--since: must be a duration/],
  [['list', '--log-level', 'loud'], /^--log-level loud: must be one of debug, info, warn, error\.\n/],
  [['run', '--dry-run', '--json'], /^run takes no --dry-run\.\nrun takes no --json\.\n/],
  [['redeliver'], /^redeliver: say which, by --id, --subscription, --since or --until\.\n/],
  [['redeliver', '--state', 'dead'], /^redeliver: say which/],
  [
    ['redeliver', '--id', 'x', '--state', 'pending'],
    /^redeliver: --state pending: only what is delivered or dead/,
  ],
];

for (const [args, expected] of MISUSED) {
  test(`relay ${args.join(' ')}: help, and 2`, async () => {
    const { code, stdout, stderr } = await command(args, here);
    assert.equal(code, 2);
    assert.match(stderr, expected);
    assert.match(stderr, /\nUsage: node dist\/relay\/index\.js COMMAND/);
    assert.equal(stdout, '');
  });
}

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

test('relay: one file is all of it', async () => {
  const alone = mkdtempSync(join(tmpdir(), 'qrs-relay-alone-'));
  try {
    copyFileSync(ENTRY, join(alone, 'index.js'));
    const { path } = await store();
    const entry = join(alone, 'index.js');
    const { code, stdout, stderr } = await command(['status', '--store', path], { cwd: alone, entry });
    assert.deepEqual([code, stderr.replace(/^.*Warning.*\n?/gm, '')], [0, '']);
    assert.match(stdout, /^waiting +1, the oldest for /);
    const run = await command(['run'], { cwd: alone, entry });
    assert.equal(run.code, 1);
    assert.match(run.stderr, /^The configuration relay\.yml cannot be read: ENOENT/);
  } finally {
    rmSync(alone, { recursive: true });
  }
});

test('relay status, for people and for programs', async () => {
  const { path } = await store();
  const { code, stdout } = await command(['status', '--store', path], here);
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^waiting +1, .*\ndelivered +1\nunwanted +0\ndead +3\nhandles +0 subscriptions with QRS\nSee the dead/,
  );
  const json = await command(['status', '--store', path, '--json'], here);
  const { oldest, ...counts } = z.looseObject({ oldest: z.number() }).parse(JSON.parse(json.stdout));
  assert.equal(oldest, NOW);
  assert.deepEqual(counts, {
    states: { pending: 1, leased: 0, delivered: 1, unwanted: 0, dead: 3 },
    subscriptions: 0,
  });
});

const rows = z.array(z.looseObject({ object: z.string(), payload: z.unknown(), first: z.iso.datetime() }));
const LISTED: [string[], string[]][] = [
  [[], ['pending', 'late', 'unread', 'dead', 'delivered']],
  [
    ['--limit', '2'],
    ['pending', 'late'],
  ],
  [
    ['--state', 'dead'],
    ['late', 'unread', 'dead'],
  ],
  [
    ['--state', 'dead', '--state', 'delivered'],
    ['late', 'unread', 'dead', 'delivered'],
  ],
  [['--subscription', 'app-deleted'], ['late']],
  [
    ['--since', '90m'],
    ['pending', 'late', 'unread'],
  ],
  [['--since', new Date(NOW - 2.5 * HOUR).toISOString(), '--until', '90m'], ['dead']],
];

test('relay list: what was asked for, the newest first', async () => {
  const { path, ids } = await store();
  const listed = async (args: string[]) => {
    const { code, stdout, stderr } = await command(['list', '--store', path, '--json', ...args], here);
    assert.equal(code, 0, stderr);
    return rows.parse(JSON.parse(stdout));
  };
  for (const [args, expected] of LISTED) {
    const found = (await listed(args)).map(({ object }) => object);
    assert.deepEqual(found, expected, args.join(' '));
  }
  const [one] = await listed(['--id', ids.delivered ?? '']);
  assert.deepEqual([one?.object, one?.payload], ['delivered', { delivery: ids.delivered }]);
  const { stdout } = await command(['list', '--store', path, '--state', 'dead'], here);
  assert.match(stdout, /^\S+Z {2}dead +[0-9a-f-]{36} {2}app-deleted update late: GitHub refused\.$/m);
  assert.equal((await command(['list', '--store', path, '--id', 'x'], here)).stdout, 'There is none.\n');
});

const REDELIVERED: [string[], string[]][] = [
  [
    ['--subscription', 'app-updated'],
    ['dead', 'unread'],
  ],
  [
    ['--since', '4h'],
    ['dead', 'late', 'unread'],
  ],
  [['--until', '90m'], ['dead']],
  [['--since', '4h', '--state', 'delivered'], ['delivered']],
  [['--subscription', 'nobody'], []],
];

for (const [args, expected] of REDELIVERED) {
  test(`relay redeliver ${args.map(one => one.slice(0, 13)).join(' ')}`, async () => {
    const { path } = await store();
    const before = await states(path);
    const dry = await command(['redeliver', '--store', path, '--dry-run', ...args], here);
    assert.match(dry.stdout, new RegExp(`^${expected.length} would be sent again\\.$`, 'm'));
    assert.deepEqual(await states(path), before);
    const { code, stdout } = await command(['redeliver', '--store', path, ...args], here);
    assert.equal(code, 0);
    assert.match(
      stdout,
      new RegExp(`^${expected.length} will be sent again, each under its own id\\.$`, 'm'),
    );
    const again = Object.fromEntries(expected.map(object => [object, 'pending']));
    assert.deepEqual(await states(path), { ...before, ...again });
  });
}

test('relay redeliver --id: what was told as well; an id that is none is told, and nothing is done', async () => {
  const { path, ids } = await store();
  const before = await states(path);
  const both = ['--id', ids.delivered ?? '', '--id', 'nobody'];
  const wrong = await command(['redeliver', '--store', path, ...both], here);
  assert.deepEqual([wrong.code, wrong.stderr], [1, 'There is no change nobody that was told or given up.\n']);
  assert.deepEqual(await states(path), before);
  const { code } = await command(['redeliver', '--store', path, ...both.slice(0, 2)], here);
  assert.deepEqual([code, (await states(path)).delivered], [0, 'pending']);
  const unread = await command(['redeliver', '--store', path, '--id', ids.unread ?? ''], here);
  // What its site could not show is read back again.
  assert.match(unread.stdout, /^1 will be sent again, each under its own id\.$/m);
  assert.equal((await states(path)).unread, 'pending');
});

test('relay: a store that is not there is not made by looking at it', async () => {
  const path = join(folder, 'nowhere.db');
  for (const args of [['status'], ['list'], ['redeliver', '--since', '1h']]) {
    const { code, stderr } = await command([...args, '--store', path], here);
    assert.deepEqual([code, stderr], [1, `There is no store ${path}; "run" makes it.\n`]);
  }
  const { stderr } = await command(['status', '--store', 'postgres://relay:marked@db/relay'], here);
  assert.equal(stderr, '--store: must be the path of a file.\n');
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
  const running: ReturnType<typeof start>[] = [];
  try {
    writeFileSync(
      join(folder, 'relay.yml'),
      `sites: { dev: { url: '${dev.url}', certificate: ${base64(dev.certificate)}, key: ${base64(dev.key)}, ca: ${base64(dev.ca)} } }
listen: { url: 'http://localhost:${PORT}', host: 127.0.0.1 }
github: { url: '${github.url}', token: ${token} }
store: own.db
subscriptions:
  - { name: made, site: dev, entity: App, change: [add], send: { repository: acme/events, event: changed }, quiet: 10ms, ignore-users: [] }
`,
    );
    const well = await command(['check'], here);
    assert.equal(well.code, 0, well.stdout);
    assert.match(
      well.stdout,
      /^warning +listen\.url says localhost[\s\S]*\nNothing has to be mended; look at the (warning|\d+ warnings)\.\n$/m,
    );
    github.faults.add({ method: 'GET', path: /./, fault: { status: 500 } });
    const ill = await command(['check'], here);
    assert.equal(ill.code, 1);
    assert.match(ill.stdout, /^problem +GitHub [\s\S]*\n1 of these has to be mended\.\n$/m);

    const relay = start(['run'], here);
    running.push(relay);
    await relay.says(new RegExp(`listens on port ${PORT}`));
    while (!dev.counters.requests.some(({ path }) => path.endsWith('/changes'))) {
      await new Promise(resolve => dev.site.clock.later(20, () => resolve(undefined)));
    }
    const [app] = dev.site.apps.keys();
    const secret = await looked(join(folder, 'own.db'), store => store.setting('secret', () => ''));
    const item = { changeType: 1, objectType: 'App', objectID: app };
    const answer = await fetch(`http://127.0.0.1:${PORT}/notify/made/${secret}`, {
      method: 'POST',
      body: JSON.stringify([item]),
    });
    assert.equal(answer.status, 202);
    await github.dispatched(1);
    const delivery = Object(github.dispatches[0]?.client_payload).delivery;
    await relay.says(new RegExp(`Dispatched made of ${app} to acme/events \\(${delivery}\\)`));

    const { code, stdout } = await command(['redeliver', '--id', delivery], here);
    assert.equal(code, 0, stdout);
    await github.dispatched(2);
    const payloads = github.dispatches.map(({ client_payload }) => client_payload);
    assert.deepEqual(payloads[1], payloads[0], 'the same, under the same id');

    const ended: Ended = await relay.stop();
    assert.deepEqual([ended.code, ended.stderr], [0, '']);
    const lines = ended.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).msg);
    assert.equal(lines.at(-1), 'The relay has stopped; what was not yet told is kept.');
    assert.ok(!ended.stdout.includes(secret));
    assert.deepEqual(github.breaches, []);
  } finally {
    for (const one of running) await one.stop();
    await Promise.all([dev.stop(), github.stop()]);
  }
});
