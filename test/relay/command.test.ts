import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { z } from 'zod';
import { startGitHub } from '../../simulator/github/server.ts';
import { startSimulator } from '../../simulator/server.ts';
import type { Settlement } from '../../src/relay/store/dispatch.ts';
import type { Store } from '../../src/relay/store/store.ts';
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
  [
    ['list', '--since', 'yesterday', '--limit', '0'],
    /^--limit: must be .*\n--since yesterday: must be a duration/,
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
    assert.match(stdout, /^waiting +1, the oldest for /m);
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
    /^relay +does not run\nwaiting +1, .*\ndelivered +1\nunwanted +0\ndead +3\nhandles +0 subscriptions with QRS\nSee the dead/,
  );
  const json = await command(['status', '--store', path, '--json'], here);
  const { oldest, ...counts } = z.looseObject({ oldest: z.number() }).parse(JSON.parse(json.stdout));
  assert.equal(oldest, NOW);
  assert.deepEqual(counts, {
    states: { pending: 1, leased: 0, delivered: 1, unwanted: 0, dead: 3 },
    subscriptions: 0,
    running: false,
    waiting: { 'acme/events': 1 },
    paused: [],
    troubles: [],
  });
});

test('relay status: a lane that waits is shown with its reason, and a subscription that a site refuses', async () => {
  const { path } = await store();
  await looked(path, async store => {
    const until = Date.now() + 10 * 60_000;
    await store.keepLane({
      repository: 'acme/events',
      kind: 'refused',
      since: Date.now(),
      until,
      failures: 3,
      reason: 'GitHub said 403.',
    });
    await store.trouble('app-deleted', 'Site "dev" refused it: 400.');
  });
  const { stdout } = await command(['status', '--store', path], here);
  assert.match(
    stdout,
    /^paused +acme\/events \(1 changes\), refused 3 times in a row, for another .*: GitHub said 403\.$/m,
  );
  assert.match(stdout, /^trouble +subscription app-deleted: Site "dev" refused it: 400\.$/m);
  const json = JSON.parse((await command(['status', '--store', path, '--json'], here)).stdout);
  assert.deepEqual(json.paused[0].repository, 'acme/events');
  assert.deepEqual(json.troubles, [{ subscription: 'app-deleted', trouble: 'Site "dev" refused it: 400.' }]);
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
  assert.deepEqual([one?.object, Object(one?.payload).delivery], ['delivered', ids.delivered]);
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
    const found = expected.length === 1 ? '1 change' : `${expected.length} changes`;
    const will = `${expected.length} will be sent again, each under its own id`;
    assert.ok(
      stdout.endsWith(`${found} found.\n${will}. No relay runs on this store: "run" sends them.\n`),
      stdout,
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
  assert.deepEqual(
    [wrong.code, wrong.stderr],
    [1, 'There is no change nobody that was dispatched or given up.\n'],
  );
  assert.deepEqual(await states(path), before);
  const { code } = await command(['redeliver', '--store', path, ...both.slice(0, 2)], here);
  assert.deepEqual([code, (await states(path)).delivered], [0, 'pending']);
  const unread = await command(['redeliver', '--store', path, '--id', ids.unread ?? ''], here);
  // What its site could not show is read back again.
  assert.match(unread.stdout, /^1 will be sent again, each under its own id\. /m);
  assert.equal((await states(path)).unread, 'pending');
});

for (const name of ['list', 'redeliver', 'discard']) {
  test(`relay ${name} --subscription, misspelt: the nearest name, and 2`, async () => {
    const { path } = await store();
    await looked(path, store => store.know('app-updated', NOW));
    const { code, stderr } = await command([name, '--store', path, '--subscription', 'app-updatd'], here);
    assert.match(stderr, /^There is no subscription "app-updatd"\. Did you mean "app-updated"\?\n/);
    assert.equal(code, 2);
  });
}

test('relay list --repository, misspelt: the nearest name, and 2', async () => {
  const { path } = await store();
  const { code, stderr } = await command(['list', '--store', path, '--repository', 'acme/event'], here);
  assert.match(stderr, /^There is no repository "acme\/event"\. Did you mean "acme\/events"\?\n/);
  assert.equal(code, 2);
});

test('relay redeliver: what nothing would send is told, and stays as it is', async () => {
  const { path } = await store();
  const config = join(folder, 'fewer.yml');
  const subscription = (name: string, repository: string) =>
    `  - { name: ${name}, site: dev, entity: App, send: { repository: ${repository}, event: changed } }\n`;
  const site =
    "sites: { dev: { url: 'https://dev.example.com/jwt', jwt: eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl } }\n";
  const github = 'github: { token: ghp_commandcommand }\n';
  const text = `${site}listen: { url: 'http://relay.example.com:8080' }\n${github}store: ${path}\nsubscriptions:\n`;
  writeFileSync(
    config,
    text + subscription('app-updated', 'Acme/Events') + subscription('app-deleted', 'acme/other'),
  );
  const before = await states(path);
  const { code, stdout, stderr } = await command(['redeliver', '--config', config, '--since', '4h'], here);
  assert.equal(code, 0, stderr);
  assert.match(
    stdout,
    /^3 changes found\.\n1 of them cannot be sent: .* \(app-deleted to acme\/events\)\.\n2 will be sent again/m,
  );
  assert.deepEqual(await states(path), { ...before, dead: 'pending', unread: 'pending' });
});

const DISCARDED: [string[], string[]][] = [
  [
    ['--repository', 'Acme/Events'],
    ['late', 'dead', 'pending', 'unread'],
  ],
  [['--older', '90m'], ['dead']],
  [['--older', '90m', '--state', 'delivered'], ['delivered']],
  [['--subscription', 'app-deleted'], ['late']],
];

for (const [args, expected] of DISCARDED) {
  test(`relay discard ${args.join(' ')}: says how many, and removes them with --yes`, async () => {
    const { path } = await store();
    const before = await states(path);
    const counted = expected.length === 1 ? '1 change' : `${expected.length} changes`;
    const asked = await command(['discard', '--store', path, ...args], here);
    assert.equal(asked.code, 0, asked.stderr);
    assert.ok(
      asked.stdout.endsWith(`${counted} would be removed for good. Add --yes to remove them.\n`),
      asked.stdout,
    );
    assert.deepEqual(await states(path), before);
    const done = await command(['discard', '--store', path, '--yes', ...args], here);
    assert.ok(done.stdout.endsWith(`${counted} removed.\n`), done.stdout);
    const left = Object.entries(before).filter(([object]) => !expected.includes(object));
    assert.deepEqual(await states(path), Object.fromEntries(left));
  });
}

test('relay discard --id', async () => {
  const { path, ids } = await store();
  const { stdout } = await command(['discard', '--store', path, '--id', ids.late ?? '', '--yes'], here);
  assert.match(stdout, /^1 change removed\.$/m);
  assert.equal((await states(path)).late, undefined);
  const { code, stderr } = await command(['discard', '--store', path, '--id', 'nobody', '--yes'], here);
  assert.deepEqual([code, stderr], [1, 'There is no change nobody that waits or was given up.\n']);
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
    assert.deepEqual([code, stderr], [1, `The file ${path} is a database, but not a store of the relay.\n`]);
    assert.deepEqual(readFileSync(path), before);
    assert.deepEqual(
      readdirSync(folder).filter(file => file.startsWith(`other-${name.slice(0, 4)}`)),
      [`other-${name.slice(0, 4)}.db`],
    );
  });

  test(`relay ${name} leaves a store of a newer relay as it is`, async () => {
    const { path } = await store();
    const set = (version: string) => {
      const database = new DatabaseSync(path);
      database.prepare("UPDATE setting SET value = ? WHERE name = 'schema'").run(version);
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      database.close();
    };
    for (const [version, expected] of [
      ['99', /is of version 99, made by a newer relay; this one knows \d+\. Start the newer relay\.\n$/],
      ['0', /is a database, but not a store of the relay\.\n$/],
    ] as const) {
      set(version);
      const before = readFileSync(path);
      const { code, stderr } = await command([...name.split(' '), '--store', path], here);
      assert.match(stderr, expected);
      assert.equal(code, 1);
      assert.deepEqual(readFileSync(path), before);
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
  - { name: made, site: dev, entity: App, change: [add], send: { repository: acme/events, event: changed }, quiet: 1s, ignore-users: [] }
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
