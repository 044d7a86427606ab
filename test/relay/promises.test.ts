import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { trouble } from '../../simulator/github/trouble.ts';
import type { Dispatch, DispatchOutcome } from '../../src/github/dispatch.ts';
import { edit } from './edit.ts';
import type { RelayStage } from './stage.ts';
import { endStages } from './stage.ts';
import { APP, HOUR, names, OWN, started } from './started.ts';
import { ofSqlite } from './store-place.ts';

afterEach(endStages);
const dispatches = { method: 'POST', path: /\/dispatches$/ } as const;

const asked = (it: RelayStage) =>
  it.github.counters.requests.filter(({ method, path }) => method === 'POST' && dispatches.path.test(path))
    .length;
const words = 'GitHub said so.';
const denial = { words };

/** What GitHub says to one repository. */
const to =
  (repository: string, outcome: DispatchOutcome) =>
  (what: Dispatch): DispatchOutcome | undefined =>
    what.repository === repository ? outcome : undefined;

/** The same app under two subscriptions, to two repositories. */
const BOTH = `${APP}${APP.replace('app-updated', 'other').replace('acme/events', 'acme/second')}`;

for (const [what, begin, end] of [
  [
    'answers 502',
    async (it: RelayStage) =>
      it.github.faults.add({ ...dispatches, times: 1000, fault: trouble.serverError(502) }),
    async (it: RelayStage) => it.github.faults.clear(),
  ],
  ['takes no connections', (it: RelayStage) => it.github.away(), (it: RelayStage) => it.github.back()],
] as const) {
  test(`1: one waiting change is dispatched soon after GitHub, which ${what} for a while, is back`, async () => {
    for (const seconds of [12, 20, 70, 700]) {
      const it = await started();
      await begin(it);
      await edit(it, 'Sales', { description: 'one' });
      await it.time.pass(seconds * 1000);
      await end(it);
      await it.time.pass(70_000);
      assert.deepEqual(names(it), ['Sales'], `after ${seconds} s`);
      await it.close();
    }
  });
}

test('1: so is one whose lane waits, when all else belongs to a repository that refuses', async () => {
  const it = await started({ subscriptions: BOTH });
  it.instead = to('acme/second', { ...denial, kind: 'refused', fault: 'repository', status: 404 });
  it.github.faults.add({ path: /events\/dispatches$/, times: 4, fault: trouble.serverError(502) });
  await edit(it, 'Sales', { description: 'one' });
  await it.time.pass(60_000);
  assert.deepEqual(names(it), ['Sales']);
});

for (const duplicateSubscriptions of ['same-handle', 'accumulate'] as const) {
  test(`2: the action's own tag is no news, and stays none (${duplicateSubscriptions})`, async () => {
    const it = await started({ switches: { duplicateSubscriptions } });
    await edit(it, 'Sales', { description: 'by a person' });
    await it.time.pass(20_000);
    await edit(it, 'Sales', { description: 'tagged' }, OWN);
    await it.time.pass(HOUR);
    assert.deepEqual(names(it), ['Sales']);
    await it.stop();
    await it.start();
    await it.time.pass(HOUR);
    await it.dev.restart();
    await it.time.pass(HOUR);
    assert.deepEqual(names(it), ['Sales']);
  });
}

test('2: a change that another user makes within the quiet of the own one is found', async () => {
  const it = await started();
  await edit(it, 'Sales', { description: 'tagged' }, OWN);
  await it.time.pass(1_000);
  await edit(it, 'Sales', { description: 'by a person' });
  await edit(it, 'Stock', { description: 'by a person' });
  await it.time.pass(1_000);
  await edit(it, 'Stock', { description: 'tagged' }, OWN);
  await it.time.pass(HOUR);
  assert.deepEqual(names(it), ['Sales', 'Stock']);
});

