import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { moment } from './changes.ts';
import { command, looked } from './command.ts';
import { HOUR, here, NOW, store } from './fates.ts';
import { execute } from './store-place.ts';

test('relay status, for people and for programs', async () => {
  const { path } = await store();
  const { code, stdout } = await command(['status', '--store', path], here);
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^relay +does not run\nwaiting +1, .*\ndelivered +1\nunwanted +0\ndead +3\nhandles +0 subscriptions with QRS\nSee the dead/,
  );
  const json = await command(['status', '--store', path, '--json'], here);
  const { oldest, ...counts } = z.looseObject({ oldest: z.string() }).parse(JSON.parse(json.stdout));
  assert.equal(oldest, new Date(NOW).toISOString());
  assert.deepEqual(counts, {
    states: { pending: 1, leased: 0, delivered: 1, unwanted: 0, dead: 3 },
    subscriptions: 0,
    running: false,
    relays: 0,
    holds: [],
    differs: false,
    waiting: { 'acme/events': 1 },
    paused: [],
    troubles: [],
    unreadable: [],
  });
});

test('relay status: a lane that waits is shown with its reason, and a subscription that a site refuses', async () => {
  const { path } = await store();
  await looked(path, async store => {
    const since = Date.now();
    const lane = { kind: 'refused', since, until: since + 10 * 60_000, failures: 3 } as const;
    const lanes = { 'acme/events': { ...lane, reason: 'GitHub said 403.', heads: [], freed: false } };
    await store.turn(async book => ({ book: { ...book, lanes }, result: undefined }));
    await store.trouble('app-deleted', 'Site "dev" refused it: 400.');
    const [delivery] = await store.toRead(Date.now() + 1000, { site: 'dev' }, 200);
    assert.ok(delivery);
    const reason = 'Site "dev" cannot show it.';
    await store.conclude([{ kind: 'again', delivery, due: NOW, looks: 0, reason }], moment(NOW));
  });
  const { stdout } = await command(['status', '--store', path], here);
  assert.match(
    stdout,
    /^paused +acme\/events \(1 change\), refused 3 times in a row, for another .*: GitHub said 403\.$/m,
  );
  assert.match(stdout, /^trouble +subscription app-deleted: Site "dev" refused it: 400\.$/m);
  assert.match(
    stdout,
    /^unread +1 of subscription app-updated, the oldest for .*: Site "dev" cannot show it\.$/m,
  );
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
  const other = await command(['list', '--store', path, '--id', ids.dead ?? '', '--state', 'pending'], here);
  assert.deepEqual([other.code, other.stdout], [0, 'There is none.\n']);
});

test('relay list: names the app where it was read back, on one line', async () => {
  const { path, ids } = await store();
  const payload = JSON.stringify({ object: { name: 'Sales\nplan' } });
  await execute(path, `UPDATE delivery SET payload = '${payload}' WHERE id = '${ids.dead}'`);
  const { stdout } = await command(['list', '--store', path, '--id', ids.dead ?? ''], here);
  assert.match(
    stdout,
    /^\S+Z {2}dead +[0-9a-f-]{36} {2}app-updated update "Sales plan" dead: GitHub refused\.\n$/,
  );
});

test('relay list --id: an id that no change has is wrong use', async () => {
  const { path, ids } = await store();
  for (const args of [
    ['--id', 'nope'],
    ['--id', ids.dead ?? '', '--id', 'nope'],
  ]) {
    const { code, stderr } = await command(['list', '--store', path, ...args], here);
    assert.match(stderr, /^There is no change with the id "nope"\.\n/);
    assert.equal(code, 2);
  }
});

test('relay list: a damaged change is shown as far as it can be read, with all others', async () => {
  const { path, ids } = await store();
  await execute(
    path,
    `UPDATE delivery SET changed = 'no list', payload = '{', first = 9007199254740993 WHERE id = '${ids.dead}';
     UPDATE delivery SET payload = '{' WHERE id = '${ids.delivered}'`,
  );
  const { stdout } = await command(['list', '--store', path], here);
  assert.match(stdout, new RegExp(`^\\S+Z {2}dead +${ids.dead} .*: its row in the store is damaged$`, 'm'));
  const json = await command(['list', '--store', path, '--json'], here);
  assert.equal(json.code, 0, json.stderr);
  assert.equal(rows.parse(JSON.parse(json.stdout)).length, 5);
});
