import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { ask, edit } from './edit.ts';
import { endStages, type RelayStage } from './stage.ts';
import { APP, startedAtOnce } from './started.ts';

const APPROVED = `${APP}    when: { properties: { PromotionApproval: Approve } }
`;

afterEach(endStages);

async function states(it: RelayStage): Promise<string[]> {
  const all = await it.look(store => store.list({ limit: 100 }));
  return all.map(({ state, reason }) => (reason === undefined ? state : `${state}: ${reason}`)).sort();
}

test('a change is told once it has been quiet, with what the app is by then', async () => {
  const it = await startedAtOnce();
  await ask(it, 'Sales', { PromotionApproval: 'Approve' });
  await it.time.pass(4_900);
  assert.deepEqual(it.told(), []);
  await it.time.pass(200);
  const [payload, ...more] = it.told();
  assert.deepEqual(more, []);
  const { delivery, ...rest } = payload ?? assert.fail('nothing was told');
  assert.match(delivery, /^[0-9a-f-]{36}$/);
  assert.deepEqual(rest, {
    site: 'dev',
    subscription: 'app-updated',
    entity: 'App',
    change: 'update',
    object: {
      id: it.app('Sales'),
      name: 'Sales',
      stream: 'Build',
      owner: 'INTERNAL\\sa_api',
      tags: [],
      properties: { PromotionApproval: ['Approve'] },
    },
    changed: ['modifiedDate', 'customProperties'],
    count: 1,
    first: '2026-11-20T08:01:00.000Z',
    last: '2026-11-20T08:01:00.000Z',
  });
  assert.equal(it.github.dispatches[0]?.event_type, 'qlik-app-updated');
});

for (const burst of [1, 3]) {
  test(`changes that come while it is not quiet are one dispatch, also in bursts of ${burst}`, async () => {
    const it = await startedAtOnce({ switches: { burst } });
    for (const text of ['one', 'two', 'three']) {
      await edit(it, 'Sales', { description: text });
      await it.time.pass(3_000);
    }
    await it.time.pass(10_000);
    assert.deepEqual(
      it.told().map(({ count }) => count),
      [3 * burst],
    );
    assert.deepEqual(await states(it), ['delivered']);
  });
}

test('an app that is never quiet is told after max-wait, and again', async () => {
  const it = await startedAtOnce();
  for (let second = 0; second < 130; second += 2) {
    await edit(it, 'Sales', { description: `at ${second}` });
    await it.time.pass(2_000);
  }
  await it.time.pass(60_000);
  const times = it.github.dispatches.map(({ at }) => at - Date.parse('2026-11-20T08:01:00.000Z'));
  assert.equal(times.length, 3);
  assert.ok(
    times.every((at, index) => at <= 62_000 * (index + 1)),
    times.join(', '),
  );
  assert.equal(
    it.told().reduce((sum, { count }) => sum + count, 0),
    65,
  );
});

test('what is not wanted is recorded with the reason, and costs no dispatch', async () => {
  const it = await startedAtOnce({ subscriptions: APPROVED });
  await edit(it, 'Sales', { description: 'noise' });
  await ask(it, 'Stock', { PromotionApproval: 'Deny' });
  await it.time.pass(10_000);
  assert.deepEqual(it.told(), []);
  assert.deepEqual(await states(it), [
    'unwanted: its property PromotionApproval is "Deny", not "Approve"',
    'unwanted: its property PromotionApproval is empty, not "Approve"',
  ]);
});

for (const duplicateSubscriptions of ['same-handle', 'accumulate'] as const) {
  test(`renewals double nothing (${duplicateSubscriptions})`, async () => {
    const it = await startedAtOnce({ switches: { duplicateSubscriptions } });
    await it.time.pass(600_000);
    await edit(it, 'Sales', { description: 'one' });
    await it.time.pass(10_000);
    assert.deepEqual(
      it.told().map(({ count }) => count),
      [1],
    );
  });
}

test("the action's own tag starts nothing, somebody's change beside it does", async () => {
  const it = await startedAtOnce();
  const own = 'INTERNAL\\sa_api';
  await edit(it, 'Sales', { description: 'stamped' }, own);
  await edit(it, 'Stock', { description: 'by a person' });
  await it.time.pass(2_000);
  await edit(it, 'Stock', { description: 'stamped' }, own);
  await it.time.pass(10_000);
  assert.deepEqual(
    it.told().map(({ object }) => object.name),
    ['Stock'],
  );
  assert.deepEqual(await states(it), ['delivered', 'unwanted: it was changed by INTERNAL\\sa_api']);
});

