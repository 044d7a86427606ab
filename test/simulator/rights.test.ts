import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appNamed, at, qrs, started } from './client.ts';

/** What the data file takes from a user is neither shown as a right nor done. */

const ALL = ['create', 'read', 'update', 'delete', 'export', 'publish', 'changeowner', 'duplicate'];
const data = {
  apps: [{ name: 'Demo', size: '1 KB' }],
  lacks: { 'INTERNAL\\sa_api': { App: ['export'], Stream: ['publish', 'create'], Task: ['read'] } },
} as const;
const copied = { ...data, lacks: JSON.parse(JSON.stringify(data.lacks)), apps: [...data.apps] };

test('rights: privileges are null unless they are asked for, and what the user has if they are', async () => {
  const sim = await started({ data: copied });
  assert.equal(at((await qrs(sim, 'GET', '/app/full')).json, 0, 'privileges'), null);
  for (const path of ['/app?privileges=true', '/app/full?privileges=true']) {
    const { json } = await qrs(sim, 'GET', path);
    assert.deepEqual(
      at(json, 0, 'privileges'),
      ALL.filter(action => action !== 'export'),
      path,
    );
  }
  const other = await qrs(sim, 'GET', '/app?privileges=true', { user: 'sa_repository' });
  assert.deepEqual(at(other.json, 0, 'privileges'), ALL);
});

test('rights: a site may not show them', async () => {
  const sim = await started({ data: copied, switches: { showsPrivileges: false } });
  assert.equal(at((await qrs(sim, 'GET', '/app?privileges=true')).json, 0, 'privileges'), null);
});

test('rights: creating is answered for in advance, and nothing is created', async () => {
  const sim = await started({ data: copied });
  for (const [type, allowed] of [
    ['app', true],
    ['tag', true],
    ['reloadtask', true],
    ['stream', false],
  ]) {
    const { status, json } = await qrs(sim, 'POST', `/${type}/previewcreateprivilege`, {
      body: { name: 'x' },
    });
    assert.equal(status, 201);
    assert.deepEqual(json, { value: allowed }, String(type));
  }
  assert.equal(sim.site.tags.size, 0);
});

test('rights: what may not be done is refused', async () => {
  const sim = await started({ data: copied });
  const { id } = appNamed(sim, 'Demo');
  const export_ = await qrs(sim, 'POST', `/app/${id}/export/${crypto.randomUUID()}`, { body: {} });
  assert.equal(export_.status, 403);
  assert.equal((await qrs(sim, 'POST', '/stream', { body: { name: 'New' } })).status, 403);
  const [stream] = sim.site.streams.values();
  assert.equal((await qrs(sim, 'PUT', `/app/${id}/publish?stream=${stream?.id}&name=Demo`)).status, 403);
  assert.equal((await qrs(sim, 'GET', '/task')).status, 403);
  assert.equal((await qrs(sim, 'POST', '/tag', { body: { name: 'New' } })).status, 201);
});
