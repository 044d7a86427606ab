import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { findTasks } from '../../src/qrs/tasks.ts';
import { edit } from './edit.ts';
import { endStages, type RelayStage, type RelayStageOptions } from './stage.ts';
import { APP, names, ready } from './started.ts';
import { until } from './until.ts';

/** No type and no subscription holds up another one, also where a site hears a call and never answers it. */

const TAG = `${APP.replace('app-updated', 'tag-added').replace('entity: App', 'entity: Tag')}    change: [add]\n`;
const ODD = `${APP.replace('app-updated', 'odd')}    filter: name ne 'odd'\n`;

afterEach(endStages);

const set = (options: Partial<RelayStageOptions> = {}) => ready({ subscriptions: TAG + APP, ...options });

async function makeTag(it: RelayStage, name: string): Promise<void> {
  await it.qrs().send({ method: 'POST', path: '/qrs/tag', body: { name }, attempt: 'make a tag' });
}

test('a type whose reads hang delays no other type', async () => {
  const it = await set();
  await it.start();
  await it.time.pass(1_000);
  it.hang({ path: /^\/qrs\/tag\/full/ });
  await makeTag(it, 'Slow');
  // The loop that reads tags never comes to rest.
  it.time.loops -= 1;
  await it.heard();
  await it.time.pass(10_000);
  await edit(it, 'Sales', { description: 'one' });
  await it.time.pass(7_000);
  assert.deepEqual(names(it), ['Sales']);
});

test('a subscription that QRS never answers delays no other type, nor what was missed of it', async () => {
  const it = await set({ hanging: 1 });
  it.hang({ path: /notification$/, query: /name=Tag/i });
  await it.start();
  await it.time.pass(1_000);
  await edit(it, 'Sales', { description: 'notified' });
  await it.time.pass(7_000);
  assert.deepEqual(names(it), ['Sales']);
  await it.dev.restart();
  await edit(it, 'Stock', { description: 'missed' });
  await it.time.pass(70_000);
  assert.deepEqual(names(it), ['Sales', 'Stock']);
});

test('a list of changes that QRS never gives delays no other type', async () => {
  const it = await set({ hanging: 1 });
  it.hang({ path: /notification\/changes$/, query: /types=Tag/i });
  await it.start();
  await it.stop();
  await edit(it, 'Sales', { description: 'while the relay was away' });
  await it.start();
  await it.time.pass(20_000);
  assert.deepEqual(names(it), ['Sales']);
});

test('a subscription that QRS never answers holds up no other one of its type', async () => {
  const odd = TAG.replace('tag-added', 'odd').replace(
    'change: [add]',
    "change: [add]\n    filter: name ne 'odd'",
  );
  const it = await set({ subscriptions: odd + TAG, limits: { call: 1_000 } });
  it.hang({ path: /notification$/, query: /odd/i });
  await it.start();
  await it.time.pass(1_000);
  await makeTag(it, 'First');
  await it.heard();
  await dispatched(it, 1);
  await it.time.pass(20_000);
  const told = it.told().filter(({ subscription }) => subscription === 'tag-added');
  assert.equal(told.length, 1);
  const { subscriptions } = JSON.parse((await it.get('/readyz?verbose')).body);
  assert.deepEqual(
    subscriptions.map((one: { subscription: string }) => one.subscription),
    ['odd'],
  );
});

test('nor does it hold up the renewal of another one, and what was missed of that', async () => {
  const it = await set({ subscriptions: ODD + APP });
  const odd = { path: /notification$/, query: /odd/i };
  it.dev.faults.add({ ...odd, fault: { hangUp: 'before' } });
  it.hang(odd);
  await it.start();
  // The loop that tries this one again never comes to rest.
  it.time.loops -= 1;
  await it.time.pass(90_000);
  await it.dev.restart();
  await edit(it, 'Sales', { description: 'missed' });
  const told = () => it.told().filter(({ subscription }) => subscription === 'app-updated');
  // Time may run ahead of a slow store, as the loop that hangs is not waited for.
  for (let step = 0; step < 20 && told().length === 0; step += 1) await it.time.pass(10_000);
  assert.equal(told().length, 1);
});

test('a filter whose reads hang delays no other subscription of its type', async () => {
  const it = await set({ subscriptions: ODD + APP });
  await it.start();
  await it.time.pass(1_000);
  it.hang({ path: /^\/qrs\/app\/full/, query: /odd/i });
  await edit(it, 'Sales', { description: 'one' });
  // The loop that reads with this filter never comes to rest.
  it.time.loops -= 1;
  for (const round of ['one', 'two', 'three']) {
    await edit(it, 'Stock', { description: round });
    await it.time.pass(6_000);
    assert.equal(it.told().at(-1)?.object.name, 'Stock');
  }
  assert.deepEqual(
    it.told().map(({ subscription, object }) => `${subscription}: ${object.name}`),
    ['app-updated: Sales', 'app-updated: Stock', 'app-updated: Stock', 'app-updated: Stock'],
  );
});