test('3: an organization that refuses the token stops its own repository alone', async () => {
  const it = await started({ subscriptions: BOTH });
  it.instead = to('acme/second', {
    ...denial,
    kind: 'refused',
    fault: 'repository',
    status: 403,
  });
  for (const name of ['Sales', 'Stock', 'Staff']) {
    const began = it.time.now();
    await edit(it, name, { description: 'one' });
    await it.time.pass(20_000);
    assert.equal(it.told().at(-1)?.object.name, name);
    assert.ok((it.github.dispatches.at(-1)?.at ?? 0) - began < 10_000, 'it did not wait');
  }
  const verbose = JSON.parse((await it.get('/readyz?verbose')).body);
  assert.deepEqual(
    verbose.lanes.map(({ repository, kind, reason }: Record<string, unknown>) => [repository, kind, reason]),
    [['acme/second', 'refused', words]],
  );
  const { since, until } = verbose.lanes[0];
  for (const date of [since, until]) assert.equal(date, new Date(date).toISOString());
  assert.ok(since < until);
  assert.match((await it.get('/metrics')).body, /^qrs_relay_lane_waits{repository="acme\/second"} 1$/m);
  assert.equal(it.lines.filter(line => line.includes('acme/second wait')).length, 1);
  it.instead = () => undefined;
  await it.time.pass(605_000);
  assert.equal(it.told().length, 6);
});

test('4: a subscription that QRS refuses harms no other, and is shown until it is kept', async () => {
  const odd = APP.replace('app-updated', 'odd');
  const it = await started({ subscriptions: `${odd}    filter: nam eq 'Sales'\n${APP}` });
  assert.match(it.lines.join('\n'), /Subscription "odd" is not kept: .*400/);
  await edit(it, 'Sales', { description: 'notified' });
  await it.time.pass(10_000);
  it.dev.site.switches.loseEvery = 1;
  await edit(it, 'Stock', { description: 'lost' });
  await it.time.pass(HOUR);
  assert.deepEqual(names(it), ['Sales', 'Stock']);
  const { ready, subscriptions } = JSON.parse((await it.get('/readyz?verbose')).body);
  assert.deepEqual(
    [ready, subscriptions.map((one: { subscription: string }) => one.subscription)],
    [true, ['odd']],
  );
  assert.match((await it.get('/metrics')).body, /^qrs_relay_subscribed{subscription="odd"} 0$/m);
  assert.equal(it.lines.filter(line => line.includes('"odd" is not kept')).length, 1);
});

for (const hours of [-1, 1, -24]) {
  test(`5: a clock that is set by ${hours} h delays nothing, and is logged`, async () => {
    const it = await started();
    await edit(it, 'Sales', { description: 'before' });
    it.time.set(hours * HOUR);
    await it.time.pass(15_000);
    assert.deepEqual(names(it), ['Sales']);
    it.github.faults.add({ ...dispatches, times: 1, fault: trouble.secondaryLimit(120) });
    await edit(it, 'Stock', { description: 'after' });
    await it.time.pass(60_000);
    it.time.set(-hours * HOUR);
    await edit(it, 'Staff', { description: 'after that' });
    await it.time.pass(150_000);
    assert.deepEqual(names(it), ['Sales', 'Stock', 'Staff']);
    assert.equal(it.lines.filter(line => line.includes("machine's clock was set")).length, 2);
  });
}

test("6: a proxy's page for one dispatch slows no other one, and does not fill the log", async () => {
  const it = await started();
  const sales = it.app('Sales');
  it.instead = ({ payload }) =>
    JSON.stringify(payload).includes(sales)
      ? { ...denial, kind: 'trouble', status: 403, wait: undefined }
      : undefined;
  await edit(it, 'Sales', { description: 'its content annoys the proxy' });
  await it.time.pass(10_000);
  await edit(it, 'Stock', { description: 'one' });
  await it.time.pass(5 * 60_000);
  assert.deepEqual(names(it), ['Stock']);
  for (let round = 0; round < 20; round += 1) {
    const began = it.time.now();
    await edit(it, 'Staff', { description: `${round}` });
    await it.time.pass(30_000);
    assert.ok((it.github.dispatches.at(-1)?.at ?? 0) >= began + 5_000, `round ${round} was dispatched`);
  }
  assert.equal(names(it).length, 21);
  assert.ok(it.lines.length < 40, it.lines.join('\n'));
});

test('7: GitHub away for three days: every change is dispatched when it is back', async () => {
  const it = await started();
  await it.github.away();
  await edit(it, 'Sales', { description: 'one' });
  await it.time.pass(60_000);
  await it.stop();
  it.time.hand.advance(3 * 24 * HOUR);
  await it.start();
  await edit(it, 'Stock', { description: 'one' });
  await it.time.pass(600_000);
  await it.github.back();
  await it.time.pass(70_000);
  assert.deepEqual(names(it), ['Sales', 'Stock']);
});

