import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appNamed, at, exported, idNamed, qrs, send, started, text, until } from './client.ts';

const data = {
  streams: ['Everyone', 'Review'],
  tags: ['Promoted'],
  customProperties: { PromoteToStream: ['Everyone', 'Review'] },
  apps: [
    { name: 'Draft', description: 'new', size: '300 KB', lastReloadTime: '2026-01-02T03:04:05.000Z' },
    { name: 'Live', description: 'old', stream: 'Everyone', tags: ['Promoted'], size: '1 KB' },
  ],
};

async function site(switches = {}) {
  const sim = await started({ data, switches });
  const draft = appNamed(sim, 'Draft');
  const live = appNamed(sim, 'Live');
  const read = async (id: string) => (await qrs(sim, 'GET', `/app/${id}`)).json;
  const put = (id: string, body: unknown) => qrs(sim, 'PUT', `/app/${id}`, { body });
  return { sim, draft, live, read, put };
}

function moved(date: unknown, milliseconds: number) {
  return new Date(Date.parse(String(date)) + milliseconds).toISOString();
}

for (const [conflict, sent, status] of [
  ['newer', -1, 409],
  ['newer', 0, 200],
  ['newer', 86_400_000, 200],
  ['differs', -1, 409],
  ['differs', 0, 200],
  ['differs', 86_400_000, 409],
] as const) {
  test(`conflict "${conflict}": a date that is ${sent} ms off gives ${status}`, async () => {
    const { draft, read, put } = await site({ conflict });
    const app = Object(await read(draft.id));
    const reply = await put(draft.id, { ...app, name: 'Other', modifiedDate: moved(app.modifiedDate, sent) });
    assert.equal(reply.status, status);
    assert.equal(draft.name, status === 200 ? 'Other' : 'Draft');
    assert.equal(draft.modifiedDate > app.modifiedDate, status === 200);
  });
}

test('a PUT replaces the whole app: what is left out gets its default', async () => {
  const { sim, live, read, put } = await site();
  const definition = { id: idNamed(sim.site.customProperties, 'PromoteToStream') };
  const { id, name, owner, modifiedDate } = Object(await read(live.id));
  const stream = { id: idNamed(sim.site.streams, 'Review') };
  const customProperties = ['Everyone', 'Review'].map(value => ({ value, definition }));
  const reply = await put(live.id, { id, name, owner, stream, modifiedDate, customProperties });
  assert.equal(reply.status, 200);
  assert.equal(at(reply.json, 'stream', 'name'), 'Review');
  assert.equal(at(reply.json, 'description'), '');
  assert.deepEqual(at(reply.json, 'tags'), []);
  assert.deepEqual(
    live.customProperties.map(row => [row.definition.name, row.value]),
    [
      ['PromoteToStream', 'Everyone'],
      ['PromoteToStream', 'Review'],
    ],
  );
});

test('a PUT that makes no sense is refused', async () => {
  const { sim, live, read, put } = await site();
  const app = Object(await read(live.id));
  const definition = { id: idNamed(sim.site.customProperties, 'PromoteToStream') };
  const unknown = { id: crypto.randomUUID() };
  const wrong = [
    { tags: [unknown] },
    { customProperties: [{ value: 'Nowhere', definition }] },
    { customProperties: [{ value: 'Everyone', definition: unknown }] },
    { name: 'x'.repeat(256) },
    { name: '' },
    { description: 'x'.repeat(513) },
    { id: crypto.randomUUID() },
    { stream: unknown },
  ];
  for (const part of wrong)
    assert.equal((await put(live.id, { ...app, ...part })).status, 400, JSON.stringify(part));
  assert.equal((await put(live.id, { ...app, modifiedDate: undefined })).status, 409);
  const options = { headers: { 'Content-Length': 1 }, upload: Buffer.from('{') };
  assert.equal((await qrs(sim, 'PUT', `/app/${live.id}`, options)).status, 400);
  assert.equal(live.modifiedDate, app.modifiedDate);
});

test('a download is there once, and only for the user who exported', async () => {
  const { sim, draft } = await site();
  const path = await exported(sim, draft.id);
  assert.match(path, /^\/tempcontent\/[0-9a-f-]{36}\/Draft\.qvf\?serverNodeId=/);
  assert.equal((await send(sim, 'GET', path, { user: 'sa_repository' })).status, 403);
  const first = await send(sim, 'GET', path);
  assert.deepEqual([first.status, first.bytes.length], [200, 300_000]);
  assert.equal(first.headers['content-length'], '300000');
  assert.equal((await send(sim, 'GET', path)).status, 404);
  assert.equal(sim.counters.bytesSent, 300_000);
});

