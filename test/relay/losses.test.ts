import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { trouble } from '../../simulator/github/trouble.ts';
import { readApp } from '../../src/qrs/apps/find.ts';
import { edit } from './edit.ts';
import { endStages, type RelayStage } from './stage.ts';
import { APP, names, OWN, started } from './started.ts';
import { ofSqlite } from './store-place.ts';

/** Ways in which a change could be lost, held up or told wrongly: each was one once. */

afterEach(endStages);

const rows = (it: RelayStage) => it.look(store => store.list({ limit: 100 }));
const json = { 'Content-Type': 'application/json; charset=utf-8' };
const dispatches = { method: 'POST', path: /\/dispatches$/ } as const;

test('an app that is notified during each read back is told at max-wait all the same', async () => {
  // Its last writer is a user whom the relay ignores by default.
  const it = await started({ subscriptions: `${APP}    ignore-users: []\n` });
  const path = `/notify/app-updated/${await it.secret()}`;
  const item = JSON.stringify([{ changeType: 2, objectType: 'App', objectID: it.app('Sales') }]);
  // A read takes a second, and another notification comes meanwhile.
  it.dev.faults.add({
    method: 'GET',
    path: /\/app\/full$/,
    times: 100,
    fault: {
      run: async () => {
        it.time.hand.advance(1_000);
        await it.post(path, item);
      },
    },
  });
  const began = it.time.now();
  await it.post(path, item);
  await it.time.pass(600_000);
  const after = (it.github.dispatches[0]?.at ?? Number.POSITIVE_INFINITY) - began;
  // `max-wait` is a minute. While the dispatch is on its way, further reads go on, and each moves the clock.
  assert.ok(after <= 120_000, `the first dispatch came after ${after / 1000} s`);
});

test('two dispatches that GitHub never takes hold up no other repository', async () => {
  const of = (filter: string) => `    filter: ${filter}\n`;
  const broken = APP.replace('app-updated', 'broken').replace('acme/events', 'acme/broken');
  const it = await started({
    subscriptions: `${APP}${of("name eq 'Stock'")}${broken}${of("name ne 'Stock'")}`,
  });
  it.github.faults.add({ path: /broken\/dispatches$/, times: 100_000, fault: trouble.serverError(500) });
  await edit(it, 'Sales', { description: 'poison' });
  await edit(it, 'Staff', { description: 'poison' });
  await it.time.pass(10_000);
  await edit(it, 'Stock', { description: 'one' });
  await it.time.pass(3 * 3_600_000);
  assert.deepEqual(names(it), ['Stock']);
});

test('one dispatch that GitHub never takes is not repeated all the time because others go through', async () => {
  const of = (filter: string) => `    filter: ${filter}\n`;
  const broken = APP.replace('app-updated', 'broken').replace('acme/events', 'acme/broken');
  const it = await started({
    subscriptions: `${APP}${of("name ne 'Sales'")}${broken}${of("name eq 'Sales'")}`,
  });
  it.github.faults.add({ path: /broken\/dispatches$/, times: 100_000, fault: trouble.serverError(500) });
  await edit(it, 'Sales', { description: 'poison' });
  await it.time.pass(60_000);
  for (let n = 0; n < 90; n += 1) {
    await edit(it, n % 2 ? 'Stock' : 'Staff', { description: `${n}` });
    await it.time.pass(20_000);
  }
  const asked = it.github.counters.requests.filter(({ path }) => /broken\/dispatches/.test(path)).length;
  assert.ok(asked < 40, `${asked} calls in half an hour, ${it.told().length} others`);
});

