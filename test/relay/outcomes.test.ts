import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { trouble } from '../../simulator/github/trouble.ts';
import { moment } from './changes.ts';
import { edit } from './edit.ts';
import { endStages, REPOSITORY, type RelayStage } from './stage.ts';
import { names, startedAtOnce } from './started.ts';

afterEach(endStages);

const words = 'Invalid request.';
const denial = { words };
const json = { 'Content-Type': 'application/json; charset=utf-8' };
const dispatches = { method: 'POST', path: /\/dispatches$/ } as const;

async function rows(it: RelayStage) {
  return it.look(store => store.list({ limit: 100 }));
}

test('a lost answer is repeated under the same id, and marked', async () => {
  const it = await startedAtOnce();
  it.github.faults.add({ ...dispatches, times: 1, fault: trouble.lostAnswer });
  await edit(it, 'Sales', { description: 'one' });
  await it.time.pass(60_000);
  const [first, second, ...more] = it.told();
  assert.deepEqual(second, first);
  assert.deepEqual(more, []);
  const [row] = await rows(it);
  assert.equal(row?.state, 'delivered');
  assert.equal(row?.maybeSent, true);
  assert.equal(row?.attempts, 2);
});

for (const [what, fault] of [
  ['a 502', trouble.serverError(502)],
  ['a page', trouble.unicorn()],
  ['a lost request', trouble.lostRequest],
  ['an answer that ends in the middle', trouble.brokenAnswer],
] as const) {
  test(`${what} is tried again`, async () => {
    const it = await startedAtOnce();
    it.github.faults.add({ ...dispatches, times: 3, fault });
    await edit(it, 'Sales', { description: 'one' });
    await it.time.pass(60_000);
    const ids = new Set(it.told().map(({ delivery }) => delivery));
    assert.equal(ids.size, 1);
    assert.equal((await rows(it))[0]?.state, 'delivered');
  });
}

test('a limit is obeyed for everything, and is no failure of the change', async () => {
  const it = await startedAtOnce();
  it.github.faults.add({ ...dispatches, times: 1, fault: trouble.secondaryLimit(120) });
  await edit(it, 'Sales', { description: 'one' });
  await edit(it, 'Stock', { description: 'one' });
  await it.time.pass(100_000);
  const asked = () => it.github.counters.requests.filter(({ method }) => method === 'POST').length;
  assert.equal(asked(), 1);
  await it.time.pass(60_000);
  assert.equal(asked(), 3);
  assert.deepEqual(new Set(names(it)), new Set(['Sales', 'Stock']));
  assert.deepEqual(
    (await rows(it)).map(({ attempts, maybeSent }) => [attempts, maybeSent]),
    [
      [1, false],
      [2, false],
    ],
  );
});

test('a primary limit is waited for until its reset', async () => {
  const it = await startedAtOnce();
  const reset = Math.ceil(it.time.now() / 1000) + 1800;
  it.github.faults.add({ ...dispatches, times: 1, fault: trouble.primaryLimit(reset, 429) });
  await edit(it, 'Sales', { description: 'one' });
  await it.time.pass(1_790_000);
  assert.deepEqual(names(it), []);
  await it.time.pass(30_000);
  assert.deepEqual(names(it), ['Sales']);
});

test('GitHub away for an hour: nothing is lost, the order and the pace are kept afterwards', async () => {
  const apps = Array.from({ length: 12 }, (_, number) => ({
    name: `App ${String(number).padStart(2, '0')}`,
    stream: 'Build',
    size: '10 KB',
  }));
  const it = await startedAtOnce({ data: { apps } });
  await it.github.away();
  for (const { name } of apps) {
    await edit(it, name, { description: 'one' });
    await it.time.pass(60_000);
  }
  // One that changes again and again is still one dispatch, with all it was told of.
  for (let turn = 0; turn < 10; turn += 1) {
    await edit(it, 'App 00', { description: `again ${turn}` });
    await it.time.pass(288_000);
  }
  assert.deepEqual(names(it), []);
  await it.github.back();
  await it.time.pass(600_000);
  assert.deepEqual(
    [...new Set(names(it))],
    apps.map(({ name }) => name),
  );
  assert.equal(
    it.told().reduce((sum, { count }) => sum + count, 0),
    22,
  );
  const times = it.github.dispatches.map(({ at }) => at);
  assert.ok(times.every((at, index) => index === 0 || at - (times[index - 1] ?? 0) >= 1000));
});

