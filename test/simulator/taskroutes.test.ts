import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { noDate, noId } from '../../simulator/site/entities.ts';
import { handClock } from '../../simulator/site/hand-clock.ts';
import { appNamed, at, qrs, text, until } from './client.ts';
import { tasked } from './tasked.ts';

const failing = { takes: '2s', ends: 'FinishedFail' as const };

test('condensed lists lack what full ones have', async () => {
  const { own, start, list } = await tasked({ tags: ['t'], maxRetries: 2, partial: true });
  const [task] = await list('/ReloadTask');
  assert.deepEqual(
    [at(task, 'app'), at(task, 'tags'), at(task, 'isPartialReload')],
    Array(3).fill(undefined),
  );
  assert.deepEqual(at(task, 'operational', 'lastExecutionResult', 'status'), 0);
  assert.equal(at(task, 'operational', 'nextExecution'), noDate);
  const [full] = await list('/reloadtask/full');
  assert.deepEqual(
    [
      at(full, 'app', 'name'),
      at(full, 'tags', 0, 'name'),
      at(full, 'isPartialReload'),
      at(full, 'maxRetries'),
    ],
    ['Sales', 't', true, 2],
  );
  const id = await start();
  const [result] = await list('/executionresult');
  for (const name of ['taskID', 'executionID', 'appID']) assert.equal(at(result, name), undefined);
  const [whole] = await list('/executionresult/full');
  assert.deepEqual(
    [at(whole, 'taskID'), at(whole, 'executionID'), at(whole, 'appID')],
    [own.id, id, own.schemaPath === 'ReloadTask' && own.app.id],
  );
  const [session] = await list('/executionsession');
  for (const name of ['retries', 'app', 'user']) assert.equal(at(session, name), undefined);
  assert.equal(at(session, 'reloadTask', 'id'), own.id);
  const [going] = await list('/executionsession/full');
  assert.deepEqual([at(going, 'retries'), at(going, 'app', 'name')], [0, 'Sales']);
});

test('tasks, sessions and results are filtered, by the names of statuses too', async () => {
  const last = [{ ...failing, ago: '1h' }, { ago: '2h' }];
  const { own, start, list } = await tasked({ last });
  assert.equal(own.lastResult?.status, 'FinishedFail');
  const id = await start();
  for (const [path, filter, count] of [
    ['/executionresult', 'status eq FinishedFail', 1],
    ['/executionresult/full', 'Status eq 8', 1],
    ['/executionresult', 'status ne finishedfail', 2],
    ['/executionresult', `taskID eq ${own.id}`, 3],
    ['/executionresult', `ExecutionID eq ${id}`, 1],
    ['/executionsession', `id eq ${id}`, 1],
    ['/executionsession', `reloadTask.id eq ${own.id}`, 1],
    ['/executionsession', `(id eq ${noId} or reloadTask.id eq ${noId})`, 0],
    ['/executionsession', `(id eq ${noId} or id eq ${id})`, 1],
    ['/reloadtask', "name eq 'Nightly Sales'", 1],
    ['/reloadtask', "name eq 'Nightly'", 0],
    ['/reloadtask', "app.name eq 'Sales' and enabled eq true", 1],
    ['/reloadtask', 'operational.lastExecutionResult.status eq Started', 1],
    ['/task', 'taskType eq Reload', 1],
    ['/task/full', 'taskType eq 1', 0],
  ] as const) {
    assert.equal((await list(`${path}?filter=${encodeURIComponent(filter)}`)).length, count, filter);
  }
  const newest = await list('/executionresult/full?orderby=startTime%20desc');
  assert.deepEqual(
    newest.map(result => at(result, 'status')),
    [2, 8, 7],
  );
});

test('a status that there is not cannot be filtered by', async () => {
  const { sim } = await tasked({});
  for (const value of ['Finished', "'FinishedFail'", '-1']) {
    const path = `/executionresult?filter=${encodeURIComponent(`status eq ${value}`)}`;
    assert.equal((await qrs(sim, 'GET', path)).status, 400);
  }
});