test('a cancelled export cannot be downloaded, nor cancelled again', async () => {
  const { sim, draft } = await site();
  const path = `/app/${draft.id}/export/${crypto.randomUUID()}`;
  const reply = await qrs(sim, 'POST', path, { body: {} });
  assert.deepEqual([reply.status, at(reply.json, 'cancelled')], [201, false]);
  const cancelled = await qrs(sim, 'DELETE', path);
  assert.deepEqual([cancelled.status, at(cancelled.json, 'cancelled')], [200, true]);
  assert.equal((await send(sim, 'GET', text(reply.json, 'downloadPath'))).status, 404);
  assert.equal((await qrs(sim, 'DELETE', path)).status, 404);
});

test('a download need not announce its length', async () => {
  const { sim, draft } = await site({ exportLength: false });
  const reply = await send(sim, 'GET', await exported(sim, draft.id, '?skipdata=true'));
  assert.equal(reply.headers['content-length'], undefined);
  assert.equal(reply.bytes.length, 65_536);
});

test('a slash in the name is encoded in the path', async () => {
  const { sim, draft } = await site();
  draft.name = 'Q1/Q2 ä';
  const path = await exported(sim, draft.id);
  assert.match(path, /\/Q1%2FQ2%20%C3%A4\.qvf\?/);
  assert.equal((await send(sim, 'GET', path)).status, 200);
});

test('publishing moves the app into the stream, once', async () => {
  const { sim, draft } = await site();
  const path = `/app/${draft.id}/publish?stream=${idNamed(sim.site.streams, 'Review')}`;
  const reply = await qrs(sim, 'PUT', `${path}&name=Final`, { body: null });
  assert.equal(reply.status, 200);
  assert.deepEqual([draft.published, draft.stream?.name, draft.name], [true, 'Review', 'Final']);
  assert.equal((await qrs(sim, 'PUT', path, { body: {} })).status, 400);
  sim.site.switches.publishTwice = 403;
  assert.equal((await qrs(sim, 'PUT', path, { body: {} })).status, 403);
});

test('publishing without a name keeps it, or gives a new one', async () => {
  for (const [publishRenames, name] of [
    [false, 'Draft'],
    [true, 'Draft(1)'],
  ] as const) {
    const { sim, draft } = await site({ publishRenames });
    await qrs(sim, 'PUT', `/app/${draft.id}/publish?stream=${idNamed(sim.site.streams, 'Review')}`, {
      body: {},
    });
    assert.equal(draft.name, name);
  }
});

test('publishing to no stream, or an unknown one, is refused', async () => {
  const { sim, draft } = await site();
  assert.equal((await qrs(sim, 'PUT', `/app/${draft.id}/publish`, { body: {} })).status, 400);
  const path = `/app/${draft.id}/publish?stream=${crypto.randomUUID()}`;
  assert.equal((await qrs(sim, 'PUT', path, { body: {} })).status, 404);
});

for (const [switches, name, description, answer] of [
  [{}, 'Live', 'old', 'target'],
  [{ replaceName: 'source' }, 'Draft', 'old', 'target'],
  [{ replaceDescription: 'source' }, 'Live', 'new', 'target'],
  [{ replaceAnswers: 'source' }, 'Live', 'old', 'source'],
] as const) {
  test(`replacing with ${JSON.stringify(switches)}`, async () => {
    const { sim, draft, live } = await site(switches);
    const content = await sim.digest(draft.id);
    const reply = await qrs(sim, 'PUT', `/app/${draft.id}/replace?app=${live.id}`, { body: {} });
    assert.equal(reply.status, 200);
    assert.equal(at(reply.json, 'id'), answer === 'source' ? draft.id : live.id);
    assert.deepEqual([live.name, live.description], [name, description]);
    assert.deepEqual([live.stream?.name, live.tags.length], ['Everyone', 1]);
    assert.deepEqual([live.lastReloadTime, live.fileSize], ['2026-01-02T03:04:05.000Z', 300_000]);
    assert.equal(await sim.digest(live.id), content);
    assert.ok(sim.site.apps.has(draft.id));
  });
}

