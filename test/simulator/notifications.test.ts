import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { after, test } from 'node:test';
import { createAuthority } from '../../simulator/wire/tls.ts';
import { appNamed, at, qrs, started, text, until } from './client.ts';

/** What QRS calls back, and what it said. */
async function receiver() {
  const items: unknown[] = [];
  const lengths: number[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const array: unknown[] = JSON.parse(body);
    items.push(...array);
    lengths.push(array.length);
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => server.close());
  return { url: `http://127.0.0.1:${text(server.address(), 'port')}/notify`, items, lengths };
}

async function site(switches = {}) {
  const apps = [{ name: 'A' }, { name: 'B', stream: 'Everyone' }];
  const sim = await started({ data: { tags: ['t'], apps }, switches });
  const receive = await receiver();
  const subscribe = (query: string) => qrs(sim, 'POST', `/notification?${query}`, { body: receive.url });
  async function rename(name: string, to: string) {
    const app = appNamed(sim, name);
    const { json } = await qrs(sim, 'GET', `/app/${app.id}`);
    assert.equal(
      (await qrs(sim, 'PUT', `/app/${app.id}`, { body: { ...Object(json), name: to } })).status,
      200,
    );
    return app.id;
  }
  // A change of another type comes last: once it is there, nothing that was sent before is still missing.
  async function settled() {
    const id = text((await qrs(sim, 'POST', '/tag', { body: { name: 'last' } })).json, 'id');
    await until(() => receive.items.some(item => at(item, 'objectID') === id));
  }
  await subscribe('name=Tag&changetype=add');
  const ofApps = () => receive.items.filter(item => at(item, 'objectType') === 'App');
  return { sim, subscribe, rename, settled, ofApps, lengths: receive.lengths };
}

test('a change calls back with an array of what happened', async () => {
  const { sim, subscribe, rename, settled, ofApps } = await site();
  const reply = await subscribe('name=app&changetype=update');
  assert.equal(reply.status, 201);
  assert.match(text(reply.json, 'value'), /^[0-9a-f-]{36}$/);
  const id = await rename('A', 'C');
  await settled();
  const [item] = ofApps();
  const { createdDate, modifiedDate, ...rest } = Object(item);
  assert.match(createdDate + modifiedDate, /^(\d{4}-\d\d-\d\dT[\d:.]+Z){2}$/);
  assert.deepEqual(rest, {
    changeType: 2,
    objectType: 'App',
    objectID: id,
    changedProperties: ['modifiedDate', 'name'],
    engineID: '',
    engineType: '',
    originatorNodeID: sim.site.nodeId,
    originatorHostName: 'dev',
    originatorContextID: null,
    schemaPath: 'ExternalChangeInfo',
  });
});

for (const [query, expected] of [
  ['changetype=2', ['A']],
  ['changetype=1', []],
  ['changetype=0', ['A']],
  ['changetype=update&propertyname=name', ['A']],
  ['changetype=update&propertyname=publishTime', []],
  ['changetype=update&propertyname=!name', []],
  ['changetype=update&propertyname=!published', ['A']],
  [`changetype=update&filter=${encodeURIComponent('published eq true')}`, []],
  [`changetype=update&filter=${encodeURIComponent('published eq false')}`, ['A']],
] as const) {
  test(`a new name of an unpublished app, for ${decodeURIComponent(query)}`, async () => {
    const { sim, subscribe, rename, settled, ofApps } = await site();
    await subscribe(`name=App&${query}`);
    await rename('A', 'A2');
    await settled();
    const names = new Set(ofApps().map(item => sim.site.apps.get(text(item, 'objectID'))?.name.slice(0, 1)));
    assert.deepEqual([...names], expected);
  });
}

test('changes of other properties may leak', async () => {
  const { subscribe, rename, settled, ofApps } = await site({ propertyLeak: true });
  await subscribe('name=App&changetype=update&propertyname=publishTime');
  await rename('A', 'C');
  await settled();
  assert.equal(ofApps().length, 1);
});

test('a subscription to one entity hears of no other', async () => {
  const { sim, subscribe, rename, settled, ofApps } = await site();
  await subscribe(`name=App&id=${appNamed(sim, 'B').id}`);
  await rename('A', 'C');
  await rename('B', 'D');
  await settled();
  assert.deepEqual(
    ofApps().map(item => at(item, 'objectID')),
    [appNamed(sim, 'D').id],
  );
});