test('GitHub that stumbles for an hour keeps the order, too', async () => {
  const it = await startedAtOnce();
  it.github.faults.add({ ...dispatches, times: 1000, fault: trouble.serverError(503) });
  for (const name of ['Sales', 'Stock', 'Staff']) {
    await edit(it, name, { description: 'one' });
    await it.time.pass(10_000);
  }
  await it.time.pass(3_600_000);
  const asked = it.github.counters.requests.filter(({ method }) => method === 'POST').length;
  assert.ok(asked < 75, `${asked} calls in an hour`);
  it.github.faults.clear();
  await it.time.pass(70_000);
  assert.deepEqual(names(it), ['Sales', 'Stock', 'Staff']);
});

test('a dispatch that GitHub never takes holds up no other of its repository, and is never given up', async () => {
  const it = await startedAtOnce();
  const sales = it.app('Sales');
  it.github.faults.add({ ...dispatches, times: 10_000, fault: trouble.serverError(500) });
  await edit(it, 'Sales', { description: 'poison' });
  await it.time.pass(60_000);
  it.github.faults.clear();
  it.instead = ({ payload }) =>
    JSON.stringify(payload).includes(sales) ? { ...denial, kind: 'unknown' } : undefined;
  for (const name of ['Stock', 'Staff']) {
    await edit(it, name, { description: 'one' });
    await it.time.pass(600_000);
  }
  assert.deepEqual(names(it), ['Stock', 'Staff']);
  // Tried for more than a day; what lies between is more of the same.
  await it.stop();
  it.time.hand.advance(2 * 86_400_000);
  await it.start();
  await it.time.pass(600_000);
  it.instead = () => undefined;
  await it.time.pass(70_000);
  assert.deepEqual(names(it), ['Stock', 'Staff', 'Sales']);
});

const REFUSALS = [
  {
    what: 'a token that is no good',
    breakIt: (it: RelayStage) =>
      it.github.faults.add({
        ...dispatches,
        times: 1000,
        fault: { status: 401, headers: json, body: '{"message":"Bad credentials"}' },
      }),
    words: /Bad credentials/,
  },
  {
    what: 'a token without the permission',
    breakIt: (it: RelayStage) =>
      it.github.faults.add({
        ...dispatches,
        times: 1000,
        fault: {
          status: 403,
          headers: { ...json, 'x-accepted-github-permissions': 'contents=write' },
          body: '{"message":"Resource not accessible by personal access token"}',
        },
      }),
    words: /Contents/,
  },
  {
    what: 'a repository that the token cannot see',
    breakIt: (it: RelayStage) =>
      it.github.faults.add({
        ...dispatches,
        times: 1000,
        fault: { status: 404, headers: json, body: '{"message":"Not Found"}' },
      }),
    words: new RegExp(REPOSITORY),
  },
] as const;

