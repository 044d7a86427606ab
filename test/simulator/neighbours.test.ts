import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SwitchesInput } from '../../simulator/site/switches.ts';
import { appNamed, at, idNamed, qrs, started, text } from './client.ts';

const data = {
  streams: ['Everyone'],
  tags: ['Old', 'New'],
  customProperties: { Region: ['North', 'South'] },
  apps: [{ name: 'Sales' }, { name: 'Stock' }],
  tasks: [
    { name: 'Nightly', app: 'Sales', properties: { Region: 'North' } },
    { name: 'Hourly', app: 'Stock', properties: { Region: 'South' } },
    { name: 'Copy', type: 'external' as const },
  ],
};

const site = async (switches: SwitchesInput = {}) => {
  const sim = await started({ data, switches });
  const call = (method: string, path: string, body?: unknown) => qrs(sim, method, path, { body });
  return { sim, call };
};

const names = (list: unknown) => (Array.isArray(list) ? list.map(one => at(one, 'name')) : list);
const filtered = (path: string, filter: string) => `${path}?filter=${encodeURIComponent(filter)}`;

test('a task is not read by its id without its type', async () => {
  const { sim, call } = await site();
  assert.equal((await call('GET', `/task/${idNamed(sim.site.tasks, 'Nightly')}`)).status, 404);
});

for (const [plus, status] of [
  ['plus', 400],
  ['space', 200],
] as const) {
  test(`a plus in a query is a ${plus}`, async () => {
    const { call } = await site({ plus });
    const spaces = await call('GET', "/reloadtask?filter=name+eq+'Nightly'");
    assert.equal(spaces.status, status);
    if (plus === 'space') assert.deepEqual(names(spaces.json), ['Nightly']);
    const made = await call('POST', '/tag', { name: 'a+b' });
    assert.deepEqual(names((await call('GET', filtered('/tag', "name eq 'a+b'"))).json), [
      at(made.json, 'name'),
    ]);
  });
}

for (const taskProperties of ['refused', 'filtered'] as const) {
  test(`custom properties in a filter on all tasks are ${taskProperties}`, async () => {
    const { call } = await site({ taskProperties });
    const filter = "customProperties.definition.name eq 'Region' and customProperties.value eq 'North'";
    const reply = await call('GET', filtered('/task/full', filter));
    assert.equal(reply.status, taskProperties === 'refused' ? 400 : 200);
    if (taskProperties === 'filtered') assert.deepEqual(names(reply.json), ['Nightly']);
    assert.deepEqual(names((await call('GET', filtered('/reloadtask/full', filter))).json), ['Nightly']);
  });
}

test('a stream, a user, a task and a data connection keep tags and properties, and lose a deleted tag', async () => {
  const { sim, call } = await site();
  const [tag, region] = [idNamed(sim.site.tags, 'Old'), idNamed(sim.site.customProperties, 'Region')];
  const labels = {
    tags: [{ id: tag }],
    customProperties: [{ value: 'North', definition: { id: region } }],
  };
  const app = { id: appNamed(sim, 'Sales').id };
  for (const [path, body] of [
    ['/stream', { name: 'Review' }],
    ['/user', { userDirectory: 'COMPANY', userId: 'anna' }],
    ['/dataconnection', { name: 'Source', connectionstring: 'lib' }],
    ['/reloadtask', { name: 'Weekly', app }],
    ['/externalprogramtask', { name: 'Move', path: 'move.exe' }],
  ] as const) {
    const made = await call('POST', path, { ...body, ...labels });
    assert.equal(made.status, 201, made.text);
    const own = `${path}/${text(made.json, 'id')}`;
    const read = async () => (await call('GET', own)).json;
    const seen = (entity: unknown) => [
      text(entity, 'tags', 0, 'name'),
      text(entity, 'customProperties', 0, 'value'),
    ];
    assert.deepEqual(seen(await read()), ['Old', 'North'], path);
    const changed = await call('PUT', own, { ...Object(await read()), tags: [], customProperties: [] });
    assert.equal(changed.status, 200, changed.text);
    assert.deepEqual(seen(changed.json), ['undefined', 'undefined'], path);
    assert.equal((await call('PUT', own, { ...Object(changed.json), ...labels })).status, 200);
  }
  assert.equal((await call('DELETE', `/tag/${tag}`)).status, 204);
  for (const type of ['stream', 'user', 'dataconnection', 'reloadtask', 'externalprogramtask'])
    assert.deepEqual((await call('GET', filtered(`/${type}/full`, "tags.name eq 'Old'"))).json, [], type);
});

test('a user and a data connection are made once', async () => {
  const { call } = await site();
  const anna = { userDirectory: 'COMPANY', userId: 'anna' };
  const source = { name: 'Source', connectionstring: 'lib' };
  for (const [path, body] of [['/user', anna] as const, ['/dataconnection', source] as const]) {
    assert.equal((await call('POST', path, body)).status, 201);
    assert.equal((await call('POST', path, body)).status, 400);
  }
});