test('the filter is not applied to deletions', async () => {
  const { sim, subscribe, settled, ofApps } = await site();
  await subscribe(`name=App&filter=${encodeURIComponent('published eq true')}`);
  await qrs(sim, 'DELETE', `/app/${appNamed(sim, 'A').id}`);
  await settled();
  assert.deepEqual(
    ofApps().map(item => at(item, 'changeType')),
    [3],
  );
});

test('one change may call back several times', async () => {
  for (const burst of [1, 2, 3]) {
    const { subscribe, rename, settled, ofApps } = await site({ burst });
    await subscribe('name=App');
    await rename('A', 'C');
    await settled();
    await until(() => ofApps().length === burst);
  }
});

test('the items of a burst come one or more to an array, in another order', async () => {
  const { sim, subscribe, settled, ofApps, lengths } = await site({ burst: 3 });
  const apps = [appNamed(sim, 'A'), appNamed(sim, 'B')];
  for (const app of apps) app.tags = [...sim.site.tags.values()];
  await subscribe('name=App');
  await qrs(sim, 'DELETE', `/tag/${apps[0]?.tags[0]?.id}`);
  await settled();
  await until(() => ofApps().length === 6);
  const order = ofApps().map(item => text(item, 'objectID'));
  assert.notDeepEqual(order, order.toSorted());
  assert.notDeepEqual(order, order.toSorted().reverse());
  assert.ok(lengths.some(length => length === 1) && lengths.some(length => length > 1));
});

test('every n-th callback is lost', async () => {
  const { subscribe, rename, settled, ofApps } = await site({ loseEvery: 2 });
  await subscribe('name=App');
  for (const [from, to] of [
    ['A', 'A1'],
    ['A1', 'A2'],
    ['A2', 'A3'],
    ['A3', 'A4'],
  ] as const)
    await rename(from, to);
  await settled();
  assert.equal(ofApps().length, 2);
});

for (const [duplicateSubscriptions, callbacks] of [
  ['same-handle', 1],
  ['accumulate', 2],
] as const) {
  test(`subscribing twice with "${duplicateSubscriptions}" gives ${callbacks} callbacks`, async () => {
    const { subscribe, rename, settled, ofApps } = await site({ duplicateSubscriptions });
    const handles = [await subscribe('name=App'), await subscribe('name=App')].map(({ json }) =>
      at(json, 'value'),
    );
    assert.equal(new Set(handles).size, callbacks);
    await rename('A', 'C');
    await settled();
    await until(() => ofApps().length === callbacks);
  });
}

test('a subscription ends when it is deleted, and when the site restarts', async () => {
  const { sim, subscribe, rename, settled, ofApps } = await site();
  const handle = text((await subscribe('name=App')).json, 'value');
  assert.equal((await qrs(sim, 'DELETE', `/notification?handle=${handle}`)).status, 204);
  assert.equal((await qrs(sim, 'DELETE', `/notification?handle=${handle}`)).status, 404);
  await subscribe('name=App');
  await sim.restart();
  await subscribe('name=Tag&changetype=add');
  await rename('A', 'C');
  await settled();
  assert.deepEqual(ofApps(), []);
});

test('an https receiver that is not trusted hears nothing, and nobody is told', async () => {
  const { sim, settled, subscribe, rename, ofApps } = await site();
  const own = await (await createAuthority('mine')).issueServer({ hostNames: ['localhost'] });
  const failed: unknown[] = [];
  const server = createSecureServer({ cert: own.certificatePem, key: own.keyPem }, () =>
    assert.fail('heard'),
  );
  server.on('tlsClientError', error => failed.push(error));
  server.listen(0);
  await once(server, 'listening');
  after(() => server.close());
  const url = `https://localhost:${text(server.address(), 'port')}/`;
  assert.equal((await qrs(sim, 'POST', '/notification?name=App', { body: url })).status, 201);
  await subscribe('name=App');
  await rename('A', 'C');
  await settled();
  await until(() => failed.length === 1);
  assert.equal(ofApps().length, 1);
});

test('what cannot be subscribed to is refused', async () => {
  const { sim, subscribe } = await site();
  for (const query of [
    'name=Nothing',
    'name=App&changetype=9',
    'name=App&filter=name',
    'name=App&id=1',
    'id=1',
  ]) {
    assert.equal((await subscribe(query)).status, 400, query);
  }
  assert.equal((await qrs(sim, 'POST', '/notification?name=App', { body: 'nowhere' })).status, 400);
});