for (const { what, breakIt, words } of REFUSALS) {
  test(`${what}: all wait with the cause, and all is told soon after it is mended`, async () => {
    const it = await startedAtOnce();
    breakIt(it);
    for (const name of ['Sales', 'Stock', 'Staff']) {
      await edit(it, name, { description: 'one' });
      await it.time.pass(2_000);
    }
    await it.time.pass(3_600_000);
    const waiting = await rows(it);
    assert.deepEqual(
      waiting.map(({ state }) => state),
      ['pending', 'pending', 'pending'],
    );
    assert.match(waiting.find(({ reason }) => reason !== undefined)?.reason ?? '', words);
    const asked = it.github.counters.requests.filter(({ method }) => method === 'POST').length;
    assert.ok(asked <= 12, `${asked} calls in an hour`);
    it.github.faults.clear();
    await it.time.pass(605_000);
    assert.deepEqual(names(it), ['Sales', 'Stock', 'Staff']);
    assert.equal(it.lines.filter(line => line.includes('tried again in')).length, 1, it.lines.join('\n'));
  });
}

test('an event that GitHub refuses is tried three times, an hour apart, and nothing but its entity waits', async () => {
  const it = await startedAtOnce();
  const sales = it.app('Sales');
  it.instead = ({ payload }) =>
    JSON.stringify(payload).includes(sales)
      ? { ...denial, kind: 'refused', fault: 'event', status: 422 }
      : undefined;
  await edit(it, 'Sales', { description: 'one' });
  await it.time.pass(10_000);
  await edit(it, 'Stock', { description: 'one' });
  await it.time.pass(7_100_000);
  assert.deepEqual(names(it), ['Stock']);
  assert.ok(!(await rows(it)).some(({ state }) => state === 'dead'));
  await it.time.pass(120_000);
  const dead = (await rows(it)).find(({ state }) => state === 'dead');
  assert.match(dead?.reason ?? '', /Invalid request/);
  it.instead = () => undefined;
  // Sent again by hand, it keeps its id.
  assert.equal(await it.look(store => store.redeliver([dead?.id ?? ''], it.time.now())), 1);
  await it.time.pass(10_000);
  assert.deepEqual(names(it), ['Stock', 'Sales']);
  assert.equal(it.told()[1]?.delivery, dead?.id);
});

test('an event that is too large is given up at once', async () => {
  const it = await startedAtOnce();
  it.github.faults.add({
    ...dispatches,
    times: 1,
    fault: { status: 413, headers: json, body: '{"message":"Payload too large"}' },
  });
  await edit(it, 'Sales', { description: 'one' });
  await it.time.pass(10_000);
  assert.deepEqual(
    (await rows(it)).map(({ state, cause }) => [state, cause]),
    [['dead', 'event']],
  );
});

test('what was under way when the relay was killed is repeated under its id', async () => {
  const it = await startedAtOnce();
  await edit(it, 'Sales', { description: 'one' });
  await it.time.pass(10_000);
  await it.stop();
  // As a kill would leave it.
  await it.look(async store => {
    const [row] = await store.list({ limit: 1 });
    await store.redeliver([row?.id ?? ''], it.time.now());
    await store.claim(moment(it.time.now()), [{ repository: REPOSITORY }]);
  });
  assert.equal((await rows(it))[0]?.state, 'leased');
  await it.start();
  // In PostgreSQL the lease of the killed relay ends first.
  await it.time.pass(90_000);
  const [first, second] = it.told();
  assert.deepEqual(second, first);
});

test('a payload of any size fits, and says what it lacks', async () => {
  const values = Array.from({ length: 140 }, (_, number) => `${number} ${'ø'.repeat(250)}`);
  const it = await startedAtOnce({
    data: {
      customProperties: { Long: values },
      apps: [{ name: 'Sales', stream: 'Build', size: '10 KB', properties: { Long: values } }],
      tasks: [{ name: 'Nightly', app: 'Sales', runs: [{ takes: '2s' }] }],
    },
  });
  it.dev.runTask([...it.dev.site.tasks.keys()][0] ?? '');
  await it.time.pass(3_000);
  await it.heard();
  await it.time.pass(10_000);
  const [payload] = it.told();
  assert.deepEqual(payload?.object.shortened, ['properties']);
  assert.ok(Buffer.byteLength(JSON.stringify(payload)) < 60_000);
});
