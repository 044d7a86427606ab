import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Simulator } from '../../simulator/server.ts';
import { addObject, editObject, objectsOf } from '../../simulator/site/app-objects.ts';
import type { SwitchesInput } from '../../simulator/site/switches.ts';
import { appNamed, at, exported, idNamed, qrs, send, started, text } from './client.ts';

const anna = 'COMPANY\\anna';

const data = {
  streams: ['Everyone'],
  users: [anna],
  apps: [
    { name: 'Draft', size: '30 KB', objects: [{ name: 'New sheet' }] },
    {
      name: 'Live',
      stream: 'Everyone',
      size: '30 KB',
      objects: [
        { name: 'Old sheet' },
        { name: 'For all', owner: anna, kind: 'community' as const },
        { name: 'Only mine', owner: anna, kind: 'private' as const, type: 'story' },
      ],
    },
  ],
};

async function site(switches: SwitchesInput = {}) {
  const sim = await started({ data, switches });
  return { sim, draft: appNamed(sim, 'Draft'), live: appNamed(sim, 'Live') };
}

/** Name, or type of the script and the load model, with how it stands: base, community or private. */
const standing = (sim: Simulator, id: string) =>
  [...sim.site.objects.values()]
    .filter(({ app }) => app.id === id)
    .map(({ name, approved, published }) => `${name}: ${kind(approved, published)}`)
    .sort();

function kind(approved: boolean, published: boolean) {
  if (approved) return 'base';
  return published ? 'community' : 'private';
}

async function listed(sim: Simulator, filter: string, user = 'sa_api') {
  const path = `/app/object/full?filter=${encodeURIComponent(filter)}`;
  const { json } = await qrs(sim, 'GET', path, { user });
  return Array.isArray(json) ? json : assert.fail('not a list');
}

async function uploaded(sim: Simulator, id: string, query = '') {
  const { bytes } = await send(sim, 'GET', await exported(sim, id, query));
  const reply = await qrs(sim, 'POST', '/app/upload?name=Copy', { upload: bytes });
  return text(reply.json, 'id');
}

const versions = (sim: Simulator, id: string) =>
  objectsOf(sim.site, sim.site.apps.get(id) ?? assert.fail('no app')).map(({ version }) => version);

test('objects are listed for several apps in one call, in full, condensed, counted and one by one', async () => {
  const { sim, draft, live } = await site();
  const filter = `app.id eq ${draft.id} or app.id eq ${live.id}`;
  const all = await listed(sim, filter);
  assert.equal(all.length, 8);
  assert.deepEqual(
    all.filter(object => at(object, 'app', 'id') === draft.id).map(object => at(object, 'objectType')),
    ['app_appscript', 'loadmodel', 'sheet'],
  );
  const [first] = all;
  assert.match(text(first, 'contentHash'), /^[0-9a-f]{64}$/);
  assert.deepEqual(
    [at(first, 'schemaPath'), at(first, 'owner', 'userId'), at(first, 'approved'), at(first, 'published')],
    ['App.Object', 'sa_api', false, false],
  );
  const query = `filter=${encodeURIComponent(filter)}`;
  assert.deepEqual((await qrs(sim, 'GET', `/app/object/count?${query}`)).json, { value: 8 });
  const condensed = (await qrs(sim, 'GET', `/app/object?${query}`)).json;
  assert.deepEqual([at(condensed, 0, 'id'), at(condensed, 0, 'app')], [at(first, 'id'), undefined]);
  assert.deepEqual((await qrs(sim, 'GET', `/app/object/${text(first, 'id')}`)).json, first);
});

test('an export of a published app has its base objects, or more where the scope says so', async () => {
  const { sim, draft, live } = await site();
  const base = ['Load model: private', 'Old sheet: private', 'Script: private'];
  assert.deepEqual(standing(sim, await uploaded(sim, live.id)), base);
  assert.deepEqual(
    standing(sim, await uploaded(sim, live.id, '?exportscope=published')),
    ['For all: private', ...base].sort(),
  );
  assert.equal(standing(sim, await uploaded(sim, live.id, '?exportscope=all')).length, 5);
  const copy = await uploaded(sim, draft.id);
  assert.deepEqual(versions(sim, copy), versions(sim, draft.id));
  assert.equal(await sim.digest(copy), await sim.digest(draft.id));
});

test('publishing makes all of an app its base', async () => {
  const { sim, draft } = await site();
  const stream = idNamed(sim.site.streams, 'Everyone');
  await qrs(sim, 'PUT', `/app/${draft.id}/publish?stream=${stream}`, { body: {} });
  assert.deepEqual(standing(sim, draft.id), ['Load model: base', 'New sheet: base', 'Script: base']);
});

test('a replace leaves what users added to the target, and the ids of what was there before', async () => {
  const { sim, draft, live } = await site();
  const script = await listed(sim, `app.id eq ${live.id} and objectType eq 'app_appscript'`);
  await qrs(sim, 'PUT', `/app/${draft.id}/replace?app=${live.id}`, { body: {} });
  const replaced = standing(sim, live.id);
  const base = ['Load model: base', 'New sheet: base', 'Script: base'];
  assert.deepEqual(replaced, [...base, 'For all: community', 'Only mine: private'].sort());
  const [now] = await listed(sim, `app.id eq ${live.id} and objectType eq 'app_appscript'`);
  assert.equal(at(now, 'id'), at(script[0], 'id'));
  const [given] = await listed(sim, `app.id eq ${draft.id} and objectType eq 'app_appscript'`);
  assert.equal(at(now, 'contentHash'), at(given, 'contentHash'));
});