test('while the reads of one filter get no answer, an ignored user stays ignored for the others', async () => {
  const it = await set({ subscriptions: ODD + APP });
  await it.start();
  await it.time.pass(1_000);
  it.dev.faults.add({ path: /^\/qrs\/app\/full/, query: /odd/i, times: 1000, fault: { hangUp: 'before' } });
  await edit(it, 'Sales', { description: 'one' });
  await it.time.pass(20_000);
  await edit(it, 'Stock', { description: 'by the relay itself' }, 'INTERNAL\\sa_api');
  await it.time.pass(20_000);
  assert.deepEqual(names(it), ['Sales']);
});

test('a first reading that hangs delays no other change', async () => {
  const it = await set({ subscriptions: `${APP}    quiet: 1s\n` });
  await it.start();
  await it.time.pass(1_000);
  // The test itself reads the app before it changes it.
  const sales = { path: /^\/qrs\/app\/full/, query: new RegExp(it.app('Sales')), after: 1 };
  it.hang({ ...sales, times: 1 });
  await edit(it, 'Sales', { description: 'one' });
  await edit(it, 'Stock', { description: 'one' });
  // Its time is over after two seconds; GitHub takes one dispatch a second.
  await it.time.pass(3_000);
  assert.deepEqual(names(it), ['Sales', 'Stock']);
});

test('what waits because its site cannot show it is in /readyz?verbose, with the reason', async () => {
  const it = await set();
  await it.start();
  await it.time.pass(1_000);
  it.dev.faults.add({ path: /^\/qrs\/tag\/full/, times: 1000, fault: { status: 403, body: 'no' } });
  await makeTag(it, 'Hidden');
  await it.heard();
  await it.time.pass(10_000);
  const { ready, unreadable } = JSON.parse((await it.get('/readyz?verbose')).body);
  assert.equal(ready, true);
  assert.deepEqual(
    [unreadable.length, unreadable[0].subscription, unreadable[0].number],
    [1, 'tag-added', 1],
  );
  assert.match(unreadable[0].reason, /refused to read Tag .*403/);
});

test('an entity whose read hangs delays no other one of its filter', async () => {
  const quick = `${APP}    quiet: 1s\n    ignore-users: []\n`;
  const it = await set({ subscriptions: quick, limits: { readMany: 1_000 } });
  await it.start();
  await it.time.pass(1_000);
  // The test itself reads the app before it changes it.
  const sales = { path: /^\/qrs\/app\/full/, query: new RegExp(it.app('Sales')), after: 1 };
  it.hang(sales);
  await edit(it, 'Sales', { description: 'hangs' });
  await edit(it, 'Stock', { description: 'in the same request' });
  // The loop that reads Sales by itself never comes to rest.
  it.time.loops -= 1;
  await it.time.pass(1_500);
  await unreadable(it, 1);
  for (const [index, round] of ['one', 'two', 'three'].entries()) {
    await dispatched(it, index + 1);
    assert.deepEqual(names(it), Array(index + 1).fill('Stock'));
    await edit(it, 'Stock', { description: round });
    const again = { changeType: 2, objectType: 'App', objectID: it.app('Sales') };
    await it.post(`/notify/app-updated/${await it.secret()}`, JSON.stringify([again]));
  }
  await unreadable(it, 1);
});

test('nor where it was the only one in its request', async () => {
  const quick = `${APP}    quiet: 1s\n    ignore-users: []\n`;
  const it = await set({ subscriptions: quick, limits: { readMany: 1_000 } });
  await it.start();
  await it.time.pass(1_000);
  // The test itself reads the app before it changes it.
  const sales = { path: /^\/qrs\/app\/full/, query: new RegExp(it.app('Sales')), after: 1 };
  it.hang(sales);
  await edit(it, 'Sales', { description: 'hangs' });
  await it.heard();
  it.time.loops -= 1;
  await it.time.pass(1_500);
  await unreadable(it, 1);
  await edit(it, 'Stock', { description: 'one' });
  await dispatched(it, 1);
  assert.deepEqual(names(it), ['Stock']);
});