test('four apps that a site cannot show hold up no other app', async () => {
  const apps = ['A', 'B', 'C', 'D', 'Good'].map(name => ({ name, stream: 'Build', size: '10 KB' }));
  const it = await started({ data: { apps } });
  for (const name of ['A', 'B', 'C', 'D'])
    it.dev.faults.add({
      method: 'GET',
      path: /\/app\/full$/,
      query: new RegExp(it.app(name)),
      times: 100_000,
      fault: { status: 500, body: 'Internal error' },
    });
  const secret = await it.secret();
  for (const name of ['A', 'B', 'C', 'D']) {
    it.time.hand.advance(10);
    const item = JSON.stringify([{ changeType: 2, objectType: 'App', objectID: it.app(name) }]);
    await it.post(`/notify/app-updated/${secret}`, item);
  }
  await edit(it, 'Good', { description: 'by a person' });
  await it.time.pass(3_600_000);
  assert.deepEqual(names(it), ['Good']);
});

test('a change of anna half a second before the tag of the action is told', async () => {
  const it = await started();
  await edit(it, 'Sales', { description: 'by a person' });
  await it.time.pass(500);
  await edit(it, 'Sales', { description: 'stamped' }, OWN);
  await it.time.pass(3_600_000);
  assert.deepEqual(names(it), ['Sales']);
});

test('a first reading counts however long a busy machine takes for it', async () => {
  const it = await started();
  it.dev.faults.add({
    method: 'GET',
    path: /\/app\/full$/,
    // The test itself reads the app before it changes it.
    after: 1,
    fault: { run: () => wait(300) },
  });
  await edit(it, 'Sales', { description: 'stamped' }, OWN);
  await it.time.pass(60_000);
  assert.deepEqual(names(it), []);
});

test("a first reading that comes three seconds late proves nothing about anna's change before it", async () => {
  const it = await started();
  const own = it.qrs(OWN);
  it.dev.faults.add({
    method: 'GET',
    path: /\/app\/full$/,
    query: new RegExp(it.app('Sales')),
    // The test itself reads the app before it changes it.
    after: 1,
    fault: {
      run: async () => {
        it.time.hand.advance(3_000);
        const app = await readApp(own, it.app('Sales'));
        const body = { ...app, description: 'stamped' };
        await own.send({ method: 'PUT', path: `/qrs/app/${app?.id}`, body, attempt: 'stamp' });
      },
    },
  });
  await edit(it, 'Sales', { description: 'by a person' });
  await it.time.pass(60_000);
  assert.deepEqual(names(it), ['Sales']);
});

test('what was turned away with 503 is found although the action tagged after it', async () => {
  const it = await started({ more: 'backlog: 1' });
  await it.time.pass(2_000);
  await edit(it, 'Stock', { description: 'fills it' });
  await edit(it, 'Sales', { description: 'by a person, 503' });
  await it.time.pass(10_000);
  await edit(it, 'Sales', { description: 'stamped' }, OWN);
  await it.time.pass(3_600_000);
  assert.deepEqual(
    names(it),
    ['Stock', 'Sales'],
    JSON.stringify((await rows(it)).map(({ reason }) => reason)),
  );
});

test('what anna did while the relay was down is found, though the action tags while it asks', async () => {
  const it = await started();
  await it.time.pass(300_000);
  await it.stop();
  await edit(it, 'Sales', { description: 'by a person' });
  it.time.hand.advance(60_000);
  const own = it.qrs(OWN);
  const app = await readApp(own, it.app('Sales'));
  const body = { ...app, description: 'stamped' };
  it.dev.faults.add({
    method: 'GET',
    path: /notification.changes$/,
    fault: {
      run: async () => {
        it.time.hand.advance(10);
        await own.send({ method: 'PUT', path: `/qrs/app/${app?.id}`, body, attempt: 'stamp' });
        await it.dev.notified();
      },
    },
  });
  await it.start();
  await it.time.pass(3_600_000);
  assert.deepEqual(names(it), ['Sales'], JSON.stringify((await rows(it)).map(({ reason }) => reason)));
});

test('what anna did while the relay was down is told, also if the site does not say what was missed', async () => {
  const it = await started();
  await edit(it, 'Sales', { description: 'stamped' }, OWN);
  await it.stop();
  await edit(it, 'Sales', { description: 'by a person' });
  await edit(it, 'Sales', { description: 'stamped again' }, OWN);
  it.dev.faults.add({ path: /notification.changes$/, times: 1000, fault: { status: 500, body: 'no' } });
  await it.start();
  await it.time.pass(120_000);
  assert.deepEqual(names(it), ['Sales']);
});