test('two subscriptions that want the same app both tell', async () => {
  const it = await startedAtOnce({ subscriptions: `${APP}${APP.replace('app-updated', 'other')}` });
  await edit(it, 'Sales', { description: 'one' });
  await it.time.pass(10_000);
  assert.deepEqual(
    it
      .told()
      .map(({ subscription }) => subscription)
      .sort(),
    ['app-updated', 'other'],
  );
  const [first, second] = it.github.dispatches.map(({ at }) => at);
  assert.ok((second ?? 0) - (first ?? 0) >= 1000, 'a second lies between two calls');
});

test('a property that QRS was asked for is looked for again, as QRS leaks', async () => {
  const subscriptions = `${APP}    property: lastReloadTime\n`;
  const it = await startedAtOnce({ subscriptions, switches: { propertyLeak: true } });
  await edit(it, 'Sales', { description: 'not a reload' });
  await it.time.pass(10_000);
  assert.deepEqual(it.told(), []);
  assert.deepEqual(await states(it), []);
});

test('what was added, and what was deleted, is told if it is so', async () => {
  const it = await startedAtOnce({ subscriptions: `${APP}    change: [add, update, delete]\n` });
  const qrs = it.qrs();
  const id = it.app('Stock');
  await qrs.send({ method: 'POST', path: `/qrs/app/${id}/copy`, query: { name: 'Copy' }, attempt: 'copy' });
  await qrs.send({ method: 'DELETE', path: `/qrs/app/${id}`, attempt: 'delete' });
  await it.heard();
  await it.time.pass(10_000);
  assert.deepEqual(
    it.told().map(({ change, object }) => `${change} ${object.name}`),
    ['add Copy', 'delete null'],
  );
  // Forged: the app is still there.
  const item = { changeType: 3, objectType: 'App', objectID: it.app('Sales'), changedProperties: [] };
  assert.equal(
    (await it.post(`/notify/app-updated/${await it.secret()}`, JSON.stringify([item]))).status,
    202,
  );
  await it.time.pass(30_000);
  assert.equal(it.told().length, 2);
  assert.ok((await states(it)).includes('unwanted: it is still there'));
});

test('an execution that fails is told once, with its task and app', async () => {
  const subscriptions = `  - name: failed
    site: dev
    entity: ExecutionResult
    change: [add, update]
    when: { status: [FinishedFail, Aborted] }
    send: { repository: acme/events, event: qlik-reload-failed }
`;
  const tasks = [
    {
      name: 'Nightly',
      app: 'Sales',
      runs: [{ takes: '2s', ends: 'FinishedFail' as const }, { takes: '2s' }],
    },
  ];
  const it = await startedAtOnce({
    subscriptions,
    data: { apps: [{ name: 'Sales', size: '10 KB' }], tasks },
  });
  const [task] = [...it.dev.site.tasks.keys()];
  for (let run = 0; run < 2; run += 1) {
    it.dev.runTask(task ?? '');
    for (let second = 0; second < 30; second += 1) {
      await it.time.pass(1_000);
      await it.heard();
    }
  }
  // QRS writes to a record again when all is over, and notifies of it.
  const failed = [...it.dev.site.results.values()].find(({ id }) => id === it.told()[0]?.object.id);
  assert.ok(failed);
  failed.modifiedDate = it.dev.site.now();
  const item = { changeType: 2, objectType: 'ExecutionResult', objectID: failed.id };
  await it.post(`/notify/failed/${await it.secret()}`, JSON.stringify([item]));
  await it.time.pass(30_000);
  const [payload, ...more] = it.told();
  assert.deepEqual(more, []);
  const { id, ...object } = payload?.object ?? assert.fail('nothing was told');
  assert.deepEqual(object, {
    name: 'Nightly',
    task: { id: task, name: 'Nightly' },
    app: { id: it.app('Sales'), name: 'Sales' },
    status: 'FinishedFail',
    duration: 2000,
  });
});

test('when it stops, QRS is told, and what waits is kept for the next start', async () => {
  const it = await startedAtOnce();
  await edit(it, 'Sales', { description: 'one' });
  await it.stop();
  const ended = it.dev.counters.requests.filter(
    ({ method, path }) => method === 'DELETE' && path.includes('notification'),
  );
  assert.equal(ended.length, 1);
  assert.deepEqual(it.told(), []);
  await it.start();
  await it.time.pass(10_000);
  assert.deepEqual(
    it.told().map(({ count }) => count),
    [1],
  );
});