test('an entity that was read together with forty that hang is read by itself soon', async () => {
  const apps = Array.from({ length: 41 }, (_, index) => ({ name: `App ${index}`, stream: 'Build' }));
  const it = await set({
    subscriptions: `${APP}    quiet: 1s\n    ignore-users: []\n`,
    data: { apps: apps.map(app => ({ ...app, size: '10 KB' })) },
    limits: { readMany: 1_000, readBack: 20_000 },
  });
  await it.start();
  await it.time.pass(1_000);
  for (const { name } of apps) await edit(it, name, { description: 'new' });
  await it.heard();
  const hanging = new RegExp(
    apps
      .slice(0, 40)
      .map(({ name }) => it.app(name))
      .join('|'),
  );
  it.hang({ path: /^\/qrs\/app\/full/, query: hanging });
  it.time.loops -= 1;
  await it.time.pass(1_000);
  await dispatched(it, 1);
  assert.deepEqual(names(it), ['App 40']);
});

test('forty filters whose reads hang hold up neither another filter, nor what was missed', async () => {
  const hanging = Array.from({ length: 40 }, (_, index) => ODD.replaceAll('odd', `odd-${index}`));
  const quick = [...hanging, APP].map(one => `${one}    quiet: 1s\n    ignore-users: []\n`);
  const it = await set({
    subscriptions: quick.join(''),
    limits: { readMany: 2_000, readBack: 20_000 },
  });
  await it.start();
  await it.time.pass(1_000);
  it.hang({ path: /^\/qrs\/app\/full/, query: /odd/i });
  for (const name of ['Sales', 'Stock', 'Staff']) await edit(it, name, { description: 'one' });
  await it.heard();
  it.time.loops -= 40;
  await it.time.pass(4_000);
  await until(30_000, 'all of these hang', async () => {
    await it.time.pass(100);
    const { unreadable } = JSON.parse((await it.get('/readyz?verbose')).body);
    return unreadable.length === 40 && unreadable.every(({ number }: { number: number }) => number === 3);
  });
  await it.time.pass(10_000);
  await edit(it, 'Sales', { description: 'notified' });
  await it.heard();
  await dispatched(it, 4);
  assert.deepEqual(names(it), ['Sales', 'Stock', 'Staff', 'Sales']);
  await it.dev.restart();
  await edit(it, 'Stock', { description: 'missed' });
  await dispatched(it, 5, 10_000);
  assert.deepEqual(names(it), ['Sales', 'Stock', 'Staff', 'Sales', 'Stock']);
});

/**
 * Waits until so many are dispatched. Reads take real time, and loops that hang do not say so. On a machine that stands
 * still for a moment, a read that does not hang may be taken for one that does: then it waits for some of those.
 */
async function dispatched(it: RelayStage, number: number, step = 100): Promise<void> {
  await until(90_000, `${number} are dispatched`, async () => {
    await it.time.pass(step);
    return names(it).length >= number;
  });
}

/** Waits until the relay has found that its site cannot show so many. */
async function unreadable(it: RelayStage, number: number): Promise<void> {
  await until(30_000, `${number} changes are unreadable`, async () => {
    const { unreadable } = JSON.parse((await it.get('/readyz?verbose')).body);
    return unreadable[0]?.number === number;
  });
}

test('ten filters whose reads hang leave connections for the others', async () => {
  const hanging = Array.from({ length: 10 }, (_, index) => ODD.replaceAll('odd', `odd-${index}`));
  const it = await set({
    subscriptions: [...hanging, APP].join(''),
    limits: { readBack: 3_600_000, readMany: 3_600_000 },
  });
  await it.start();
  await it.time.pass(1_000);
  it.hang({ path: /^\/qrs\/app\/full/, query: /odd/i });
  await edit(it, 'Sales', { description: 'one' });
  it.time.loops -= 10;
  await it.time.pass(20_000);
  assert.deepEqual(names(it), ['Sales']);
});

test('tasks that a site never shows do not keep back their executions', async () => {
  const reloads = APP.replace('entity: App', 'entity: ExecutionResult').replace(
    'app-updated',
    'reload-ended',
  );
  const it = await set({
    subscriptions: `${reloads}    when: { status: [FinishedSuccess] }\n`,
    data: {
      apps: [{ name: 'Sales', stream: 'Build', size: '10 KB' }],
      tasks: [{ name: 'Nightly', app: 'Sales', runs: [{ takes: '1s', ends: 'FinishedSuccess' }] }],
    },
  });
  await it.start();
  await it.time.pass(1_000);
  const [task] = await findTasks(it.qrs(), { ids: [], names: ['Nightly'] });
  it.hang({ path: /^\/qrs\/reloadtask\/full/ });
  await it.qrs().send({ method: 'POST', path: `/qrs/task/${task?.id}/start`, attempt: 'start' });
  await it.heard();
  await it.time.pass(20_000);
  const [told] = it.told();
  assert.deepEqual([told?.object.name, told?.object.task], [null, { id: task?.id }]);
});