test('an external program task has no app and no script log, and is in the list of all tasks', async () => {
  const { sim, own, start, task, results, clock, list } = await tasked({ type: 'external', runs: [failing] });
  assert.deepEqual([at(await task(), 'taskType'), at(await task(), 'app')], [1, undefined]);
  assert.deepEqual((await list('/reloadtask')).length, 0);
  const [any] = await list('/task/full');
  assert.deepEqual([at(any, 'taskType'), at(any, 'schemaPath')], [1, 'ExternalProgramTask']);
  const id = await start();
  const [session] = await list(`/executionsession?filter=externalProgramTask.id%20eq%20${own.id}`);
  assert.deepEqual([at(session, 'id'), at(session, 'reloadTask')], [id, null]);
  clock.advance(2000);
  const [result] = await results(id);
  assert.deepEqual(
    ['status', 'appID', 'fileReferenceID', 'scriptLogAvailable', 'scriptLogSize'].map(name =>
      at(result, name),
    ),
    [8, noId, noId, false, 0],
  );
  const path = `/reloadtask/${own.id}/scriptlogfile?executionresultid=${text(result, 'id')}`;
  assert.equal((await qrs(sim, 'GET', path)).status, 404);
});

for (const [partial, ends, changes] of [
  [false, 'FinishedSuccess', true],
  [true, 'FinishedSuccess', true],
  [false, 'FinishedFail', false],
] as const) {
  test(`a run, partial ${partial}, that ends ${ends} ${changes ? 'saves' : 'leaves'} the app`, async () => {
    const { sim, start, results, clock } = await tasked({ partial, runs: [{ ends }] });
    const app = appNamed(sim, 'Sales');
    const { lastReloadTime, modifiedDate, fileSize } = app;
    const before = await sim.digest(app.id);
    const id = await start();
    assert.equal(await sim.digest(app.id), before);
    clock.advance(1000);
    assert.equal((await sim.digest(app.id)) !== before, changes);
    assert.equal(app.modifiedDate > modifiedDate, changes);
    const stopped = text((await results(id))[0], 'stopTime');
    assert.equal(app.lastReloadTime, changes ? stopped : lastReloadTime);
    assert.equal(app.fileSize, fileSize);
    assert.equal(app.modifiedByUserName, changes ? 'INTERNAL\\sa_scheduler' : 'INTERNAL\\sa_api');
  });
}

test('a reload of an uploaded file makes other bytes too', async () => {
  const { sim, clock } = await tasked({});
  const upload = Buffer.from('not made here');
  const { json } = await qrs(sim, 'POST', '/app/upload?name=Foreign', { upload });
  const before = await sim.digest(text(json, 'id'));
  await qrs(sim, 'POST', `/app/${text(json, 'id')}/reload`, { body: {} });
  clock.advance(1000);
  assert.notEqual(await sim.digest(text(json, 'id')), before);
});

test('reloading an app makes its task once, and starts it', async () => {
  const { sim, clock, list } = await tasked({});
  const reload = () => qrs(sim, 'POST', `/app/${appNamed(sim, 'Sales').id}/reload`, { body: null });
  const reply = await reload();
  assert.deepEqual([reply.status, reply.text], [204, '']);
  const filter = encodeURIComponent("name eq 'Manually triggered reload of Sales'");
  const [task, ...more] = await list(`/reloadtask/full?filter=${filter}`);
  assert.deepEqual([at(task, 'isManuallyTriggered'), more.length, sim.site.sessions.size], [true, 0, 1]);
  clock.advance(1000);
  await reload();
  assert.deepEqual([sim.site.tasks.size, sim.site.sessions.size, sim.site.results.size], [2, 1, 2]);
});

test('a run is notified: app, task, session and result', async () => {
  const { sim, own, start, clock } = await tasked({});
  const items: unknown[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    items.push(...JSON.parse(body));
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => server.close());
  const body = `http://127.0.0.1:${text(server.address(), 'port')}/`;
  for (const name of ['app', 'reloadtask', 'executionsession', 'executionresult'])
    assert.equal((await qrs(sim, 'POST', `/notification?name=${name}`, { body })).status, 201);
  const has = (type: string, change: number, property?: string) =>
    items.some(item => {
      const changed: string[] = Object(at(item, 'changedProperties'));
      const fits = at(item, 'objectType') === type && at(item, 'changeType') === change;
      return fits && (property === undefined || changed.includes(property));
    });
  const id = await start();
  clock.advance(1000);
  await until(() => has('ExecutionSession', 1) && has('ExecutionSession', 3));
  await until(() => has('ExecutionResult', 1) && has('ExecutionResult', 2, 'status'));
  await until(() => has('App', 2, 'lastReloadTime') && has('ReloadTask', 2, 'operational'));
  const ids = items.map(item => at(item, 'objectID'));
  assert.ok(ids.includes(id) && ids.includes(own.id));
});