/** Relays on PostgreSQL follow its clock instead: takeover.test.ts sets those of their machines. */
const OWN_CLOCK = { skip: ofSqlite };

test('a clock that was set back while the relay was down delays nothing', OWN_CLOCK, async () => {
  const it = await started();
  await edit(it, 'Sales', { description: 'by a person' });
  await it.stop();
  it.time.set(-3_600_000);
  await it.start();
  await it.time.pass(120_000);
  assert.deepEqual(names(it), ['Sales']);
});

test('what a site did not let the relay read for a day is told once it does', async () => {
  const it = await started();
  const id = it.app('Sales');
  const no = {
    method: 'GET',
    path: /\/app\/full$/,
    times: 100_000,
    fault: { status: 403, body: 'Forbidden' },
  };
  it.dev.faults.add(no);
  await edit(it, 'Stock', { description: 'x' }).catch(() => {});
  const secret = await it.secret();
  const item = JSON.stringify([{ changeType: 2, objectType: 'App', objectID: id }]);
  assert.equal((await it.post(`/notify/app-updated/${secret}`, item)).status, 202);
  await it.time.pass(60_000);
  await it.stop();
  it.time.hand.advance(86_400_000);
  await it.start();
  await it.time.pass(600_000);
  it.dev.faults.clear();
  await it.time.pass(60_000);
  await it.stop();
  await it.start();
  await it.time.pass(600_000);
  const [row] = (await rows(it)).filter(({ object }) => object === id);
  const again = await it.look(store => store.redeliver([row?.id ?? ''], it.time.now()));
  assert.ok(
    names(it).includes('Sales') || again === 1,
    `${row?.state}: ${row?.reason}; redelivered ${again}`,
  );
});

test('long names of properties in a call do not make a dispatch that GitHub refuses', async () => {
  const it = await started();
  const secret = await it.secret();
  const item = JSON.stringify([
    { changeType: 2, objectType: 'App', objectID: it.app('Sales'), changedProperties: ['x'.repeat(70_000)] },
  ]);
  assert.equal((await it.post(`/notify/app-updated/${secret}`, item)).status, 202);
  await edit(it, 'Sales', { description: 'by a person' });
  await it.time.pass(60_000);
  const [row] = await rows(it);
  assert.ok((row?.payload ?? '').length < 60_000, `${row?.state}, payload of ${row?.payload?.length}`);
});

test('a deletion of what the relay never saw is dispatched without a name, once', async () => {
  const it = await started({ subscriptions: `${APP}    change: [update, delete]\n` });
  const qrs = it.qrs();
  const id = it.app('Stock');
  it.dev.faults.add({
    method: 'GET',
    path: /notification.changes$/,
    times: 1000,
    fault: { status: 200, headers: json, body: '[]' },
  });
  await qrs.send({ method: 'DELETE', path: `/qrs/app/${id}`, attempt: 'delete' });
  await it.heard();
  await it.time.pass(3_600_000);
  assert.deepEqual(
    it.told().map(({ change, object }) => [change, object]),
    [['delete', { id, name: null }]],
  );
});

for (const minutes of [2.2, 7.3, 16])
  test(`a site that was away for ${minutes} minutes: what waits is told soon after it is back`, async () => {
    const it = await started();
    await edit(it, 'Sales', { description: 'one' });
    await it.dev.away('refused');
    await it.time.pass(minutes * 60_000);
    await it.dev.back();
    const back = it.time.now();
    await it.time.pass(120_000);
    const after = (it.github.dispatches[0]?.at ?? 0) - back;
    assert.ok(after < 15_000, `${after / 1000} s after it was back`);
  });