for (const [copyObjects, names] of [
  ['approved', ['Load model', 'Old sheet', 'Script']],
  ['own', ['Load model', 'Old sheet', 'Script']],
  ['all', ['For all', 'Load model', 'Old sheet', 'Only mine', 'Script']],
] as const) {
  test(`a copy of a published app has "${copyObjects}" objects`, async () => {
    const { sim, live } = await site({ copyObjects });
    const { json } = await qrs(sim, 'POST', `/app/${live.id}/copy`, { body: {} });
    assert.deepEqual(
      standing(sim, text(json, 'id')).map(line => line.split(':')[0]),
      names,
    );
  });
}

test('objects are hidden from users who do not own the app, and the script is not copied for them', async () => {
  const { sim, live } = await site({
    objectsShown: 'withoutScript',
    objectsHiddenFrom: ['internal\\sa_repository'],
  });
  const filter = `app.id eq ${live.id}`;
  assert.equal((await listed(sim, filter, 'sa_scheduler')).length, 5);
  assert.equal((await listed(sim, filter, 'sa_repository')).length, 3);
  const { json } = await qrs(sim, 'POST', `/app/${live.id}/copy`, { body: {}, user: 'sa_repository' });
  assert.deepEqual(standing(sim, text(json, 'id')), ['Old sheet: private']);
  sim.site.switches.copyScript = 'always';
  const whole = await qrs(sim, 'POST', `/app/${live.id}/copy`, { body: {}, user: 'sa_repository' });
  assert.equal(standing(sim, text(whole.json, 'id')).length, 3);
  const other = await site({ objectsShown: 'none' });
  assert.deepEqual(await listed(other.sim, `app.id eq ${other.live.id}`, 'sa_repository'), []);
});

test('an edit changes the hash and the dates of the object and its app; a hash may be missing', async () => {
  const { sim, draft } = await site();
  const user = sim.site.userNamed('COMPANY', 'anna') ?? assert.fail('no user');
  const sheet = objectsOf(sim.site, draft).find(({ objectType }) => objectType === 'sheet') ?? assert.fail();
  const [hash, date, ofApp] = [sheet.contentHash, sheet.modifiedDate, draft.modifiedDate];
  editObject(sim.site, sheet, user);
  assert.notEqual(sheet.contentHash, hash);
  assert.ok(sheet.modifiedDate > date && draft.modifiedDate > ofApp);
  const other = await site({ contentHash: 'none' });
  assert.equal(at(await listed(other.sim, `app.id eq ${other.draft.id}`), 0, 'contentHash'), '');
});

test('hashes may be made anew by what brings objects to another app', async () => {
  const { sim, draft } = await site({ contentHash: 'anew' });
  const copy = await uploaded(sim, draft.id);
  const hashes = async (id: string) =>
    (await listed(sim, `app.id eq ${id}`)).map(one => text(one, 'contentHash'));
  assert.notDeepEqual(await hashes(copy), await hashes(draft.id));
  assert.deepEqual(versions(sim, copy), versions(sim, draft.id));
});

test('the dates of objects may move with every change of their app', async () => {
  const { sim, draft } = await site({ objectDatesMove: true });
  const before = objectsOf(sim.site, draft).map(({ modifiedDate }) => modifiedDate);
  const { json } = await qrs(sim, 'GET', `/app/${draft.id}`);
  await qrs(sim, 'PUT', `/app/${draft.id}`, { body: json });
  const after = objectsOf(sim.site, draft).map(({ modifiedDate }) => modifiedDate);
  assert.ok(after.every((date, index) => date > (before[index] ?? '')));
});

test('users name, hand over, publish, approve and delete objects', async () => {
  const { sim, live } = await site();
  const user = sim.site.userNamed('COMPANY', 'anna') ?? assert.fail('no user');
  const { id } = addObject(sim.site, live, 'Third', user);
  const one = `/app/object/${id}`;
  const { json } = await qrs(sim, 'GET', one);
  const renamed = await qrs(sim, 'PUT', one, { body: { ...Object(json), name: 'Fourth' } });
  assert.deepEqual([renamed.status, at(renamed.json, 'name')], [200, 'Fourth']);
  assert.equal((await qrs(sim, 'PUT', one, { body: json })).status, 409);
  const steps = [
    ['PUT', 'publish', 200, 'community'],
    ['POST', 'approve', 201, 'base'],
    ['POST', 'unapprove', 201, 'community'],
    ['PUT', 'unpublish', 200, 'private'],
  ] as const;
  for (const [method, verb, status, then] of steps) {
    assert.equal((await qrs(sim, method, `${one}/${verb}`, { body: {} })).status, status);
    assert.ok(standing(sim, live.id).includes(`Fourth: ${then}`), verb);
  }
  assert.equal((await qrs(sim, 'DELETE', one)).status, 204);
  assert.equal((await qrs(sim, 'GET', one)).status, 404);
  await qrs(sim, 'DELETE', `/app/${live.id}`);
  assert.deepEqual(standing(sim, live.id), []);
});
