import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { workingName } from '../../src/promote/working-copy.ts';
import { readApp } from '../../src/qrs/apps/find.ts';
import { edit } from './edit.ts';
import { endStages, type RelayStage, relayStage } from './stage.ts';
import { APP, HOUR, names, OWN, started } from './started.ts';

afterEach(endStages);
const rows = (it: RelayStage) => it.look(store => store.list({ limit: 100 }));

test("9: a failed reload under the site user's name is dispatched", async () => {
  const subscriptions = `  - name: failed
    site: dev
    entity: ExecutionResult
    change: [add, update]
    when: { status: [FinishedFail] }
    send: { repository: acme/events, event: qlik-reload-failed }
`;
  const tasks = [{ name: 'Nightly', app: 'Sales', runs: [{ takes: '2s', ends: 'FinishedFail' as const }] }];
  const it = await started({ subscriptions, data: { apps: [{ name: 'Sales', size: '10 KB' }], tasks } });
  it.dev.runTask([...it.dev.site.tasks.keys()][0] ?? '');
  for (const result of it.dev.site.results.values()) result.modifiedByUserName = OWN;
  await it.time.pass(3_000);
  for (const result of it.dev.site.results.values()) result.modifiedByUserName = OWN;
  await it.heard();
  await it.time.pass(60_000);
  assert.deepEqual(
    it.told().map(({ object }) => object.status),
    ['FinishedFail'],
  );
});

/** Copies Sales; the copy's id. */
async function copySales(it: RelayStage, name: string): Promise<string> {
  const path = `/qrs/app/${it.app('Sales')}/copy`;
  await it.qrs().send({ method: 'POST', path, query: { name }, attempt: 'copy' });
  await it.heard();
  return it.app(name);
}

const copyAsARun = (it: RelayStage) => copySales(it, workingName(it.app('Sales'), 'run-1', 1));

async function publish(it: RelayStage, id: string): Promise<void> {
  const [stream] = [...it.dev.site.streams.values()];
  const query = { stream: stream?.id, name: 'Published' };
  await it.qrs().send({ method: 'PUT', path: `/qrs/app/${id}/publish`, query, attempt: 'publish' });
  await it.heard();
}

async function remove(it: RelayStage, ...ids: string[]): Promise<void> {
  for (const id of ids) await it.qrs().send({ method: 'DELETE', path: `/qrs/app/${id}`, attempt: 'delete' });
  await it.heard();
}

test('10: a deletion is judged by what was remembered: its name, the filter, working copies', async () => {
  const it = await started({
    subscriptions: `${APP}    change: [delete]\n    filter: published eq true\n`,
  });
  const working = await copyAsARun(it);
  const never = await copySales(it, 'Never published');
  const published = await copySales(it, 'Published');
  await it.time.pass(20_000);
  await publish(it, published);
  await it.time.pass(20_000);
  assert.deepEqual(it.told(), []);
  await remove(it, working, never, published, it.app('Stock'));
  await it.time.pass(60_000);
  assert.deepEqual(names(it), ['Published', null]);
});

for (const [what, quiet, ms] of [
  ['is known by its name where there is no filter', '', 20_000],
  ['that is gone before it was quiet is known as one', '    quiet: 10s\n', 3_000],
] as const) {
  test(`10: a working copy ${what}`, async () => {
    const it = await started({ subscriptions: `${APP}    change: [delete]\n${quiet}` });
    const copy = await copyAsARun(it);
    await it.time.pass(ms);
    await remove(it, copy);
    await it.time.pass(60_000);
    assert.deepEqual(it.told(), []);
  });
}

test('10: a working copy that was published is deleted like any other app', async () => {
  const it = await started({ subscriptions: `${APP}    change: [delete]\n` });
  const copy = await copyAsARun(it);
  await it.time.pass(20_000);
  await publish(it, copy);
  await it.time.pass(20_000);
  await remove(it, copy);
  await it.time.pass(60_000);
  assert.deepEqual(names(it), ['Published']);
});

