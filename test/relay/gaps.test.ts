import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { readApp } from '../../src/qrs/apps/find.ts';
import { endStages, type RelayStage } from './stage.ts';
import { names, ready, started as startedWith } from './started.ts';

const QUICK = `  - name: app-updated
    site: dev
    entity: App
    change: [update, delete]
    send: { repository: acme/events, event: qlik-app-updated }
    quiet: 1s
`;

afterEach(endStages);

const started = () => startedWith({ subscriptions: QUICK });

async function rename(it: RelayStage, id: string, name: string): Promise<void> {
  it.time.hand.advance(10);
  const qrs = it.qrs();
  const app = await readApp(qrs, id);
  await qrs.send({ method: 'PUT', path: `/qrs/app/${id}`, body: { ...app, name }, attempt: 'rename' });
  await it.heard();
}

async function restart(it: RelayStage): Promise<void> {
  await it.stop();
  await it.start();
}

test('a relay that is started again keeps the distance to the last dispatch', async () => {
  const it = await started();
  await rename(it, it.app('Sales'), 'Sales 2');
  await rename(it, it.app('Stock'), 'Stock 2');
  await it.time.pass(1_100);
  assert.deepEqual(names(it), ['Sales 2']);
  await restart(it);
  await it.time.pass(1_500);
  assert.deepEqual(names(it), ['Sales 2', 'Stock 2']);
});

test('a change of which nobody told is found by asking, under the id of the app', async () => {
  const it = await started();
  const id = it.app('Sales');
  it.dev.site.switches.loseEvery = 1;
  await rename(it, id, 'Sales 2');
  await it.time.pass(5_000);
  assert.deepEqual(names(it), []);
  await restart(it);
  await it.time.pass(5_000);
  assert.deepEqual(names(it), ['Sales 2']);
  assert.equal(it.told()[0]?.object.id, id);
});

test('so is one that came within a second after another one was told', async () => {
  const it = await started();
  const id = it.app('Sales');
  await rename(it, id, 'Sales 2');
  await it.time.pass(1_100);
  assert.deepEqual(names(it), ['Sales 2']);
  it.dev.site.switches.loseEvery = 1;
  await rename(it, id, 'Sales 3');
  await restart(it);
  await it.time.pass(5_000);
  assert.deepEqual(names(it), ['Sales 2', 'Sales 3']);
});

test('and one that came while what was read back before it waited for GitHub', async () => {
  const it = await started();
  const id = it.app('Sales');
  await it.github.away();
  await rename(it, id, 'Sales 2');
  await it.time.pass(1_100);
  it.dev.site.switches.loseEvery = 1;
  await rename(it, id, 'Sales 3');
  await restart(it);
  await it.time.pass(1_200);
  await it.github.back();
  await it.time.pass(10_000);
  assert.equal(names(it).at(-1), 'Sales 3');
});

test('a deletion that is found by asking is not taken for the update before it', async () => {
  const it = await started();
  const id = it.app('Sales');
  await rename(it, id, 'Sales 2');
  it.dev.site.switches.loseEvery = 1;
  await it.qrs().send({ method: 'DELETE', path: `/qrs/app/${id}`, attempt: 'delete' });
  await restart(it);
  await it.time.pass(5_000);
  assert.deepEqual(
    it.told().map(({ change }) => change),
    ['delete'],
  );
});

test('what the relay could not take before it first asked is caught up with', async () => {
  const it = await ready({ subscriptions: QUICK, more: 'backlog: 1' });
  const changeBoth = async () => {
    for (const name of ['Sales', 'Stock']) {
      it.time.hand.advance(5_000);
      const app = await readApp(it.qrs(), it.app(name));
      assert.ok(app);
      const body = { ...app, name: `${name} 2` };
      await it.qrs().send({ method: 'PUT', path: `/qrs/app/${app.id}`, body, attempt: 'rename' });
    }
    await it.dev.notified();
    it.time.hand.advance(5_000);
  };
  // Before the last of its three calls for the subscription, and so before the first question.
  it.dev.faults.add({ method: 'POST', path: /notification$/, after: 2, fault: { run: changeBoth } });
  await it.start();
  await it.time.pass(90_000);
  assert.deepEqual(names(it), ['Sales 2', 'Stock 2']);
});
