import assert from 'node:assert/strict';
import { test } from 'node:test';
import { handClock } from '../../simulator/site/hand-clock.ts';
import type { SwitchesInput } from '../../simulator/site/switches.ts';
import { appNamed, at, idNamed, qrs, started, text } from './client.ts';

const anna = 'COMPANY\\anna';
const bob = 'COMPANY\\bob';

const data = {
  streams: ['Everyone'],
  tags: ['Old', 'New'],
  customProperties: { Region: ['North', 'South'] },
  users: [anna, bob],
  apps: [
    { name: 'Draft', owner: anna, tags: ['New'], properties: { Region: 'South' }, size: '30 KB' },
    {
      name: 'Live',
      owner: bob,
      tags: ['Old'],
      properties: { Region: 'North' },
      stream: 'Everyone',
      size: '30 KB',
    },
  ],
  tasks: [{ name: 'Reload Live', app: 'Live', runs: [{ takes: '1m', ends: 'FinishedSuccess' as const }] }],
};

async function site(switches: SwitchesInput = {}) {
  const clock = handClock();
  const sim = await started({ data, switches, clock });
  const [draft, live] = [appNamed(sim, 'Draft'), appNamed(sim, 'Live')];
  const replace = () => qrs(sim, 'PUT', `/app/${draft.id}/replace?app=${live.id}`, { body: {} });
  const [task] = sim.site.tasks.values();
  return { sim, clock, draft, live, replace, task: task ?? assert.fail('no task') };
}

const beside = (app: unknown) => [
  text(app, 'tags', 0, 'name'),
  text(app, 'customProperties', 0, 'value'),
  text(app, 'owner', 'userId'),
];

for (const [whose, expected] of [
  ['target', ['Old', 'North', 'bob']],
  ['source', ['New', 'South', 'anna']],
] as const) {
  test(`tags, properties and owner of a replaced app are the ${whose}'s`, async () => {
    const { replace } = await site({ replaceTags: whose, replaceProperties: whose, replaceOwner: whose });
    assert.deepEqual(beside((await replace()).json), expected);
  });
}

for (const carried of [false, true]) {
  test(`a copy has ${carried ? '' : 'no '}tags and properties`, async () => {
    const { sim, live } = await site({ copyTags: carried, copyProperties: carried });
    const { json } = await qrs(sim, 'POST', `/app/${live.id}/copy`, { body: {} });
    assert.deepEqual(
      beside(json),
      carried ? ['Old', 'North', 'sa_api'] : ['undefined', 'undefined', 'sa_api'],
    );
  });
}

for (const [publishName, name] of [
  ['given', 'Other'],
  ['ignored', 'Draft'],
] as const) {
  test(`the name of a publish is ${publishName}`, async () => {
    const { sim, draft } = await site({ publishName });
    const stream = idNamed(sim.site.streams, 'Everyone');
    const { json } = await qrs(sim, 'PUT', `/app/${draft.id}/publish?stream=${stream}&name=Other`, {
      body: {},
    });
    assert.equal(at(json, 'name'), name);
  });
}

for (const deleteTakesTasks of [true, false]) {
  test(`the tasks of a deleted app ${deleteTakesTasks ? 'go with it' : 'stay, and do not start'}`, async () => {
    const { sim, live, task } = await site({ deleteTakesTasks });
    await qrs(sim, 'DELETE', `/app/${live.id}`);
    assert.equal(sim.site.tasks.has(task.id), !deleteTakesTasks);
    if (deleteTakesTasks) return;
    const started = await qrs(sim, 'POST', `/task/${task.id}/start/synchronous`, { body: {} });
    assert.deepEqual(started.json, { value: '00000000-0000-0000-0000-000000000000' });
  });
}

const seedOf = ({ content }: { content: ReturnType<typeof appNamed>['content'] }) =>
  content.kind === 'made' ? content.recipe.seed : content.path;

for (const whileReloading of ['done', 'refused', 'overwritten'] as const) {
  test(`a replace while the app is reloaded is ${whileReloading}`, async () => {
    const { sim, clock, draft, live, replace, task } = await site({ whileReloading });
    const before = seedOf(live);
    sim.runTask(task.id);
    const filter = encodeURIComponent(`app.id eq ${live.id}`);
    const { json } = await qrs(sim, 'GET', `/executionsession/full?filter=${filter}`);
    assert.equal(at(json, 0, 'app', 'id'), live.id, 'the reload is there to be seen');
    assert.equal((await replace()).status, whileReloading === 'refused' ? 400 : 200);
    clock.advance(60_000);
    assert.equal(seedOf(live), whileReloading === 'done' ? seedOf(draft) : before);
    assert.equal((await replace()).status, 200);
    assert.equal(seedOf(live), seedOf(draft));
  });
}

test('an app that is being reloaded may be refused to be deleted', async () => {
  const { sim, clock, live, task } = await site({ whileReloading: 'refused' });
  sim.runTask(task.id);
  assert.equal((await qrs(sim, 'DELETE', `/app/${live.id}`)).status, 400);
  clock.advance(60_000);
  assert.equal((await qrs(sim, 'DELETE', `/app/${live.id}`)).status, 204);
});

for (const [unpublishedShown, names] of [
  ['all', ['Draft', 'Live']],
  ['own', ['Live']],
] as const) {
  test(`of unpublished apps a user sees ${unpublishedShown}`, async () => {
    const { sim, draft } = await site({ unpublishedShown });
    const { json } = await qrs(sim, 'GET', '/app');
    const listed: unknown[] = Array.isArray(json) ? json : [];
    assert.deepEqual(listed.map(app => at(app, 'name')).sort(), names);
    assert.equal((await qrs(sim, 'GET', `/app/${draft.id}`)).status, unpublishedShown === 'all' ? 200 : 403);
    const copy = await qrs(sim, 'POST', `/app/${appNamed(sim, 'Live').id}/copy?name=Own`, { body: {} });
    assert.equal((await qrs(sim, 'GET', `/app/${text(copy.json, 'id')}`)).status, 200);
  });
}