test('a task changes when its run begins and ends; a late result is added before it changes', async () => {
  const { sim, start, clock } = await tasked({}, { resultLate: 500 });
  const seen: string[] = [];
  sim.site.onChange(({ type, entity }) => seen.push(`${type} ${entity.schemaPath}`));
  await start();
  clock.advance(1000);
  const of = (type: string) => seen.filter(change => change.endsWith(type));
  assert.deepEqual(of('ReloadTask'), ['Update ReloadTask', 'Update ReloadTask']);
  assert.deepEqual(of('ExecutionResult'), ['Add ExecutionResult', 'Update ExecutionResult']);
  assert.deepEqual(of('ExecutionSession'), ['Add ExecutionSession', 'Delete ExecutionSession']);
});

test('a task is made, changed and deleted', async () => {
  const { sim, list, clock } = await tasked({});
  const app = { id: appNamed(sim, 'Sales').id };
  const post = (path: string, body: object) => qrs(sim, 'POST', `/reloadtask/${path}`, { body });
  const create = (task: object) => post('create', { task, schemaEvents: [], compositeEvents: [] });
  const made = await create({ name: 'New', app, taskSessionTimeout: 60, isManuallyTriggered: true });
  assert.deepEqual(
    [made.status, at(made.json, 'name'), at(made.json, 'app', 'id'), at(made.json, 'enabled')],
    [201, 'New', app.id, true],
  );
  for (const wrong of [{ name: 'New' }, { app }, { name: 'New', app: { id: crypto.randomUUID() } }])
    assert.equal((await create(wrong)).status, 400);
  const partial = { ...Object(made.json), isPartialReload: true };
  const changed = await post('update', { task: partial, schemaEvents: [], compositeEvents: [] });
  assert.deepEqual([changed.status, at(changed.json, 'isPartialReload')], [201, true]);
  assert.equal((await post('update', { task: partial })).status, 409);
  const id = text(made.json, 'id');
  const put = await qrs(sim, 'PUT', `/reloadtask/${id}`, {
    body: { ...Object(changed.json), enabled: false },
  });
  assert.deepEqual(
    [put.status, at(put.json, 'enabled'), at(put.json, 'isPartialReload')],
    [200, false, true],
  );

  const session = sim.runTask(id);
  assert.equal((await qrs(sim, 'DELETE', `/reloadtask/${id}`)).status, 204);
  assert.equal((await qrs(sim, 'GET', `/reloadtask/${id}`)).status, 404);
  assert.equal(sim.site.sessions.has(session), false);
  clock.advance(10_000);
  assert.deepEqual(
    (await list('/executionresult')).map(result => at(result, 'status')),
    [6],
  );
});

test('a task goes with its app, and loses a deleted tag', async () => {
  const { sim, own } = await tasked({ tags: ['t'] });
  const [tag] = own.tags;
  assert.equal((await qrs(sim, 'DELETE', `/tag/${tag?.id}`)).status, 204);
  assert.deepEqual(own.tags, []);
  assert.equal((await qrs(sim, 'DELETE', `/app/${appNamed(sim, 'Sales').id}`)).status, 204);
  assert.equal(sim.site.tasks.size, 0);
});

test('a clock by hand does what is due in its order, and what that asks for', () => {
  const clock = handClock(0);
  const done: string[] = [];
  const add = (what: string) => () => done.push(`${what} at ${clock.now()}`);
  clock.later(20, add('second'));
  clock.later(10, () => clock.later(5, add('first')));
  clock.later(20, add('third'));
  clock.later(5, add('never'))();
  clock.advance(19);
  assert.deepEqual(done, ['first at 15']);
  clock.advance(1);
  assert.deepEqual(done, ['first at 15', 'second at 20', 'third at 20']);
});
