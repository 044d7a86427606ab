import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { handClock } from '../../simulator/site/hand-clock.ts';
import { appNamed, at, qrs, started, text, until } from './client.ts';

const noon = Date.parse('2026-11-22T12:00:00Z');

async function changing(switches = {}) {
  const clock = handClock(noon);
  const data = { tags: ['t'], apps: [{ name: 'A' }], tasks: [{ name: 'T', app: 'A' }] };
  const sim = await started({ clock, data, switches });
  const app = appNamed(sim, 'A');
  const since = (date: string, types: string) =>
    qrs(sim, 'GET', `/notification/changes?since=${encodeURIComponent(date)}&types=${types}`);
  async function rename(name: string) {
    clock.advance(1000);
    const { json } = await qrs(sim, 'GET', `/app/${app.id}`);
    const reply = await qrs(sim, 'PUT', `/app/${app.id}`, { body: { ...Object(json), name } });
    assert.equal(reply.status, 200);
  }
  async function told(date: string, types: string) {
    const { json } = await since(date, types);
    assert.ok(Array.isArray(json));
    return json.map(one => [at(one, 'changeType'), at(one, 'type'), at(one, 'object', 'id') === app.id]);
  }
  return { sim, app, clock, since, rename, told };
}

test('the changes since a date are told, with the object as it was', async () => {
  const { app, since, rename } = await changing();
  await rename('B');
  const { status, json } = await since('2026-11-22T12:00:01.000Z', 'App');
  assert.equal(status, 200);
  assert.match(text(json, 0, 'id'), /^[0-9a-f-]{36}$/);
  const modifiedDate = '2026-11-22T12:00:01.000Z';
  assert.deepEqual(json, [
    {
      schemaPath: 'ChangesSinceOutput',
      id: at(json, 0, 'id'),
      type: 'App',
      changeType: 2,
      changeDate: modifiedDate,
      object: {
        id: app.id,
        createdDate: '2026-11-22T12:00:00.000Z',
        modifiedDate,
        modifiedByUserName: 'INTERNAL\\sa_api',
        schemaPath: 'App',
      },
    },
  ]);
});

for (const [changesSince, expected] of [
  ['each', [1, 2, 2, 3]],
  ['latest', [3]],
] as const) {
  test(`"${changesSince}" tells ${expected.length} of four changes of one app`, async () => {
    const { sim, app, rename, told } = await changing({ changesSince });
    await rename('B');
    await rename('C');
    await sim.restart();
    await qrs(sim, 'DELETE', `/app/${app.id}`);
    const changes = await told('2026-11-22T12:00:00Z', 'App,Stream');
    assert.deepEqual(
      changes.filter(([, type]) => type === 'App'),
      expected.map(change => [change, 'App', true]),
    );
    assert.deepEqual(await told('2026-11-22T12:00:02.500Z', 'app'), []);
    assert.deepEqual(await told('2026-11-22T12:00:00Z', 'Tag'), [[1, 'Tag', false]]);
  });
}

test('the record of a run is among the changes, and among the notifications', async () => {
  const { sim, clock, told } = await changing();
  const items: unknown[] = [];
  const server = createServer(async (request, response) => {
    items.push(...JSON.parse((await request.toArray()).join('')));
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => server.close());
  const body = `http://127.0.0.1:${text(server.address(), 'port')}/`;
  const filter = encodeURIComponent('status eq FinishedSuccess');
  const query = `name=ExecutionResult&changetype=update&filter=${filter}`;
  assert.equal((await qrs(sim, 'POST', `/notification?${query}`, { body })).status, 201);
  const [task] = sim.site.tasks.values();
  sim.runTask(task?.id ?? '');
  clock.advance(5000);
  await until(() => items.length === 1);
  const [result] = sim.site.results.values();
  assert.deepEqual([at(items, 0, 'objectType'), at(items, 0, 'objectID')], ['ExecutionResult', result?.id]);
  const changes = await told('2026-11-22T12:00:00Z', 'ExecutionResult');
  assert.deepEqual([changes.at(0)?.[0], changes.at(-1)?.[0]], [1, 2]);
});

test('both parameters are required, and checked', async () => {
  const { sim, since } = await changing();
  const now = '2026-11-22T12:00:00Z';
  for (const query of ['', `?since=${now}`, '?types=App', '?since=soon&types=App'])
    assert.equal((await qrs(sim, 'GET', `/notification/changes${query}`)).status, 400, query);
  assert.equal((await since(now, 'App,Nothing')).status, 400);
});

test('apps are found by when they changed', async () => {
  const { sim, rename } = await changing();
  await rename('B');
  const count = async (date: string) => {
    const filter = encodeURIComponent(`modifiedDate gt '${date}'`);
    return at((await qrs(sim, 'GET', `/app/full?filter=${filter}`)).json, 'length');
  };
  assert.equal(await count('2026-11-22T12:00:00.999Z'), 1);
  assert.equal(await count('2026-11-22T12:00:01.000Z'), 0);
});

test('a site whose clock is off dates everything by it', async () => {
  const { sim, rename } = await changing({ ahead: 90_000 });
  await rename('B');
  const reply = await qrs(sim, 'GET', `/app/${appNamed(sim, 'B').id}`);
  assert.equal(at(reply.json, 'createdDate'), '2026-11-22T12:01:30.000Z');
  assert.equal(at(reply.json, 'modifiedDate'), '2026-11-22T12:01:31.000Z');
  assert.equal(reply.headers.date, 'Sun, 22 Nov 2026 12:01:31 GMT');
});

for (const how of ['refused', 'reset'] as const) {
  test(`a site is away, its connections ${how}, and comes back with its subscriptions`, async () => {
    const { sim, rename, told } = await changing();
    const heard = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
    await once(heard, 'listening');
    after(() => heard.close());
    const body = `http://127.0.0.1:${text(heard.address(), 'port')}/`;
    await qrs(sim, 'POST', '/notification?name=App', { body });
    const called = once(heard, 'request');
    await sim.away(how);
    await assert.rejects(qrs(sim, 'GET', '/about'), { code: /ECONNREFUSED|ECONNRESET/ });
    await sim.back();
    assert.equal((await qrs(sim, 'GET', '/about')).status, 200);
    await rename('B');
    await called;
    assert.deepEqual((await told('2026-11-22T12:00:01Z', 'App')).length, 1);
  });
}