test('triggers come with a task or alone, and go with their task', async () => {
  const { sim, call } = await site();
  const daily = {
    name: 'Daily',
    timeZone: 'UTC',
    startDate: '2026-01-01T00:00:00.000Z',
    expirationDate: '9999-01-01T00:00:00.000Z',
    schemaFilterDescription: ['* * - * * * * *'],
    incrementDescription: '0 0 1 0',
    incrementOption: 2,
  };
  const task = { name: 'Weekly', app: { id: appNamed(sim, 'Sales').id } };
  const made = await call('POST', '/reloadtask/create', { task, schemaEvents: [daily], compositeEvents: [] });
  assert.equal(made.status, 201, made.text);
  const id = text(made.json, 'id');
  const [event] = Object((await call('GET', '/schemaevent/full')).json);
  assert.deepEqual(
    ['name', 'incrementOption', 'eventType', 'enabled'].map(name => at(event, name)),
    ['Daily', 2, 0, true],
  );
  assert.deepEqual([at(event, 'reloadTask', 'id'), at(event, 'externalProgramTask')], [id, null]);
  const after = await call('POST', '/compositeevent', {
    name: 'After',
    reloadTask: { id },
    timeConstraint: { days: 0, hours: 0, minutes: 30, seconds: 0 },
    compositeRules: [{ ruleState: 1, externalProgramTask: { id: idNamed(sim.site.tasks, 'Copy') } }],
  });
  assert.equal(after.status, 201, after.text);
  assert.equal(at(after.json, 'compositeRules', 0, 'externalProgramTask', 'name'), 'Copy');
  const renamed = await call('PUT', `/compositeevent/${text(after.json, 'id')}`, {
    ...Object(after.json),
    name: 'Later',
  });
  assert.deepEqual([renamed.status, at(renamed.json, 'name')], [200, 'Later']);
  assert.deepEqual(names((await call('GET', '/event')).json), ['Daily', 'Later']);
  const bad = { ...daily, incrementOption: 9 };
  assert.equal((await call('POST', '/schemaevent', { ...bad, reloadTask: { id } })).status, 400);
  assert.equal((await call('POST', '/schemaevent', daily)).status, 400, 'a trigger needs a task');
  assert.equal((await call('DELETE', `/reloadtask/${id}`)).status, 204);
  assert.deepEqual((await call('GET', '/event')).json, []);
});

test('a selection holds what a filter found, and deletes it at once', async () => {
  const { call } = await site();
  const selection = await call('POST', filtered('/selection/app', "name sw 'S'"));
  assert.equal(selection.status, 201);
  assert.deepEqual(
    Object(at(selection.json, 'items')).map((item: unknown) => [at(item, 'type'), at(item, 'objectName')]),
    [
      ['App', 'Sales'],
      ['App', 'Stock'],
    ],
  );
  const own = `/selection/${text(selection.json, 'id')}`;
  await call('POST', '/tag', { name: 'Beside' });
  assert.deepEqual((await call('GET', `${own}/app/count`)).json, { value: 2 });
  assert.deepEqual(names((await call('GET', filtered(`${own}/app/full`, "name eq 'Stock'"))).json), [
    'Stock',
  ]);
  assert.deepEqual((await call('GET', `${own}/tag`)).json, []);
  assert.equal((await call('DELETE', filtered(`${own}/app`, "name eq 'Stock'"))).status, 204);
  assert.deepEqual(names((await call('GET', '/app')).json), ['Sales']);
  assert.equal((await call('DELETE', own)).status, 204);
  assert.equal((await call('GET', own)).status, 404);
  assert.equal(
    (await call('POST', '/selection', { items: [{ type: 'Moon', objectID: crypto.randomUUID() }] })).status,
    400,
  );
});

test('a table has pages and an order', async () => {
  const { call } = await site();
  const columns = [
    { name: 'Task', columnType: 'Property', definition: 'name' },
    { name: 'Region', columnType: 0, definition: 'customProperties.value' },
  ];
  const rows = async (query: string) =>
    at((await call('POST', `/reloadtask/table?${query}`, { columns })).json, 'rows');
  assert.deepEqual(await rows('sortcolumn=task'), [
    ['Hourly', 'South'],
    ['Nightly', 'North'],
  ]);
  assert.deepEqual(await rows('sortcolumn=Task&orderascending=false&take=1'), [['Nightly', 'North']]);
  assert.deepEqual(await rows('sortcolumn=Task&skip=1'), [['Nightly', 'North']]);
  const wrong = [{ name: 'x', columnType: 'Property', definition: 'moon' }];
  assert.equal((await call('POST', '/app/table', { columns: wrong })).status, 400);
});

test('enumerations are described with numbers and names', async () => {
  const { call } = await site();
  const { status, json } = await call('GET', '/about/api/enums');
  assert.equal(status, 200);
  assert.deepEqual(at(json, 'StatusEnum', 'values', 7), '7: FinishedSuccess');
});

test('many tasks are started in one call', async () => {
  const { sim, call } = await site();
  const ids = ['Nightly', 'Copy'].map(name => idNamed(sim.site.tasks, name));
  assert.equal((await call('POST', '/task/start/many', ids)).status, 204);
  assert.equal(sim.site.sessions.size, 2);
  assert.equal((await call('POST', '/task/start/many', [crypto.randomUUID()])).status, 404);
});