test('a type that the site cannot show holds up no other type', async () => {
  const tags = APP.replace('app-updated', 'tag-added').replace('entity: App', 'entity: Tag');
  const it = await started({ subscriptions: `${APP}${tags}    change: [add]\n` });
  it.dev.faults.add({ path: /^\/qrs\/tag\/full/, times: 1000, fault: { hangUp: 'before' } });
  await it.qrs().send({ method: 'POST', path: '/qrs/tag', body: { name: 'Slow' }, attempt: 'make a tag' });
  await it.heard();
  await it.time.pass(120_000);
  await edit(it, 'Sales', { description: 'one' });
  await it.time.pass(90_000);
  assert.deepEqual(names(it), ['Sales']);
  it.dev.faults.clear();
  await it.time.pass(300_000);
  assert.deepEqual(names(it), ['Sales', 'Slow']);
});

test('a subscription that the site does not answer holds up no other one', async () => {
  const tags = APP.replace('app-updated', 'tag-updated').replace('entity: App', 'entity: Tag');
  const stage = await relayStage({ subscriptions: tags + APP });
  stage.dev.faults.add({
    path: /notification$/,
    query: /name=Tag/i,
    times: 1000,
    fault: { hangUp: 'before' },
  });
  stage.time.hand.advance(600_000);
  await stage.start();
  await stage.time.pass(30_000);
  await edit(stage, 'Sales', { description: 'one' });
  await stage.time.pass(20_000);
  assert.deepEqual(names(stage), ['Sales']);
});

test('11: a site that was renamed, its old name in `names`: what waits is sent, what was missed is found', async () => {
  const it = await started();
  await it.github.away();
  await edit(it, 'Sales', { description: 'waits' });
  await it.time.pass(3_000);
  await it.stop();
  await edit(it, 'Stock', { description: 'missed' });
  await it.github.back();
  it.yaml = it.yaml.replace(/^ {2}dev: {/m, '  development: { names: [dev],');
  await it.start();
  await it.time.pass(120_000);
  assert.deepEqual(
    it
      .told()
      .map(({ object, site }) => [object.name, site])
      .sort(),
    [
      ['Sales', 'development'],
      ['Stock', 'development'],
    ],
  );
});

test('12: a site that refuses the list of changes is subscribed to no more often than each minute', async () => {
  const it = await started();
  it.dev.faults.add({
    method: 'GET',
    path: /notification.changes$/,
    times: 100_000,
    fault: { status: 403, body: 'Forbidden' },
  });
  it.dev.counters.reset();
  await it.time.pass(HOUR);
  const made = it.dev.counters.requests.filter(
    ({ method, path }) => method === 'POST' && path.endsWith('/notification'),
  );
  assert.ok(made.length <= 61, `${made.length} subscriptions in an hour`);
});

test('a site that shows a change late is looked at again', async () => {
  const it = await started({ switches: { shownLate: 8_000 } });
  await edit(it, 'Sales', { description: 'by a person' });
  await it.time.pass(60_000);
  await edit(it, 'Stock', { description: 'tagged' }, OWN);
  await it.time.pass(60_000);
  assert.deepEqual(names(it), ['Sales']);
  const [row] = (await rows(it)).filter(({ state }) => state === 'delivered');
  const app = await readApp(it.qrs(), it.app('Sales'));
  assert.equal(row?.modified, Date.parse(app?.modifiedDate ?? ''));
});

test('an update that comes together with a deletion that is none is dispatched', async () => {
  const it = await started({ subscriptions: `${APP}    change: [update, delete]\n` });
  await edit(it, 'Sales', { description: 'one' });
  const item = { changeType: 3, objectType: 'App', objectID: it.app('Sales') };
  await it.post(`/notify/app-updated/${await it.secret()}`, JSON.stringify([item]));
  await it.time.pass(60_000);
  assert.deepEqual(
    it.told().map(({ change, object }) => [change, object.name]),
    [['update', 'Sales']],
  );
});