test("8: QRS's repeat, dated a little later, is no new change", async () => {
  const it = await started();
  await edit(it, 'Sales', { description: 'one' });
  await it.time.pass(20_000);
  const date = Date.parse(it.dev.site.apps.get(it.app('Sales'))?.modifiedDate ?? '');
  const repeat = [
    {
      ...{ changeType: 2, objectType: 'App', objectID: it.app('Sales'), changedProperties: ['name'] },
      modifiedDate: new Date(date + 120).toISOString(),
    },
  ];
  await it.post(`/notify/app-updated/${await it.secret()}`, JSON.stringify(repeat));
  await it.time.pass(HOUR);
  assert.deepEqual(names(it), ['Sales']);
});

test('8: a short history and a restart repeat nothing', async () => {
  const it = await started({ more: 'history: { age: 1s, rows: 0 }' });
  await edit(it, 'Sales', { description: 'one' });
  await it.time.pass(2 * HOUR);
  await edit(it, 'Stock', { description: 'one' });
  await it.time.pass(20_000);
  await it.stop();
  await it.start();
  await it.time.pass(HOUR);
  assert.deepEqual(names(it), ['Sales', 'Stock']);
});

test('8: an app that changes every three seconds while GitHub is away is two dispatches, the last with all', async () => {
  const it = await started();
  await it.github.away();
  for (let second = 0; second < 600; second += 3) {
    await edit(it, 'Sales', { description: `at ${second}` });
    await it.time.pass(3_000);
  }
  await it.github.back();
  await it.time.pass(120_000);
  const counts = it.told().map(({ count }) => count);
  assert.equal(counts.length, 2, counts.join());
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    200,
  );
});

test('12: two Retry-After in a row are waited for as they say, also over a restart', async () => {
  const it = await started();
  it.github.faults.add({ ...dispatches, times: 2, fault: trouble.secondaryLimit(60) });
  const began = it.time.now();
  await edit(it, 'Sales', { description: 'one' });
  await it.time.pass(10_000);
  assert.equal(asked(it), 1);
  await it.stop();
  await it.start();
  await it.time.pass(50_000);
  assert.equal(asked(it), 1);
  await it.time.pass(80_000);
  const after = (it.github.dispatches[0]?.at ?? Number.POSITIVE_INFINITY) - began;
  assert.ok(after < 130_000, `${after / 1000} s`);
});

/** Relays on PostgreSQL follow its clock instead. */
const OWN_CLOCK = { skip: ofSqlite };

for (const seconds of [-40, 40, 3600]) {
  test(
    `12: a Retry-After is as long as it says when the clock is set by ${seconds} s, and the relay restarts`,
    OWN_CLOCK,
    async () => {
      const it = await started();
      it.github.faults.add({ ...dispatches, times: 1, fault: trouble.secondaryLimit(60) });
      await edit(it, 'Sales', { description: 'one' });
      await it.time.pass(6_000);
      assert.equal(asked(it), 1);
      const began = it.time.now();
      await it.time.pass(10_000);
      it.time.set(seconds * 1000);
      await it.time.pass(5_000);
      await it.stop();
      await it.start();
      const { lanes } = JSON.parse((await it.get('/readyz?verbose')).body);
      const until = Date.parse(lanes[0].until) - it.time.clock.now();
      assert.ok(Math.abs(until - 45_000) < 2_000, `shown: for another ${until / 1000} s`);
      await it.time.pass(60_000);
      const after = (it.github.dispatches[0]?.at ?? Number.POSITIVE_INFINITY) - began;
      assert.ok(Math.abs(after - 60_000) < 2_000, `${after / 1000} s`);
    },
  );
}

test('a repository without a right fills its own share of the backlog alone', async () => {
  const it = await started({ subscriptions: BOTH, more: 'backlog: 4' });
  it.instead = to('acme/second', { ...denial, kind: 'refused', fault: 'repository', status: 404 });
  for (const name of ['Sales', 'Stock', 'Staff']) {
    await edit(it, name, { description: 'one' });
    await it.time.pass(10_000);
  }
  assert.deepEqual(names(it), ['Sales', 'Stock', 'Staff']);
  assert.deepEqual(JSON.parse((await it.get('/readyz?verbose')).body).full, ['acme/second']);
  it.instead = () => undefined;
  await it.time.pass(1_200_000);
  assert.deepEqual(
    it
      .told()
      .filter(({ subscription }) => subscription === 'other')
      .map(({ object }) => object.name),
    ['Sales', 'Stock', 'Staff'],
  );
});