test('a copy is a new, unpublished app without tags and custom properties', async () => {
  const { sim, live } = await site();
  const reply = await qrs(sim, 'POST', `/app/${live.id}/copy`, { body: {}, user: 'sa_repository' });
  assert.equal(reply.status, 201);
  const copy = sim.site.apps.get(text(reply.json, 'id'));
  assert.deepEqual(
    [copy?.name, copy?.published, copy?.tags, copy?.owner.userId],
    ['Live', false, [], 'sa_repository'],
  );
  assert.equal(await sim.digest(text(reply.json, 'id')), await sim.digest(live.id));
});

test('an upload is a new app of the caller; the description travels or not', async () => {
  for (const [descriptionTravels, description] of [
    [false, ''],
    [true, 'new'],
  ] as const) {
    const { sim, draft } = await site({ descriptionTravels });
    const { bytes } = await send(sim, 'GET', await exported(sim, draft.id));
    const reply = await qrs(sim, 'POST', '/app/upload?name=Draft', { upload: bytes });
    assert.equal(reply.status, 201);
    assert.notEqual(at(reply.json, 'id'), draft.id);
    assert.equal(at(reply.json, 'description'), description);
    assert.equal(at(reply.json, 'lastReloadTime'), '2026-01-02T03:04:05.000Z');
    assert.equal(at(reply.json, 'stream'), null);
    assert.equal(at(reply.json, 'publishTime'), '1753-01-01T00:00:00.000Z');
  }
});

test('an upload needs a name, a body and the right type', async () => {
  const { sim } = await site();
  const upload = Buffer.from('anything');
  const status = async (path: string, options: object) => (await qrs(sim, 'POST', path, options)).status;
  assert.equal(await status('/app/upload', { upload }), 400);
  assert.equal(await status('/app/upload?name=x', { upload: Buffer.alloc(0) }), 400);
  const headers = { 'Content-Type': 'application/octet-stream' };
  assert.equal(await status('/app/upload?name=x', { upload, headers }), 415);
  assert.equal(await status(`/app/upload?name=x&replace=${crypto.randomUUID()}`, { upload }), 400);
  assert.equal(sim.site.apps.size, 2);
});

test('after so many uploads one is refused, and the next one passes', async () => {
  const { sim } = await site({ tooManyUploads: 2 });
  const statuses: number[] = [];
  for (let count = 0; count < 6; count++) {
    const reply = await qrs(sim, 'POST', '/app/upload?name=x', { upload: Buffer.from('x') });
    statuses.push(reply.status);
    if (reply.status === 429) assert.equal(reply.headers['retry-after'], '1');
  }
  assert.deepEqual(statuses, [201, 201, 429, 201, 201, 429]);
});

test('an uploaded app changes once more by itself', async () => {
  const { sim } = await site({ uploadSettles: 5 });
  const reply = await qrs(sim, 'POST', '/app/upload?name=x', { upload: Buffer.from('x') });
  const app = sim.site.apps.get(text(reply.json, 'id'));
  await until(() => app?.modifiedDate !== at(reply.json, 'modifiedDate'));
});

test('streams, tags and custom properties are made, changed and deleted', async () => {
  const { sim, live } = await site();
  const stream = await qrs(sim, 'POST', '/stream', { body: { name: 'New' } });
  assert.deepEqual([stream.status, at(stream.json, 'name')], [201, 'New']);
  const renamed = await qrs(sim, 'PUT', `/stream/${text(stream.json, 'id')}`, {
    body: { ...Object(stream.json), name: 'Newer' },
  });
  assert.deepEqual([renamed.status, at(renamed.json, 'name')], [200, 'Newer']);
  assert.equal((await qrs(sim, 'DELETE', `/stream/${text(stream.json, 'id')}`)).status, 204);
  assert.equal((await qrs(sim, 'DELETE', `/stream/${live.stream?.id}`)).status, 400);
  const tag = live.tags[0];
  assert.equal((await qrs(sim, 'DELETE', `/tag/${tag?.id}`)).status, 204);
  assert.deepEqual(live.tags, []);
  const body = { name: 'Level', valueType: 'Text', choiceValues: ['a'], objectTypes: ['App'] };
  assert.equal((await qrs(sim, 'POST', '/custompropertydefinition', { body })).status, 201);
  assert.equal((await qrs(sim, 'POST', '/custompropertydefinition', { body })).status, 400);
});