test('a Retry-After that is no time at all leaves nothing under way for ever', async () => {
  const it = await started();
  it.github.faults.add({
    ...dispatches,
    times: 1,
    fault: {
      status: 429,
      headers: { ...json, 'Retry-After': '99999999999999999' },
      body: '{"message":"Too many requests"}',
    },
  });
  await edit(it, 'Sales', { description: 'one' });
  await it.time.pass(3_600_000);
  const states = (await rows(it)).map(({ state }) => state);
  assert.ok(!states.includes('leased'), `${states.join()}; ${it.lines.join('; ')}`);
});

test('handles that QRS does not want to end do not keep the relay from catching up', async () => {
  const it = await started({ switches: { duplicateSubscriptions: 'accumulate' } });
  it.dev.faults.add({
    method: 'DELETE',
    path: /\/notification$/,
    times: 100_000,
    fault: { status: 500, body: 'Unknown handle' },
  });
  it.dev.site.switches.loseEvery = 1;
  await it.time.pass(120_000);
  await edit(it, 'Sales', { description: 'lost' });
  await it.time.pass(3_600_000);
  assert.deepEqual(names(it), ['Sales'], it.lines.slice(-8).join('\n'));
});

test('a budget that is used up is known from the answer of the last call', async () => {
  const it = await started();
  const reset = Math.ceil(it.time.now() / 1000) + 1800;
  it.github.faults.add({
    ...dispatches,
    times: 1,
    fault: { status: 204, headers: { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': String(reset) } },
  });
  await edit(it, 'Sales', { description: 'one' });
  await edit(it, 'Stock', { description: 'one' });
  await it.time.pass(60_000);
  assert.equal(it.github.counters.requests.filter(({ method }) => method === 'POST').length, 1);
});

test('what was added and then updated while the relay was down is told as added', async () => {
  const it = await started({
    subscriptions: `${APP}    change: [add]\n`,
    switches: { changesSince: 'latest' },
  });
  await it.stop();
  const qrs = it.qrs();
  await qrs.send({
    method: 'POST',
    path: `/qrs/app/${it.app('Stock')}/copy`,
    query: { name: 'Copy' },
    attempt: 'copy',
  });
  it.time.hand.advance(60_000);
  await edit(it, 'Copy', { description: 'later' });
  await it.start();
  await it.time.pass(60_000);
  assert.deepEqual(
    it.told().map(({ change }) => change),
    ['add'],
  );
});

test('a secondary limit without a time is waited for longer each time', async () => {
  const it = await started();
  it.github.faults.add({ ...dispatches, times: 1000, fault: trouble.secondaryLimit() });
  await edit(it, 'Sales', { description: 'one' });
  await it.time.pass(3_600_000);
  const asked = it.github.counters.requests.filter(({ method }) => method === 'POST').length;
  assert.ok(asked < 20, `${asked} calls in an hour`);
});

test('an app that was modified at an earlier time of the site than what was told is told', async () => {
  // As after a clock that was set back, or by another node of the site whose clock is behind.
  const it = await started();
  await edit(it, 'Sales', { description: 'one' });
  await it.time.pass(60_000);
  assert.deepEqual(names(it), ['Sales']);
  const app = it.dev.site.apps.get(it.app('Sales'));
  assert.ok(app);
  const back = new Date(Date.parse(app.modifiedDate) - 30_000).toISOString();
  Object.assign(app, { name: 'Sales 2', modifiedDate: back });
  const item = {
    changeType: 2,
    objectType: 'App',
    objectID: app.id,
    changedProperties: ['name'],
    modifiedDate: back,
  };
  const secret = await it.secret();
  assert.equal((await it.post(`/notify/app-updated/${secret}`, JSON.stringify([item]))).status, 202);
  // Not until it asks: the stand-in's history has the first date.
  await it.time.pass(300_000);
  const reasons = (await rows(it)).map(({ state, reason }) => `${state}: ${reason}`);
  assert.deepEqual(names(it), ['Sales', 'Sales 2'], reasons.join('; '));
});
