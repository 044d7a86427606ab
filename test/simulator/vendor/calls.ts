import type { Simulator } from '../../../simulator/server.ts';
import type { Options, Reply } from '../client.ts';
import { exported, idNamed, keyed, qrs, send, text } from '../client.ts';

export const data = {
  streams: ['Everyone', 'Review'],
  tags: ['Old', 'New'],
  customProperties: { Region: ['North', 'South'] },
  users: ['COMPANY\\anna'],
  connections: ['Folder'],
  extensions: ['Chart'],
  apps: [
    { name: 'Draft', tags: ['Old'], properties: { Region: 'North' }, size: '30 KB' },
    {
      name: 'Live',
      stream: 'Everyone',
      objects: [{ name: 'Own', kind: 'community' as const }],
      size: '30 KB',
    },
    { name: 'Spare', size: '30 KB' },
  ],
  tasks: [
    { name: 'Nightly', app: 'Live', properties: { Region: 'North' }, tags: ['Old'], last: {} },
    { name: 'Long', app: 'Draft', runs: [{ takes: '1h' }] },
    { name: 'Copy', type: 'external' as const, runs: [{ takes: '1h' }] },
  ],
};

type Call = (method: string, path: string, options?: Options) => Promise<Reply>;

/** Calls every route of the simulator, and passes each answer on. */
export async function callEverything(
  sim: Simulator,
  heard: (method: string, path: string, reply: Reply) => void,
) {
  const call: Call = async (method, path, options = {}) => {
    const reply = await qrs(sim, method, path, options);
    heard(method, path.replace(/\?.*/, ''), reply);
    return reply;
  };
  await aboutTheSite(call);
  const task = await makeNeighbours(sim, call);
  await runTasks(sim, call, task);
  await promote(sim, call);
  await objects(sim, call);
  await readEveryType(call);
  await select(sim, call);
  await deleteEverything(call);
}

async function aboutTheSite(call: Call) {
  await call('GET', '/about');
  await call('GET', '/about/api/enums');
  await call('GET', '/about/api/description');
  await call('GET', '/servernodeconfiguration/full');
  await call('GET', '/servernodeconfiguration/local');
  for (const type of ['app', 'stream', 'tag', 'reloadtask'])
    await call('POST', `/${type}/previewcreateprivilege`, { body: { name: 'x' } });
  const body = 'http://127.0.0.1:9/hook';
  const subscription = await call('POST', '/notification?name=App&changetype=2', { body });
  await call('DELETE', `/notification?handle=${text(subscription.json, 'value')}`);
  await call('GET', '/notification/changes?since=2020-01-01T00:00:00.000Z&types=App,Stream,ReloadTask');
}

/** Makes and changes one entity of each type beside apps; the id of the new task. */
async function makeNeighbours(sim: Simulator, call: Call): Promise<string> {
  const app = { id: idNamed(sim.site.apps, 'Spare') };
  const property = { name: 'Level', valueType: 'Text', choiceValues: ['1'], objectTypes: ['App'] };
  const made = new Map<string, unknown>();
  for (const [path, body] of Object.entries({
    stream: { name: 'More', tags: [{ id: idNamed(sim.site.tags, 'Old') }] },
    tag: { name: 'More' },
    custompropertydefinition: property,
    user: { userDirectory: 'COMPANY', userId: 'bert', roles: ['RootAdmin'] },
    dataconnection: { name: 'Source', connectionstring: 'c:\\data' },
    reloadtask: { name: 'Weekly', app },
    externalprogramtask: { name: 'Move', path: 'move.exe' },
  })) {
    made.set(path, (await call('POST', `/${path}`, { body })).json);
    await change(call, path, made.get(path));
  }
  const task = made.get('reloadtask');
  const reloadTask = { id: text(task, 'id') };
  const times = {
    name: 'Daily',
    timeZone: 'UTC',
    startDate: '2026-01-01T00:00:00.000Z',
    expirationDate: '9999-01-01T00:00:00.000Z',
    schemaFilterDescription: ['* * - * * * * *'],
    incrementDescription: '0 0 1 0',
    incrementOption: 2,
  };
  const rules = {
    name: 'After',
    timeConstraint: { days: 0, hours: 0, minutes: 30, seconds: 0 },
    compositeRules: [{ ruleState: 1, reloadTask: { id: idNamed(sim.site.tasks, 'Nightly') } }],
  };
  for (const [path, body] of [['schemaevent', times] as const, ['compositeevent', rules] as const]) {
    const { json } = await call('POST', `/${path}`, { body: { ...body, reloadTask } });
    await change(call, path, json);
  }
  await call('POST', '/reloadtask/create', {
    body: { task: { name: 'With triggers', app }, schemaEvents: [times], compositeEvents: [] },
  });
  await call('POST', '/reloadtask/update', {
    body: { task: await read(call, 'reloadtask', task), schemaEvents: [times], compositeEvents: [rules] },
  });
  const { json: external } = await call('POST', '/externalprogramtask/create', {
    body: { task: { name: 'Again', path: 'again.exe' } },
  });
  await call('POST', '/externalprogramtask/update', { body: { task: external } });
  return reloadTask.id;
}

const read = async (call: Call, path: string, entity: unknown) =>
  (await call('GET', `/${path}/${text(entity, 'id')}`)).json;

async function change(call: Call, path: string, entity: unknown) {
  await call('PUT', `/${path}/${text(entity, 'id')}`, {
    body: { ...Object(await read(call, path, entity)) },
  });
}

async function runTasks(sim: Simulator, call: Call, ended: string) {
  const [nightly, long] = [idNamed(sim.site.tasks, 'Nightly'), idNamed(sim.site.tasks, 'Long')];
  await call('POST', '/task/start/synchronous?name=Long');
  await call('GET', '/executionsession/full');
  await call('POST', `/task/${long}/stop`);
  await call('POST', '/task/stop/many', { body: [long] });
  await call('POST', `/task/${ended}/start`);
  await call('POST', '/task/start?name=Copy');
  await call('POST', '/task/start/many', { body: [idNamed(sim.site.tasks, 'Copy')] });
  await call('POST', `/app/${idNamed(sim.site.apps, 'Spare')}/reload`);
  await call('POST', `/task/${nightly}/start/synchronous`);
  const [result] = sim.site.results.values().filter(one => one.taskID === nightly && one.scriptLog !== '');
  const { json } = await call(
    'GET',
    `/reloadtask/${nightly}/scriptlog?filereferenceid=${result?.fileReferenceID}`,
  );
  await call('GET', `/reloadtask/${nightly}/scriptlogfile?executionresultid=${result?.id}`);
  await call('GET', `/download/reloadtask/${text(json, 'value')}/any.log`);
}

async function promote(sim: Simulator, call: Call) {
  const [draft, live] = [idNamed(sim.site.apps, 'Draft'), idNamed(sim.site.apps, 'Live')];
  const file = await send(sim, 'GET', keyed(await exported(sim, draft)));
  const token = crypto.randomUUID();
  await call('POST', `/app/${draft}/export/${token}?skipdata=true`);
  await call('DELETE', `/app/${draft}/export/${token}`);
  const upload = { upload: file.bytes };
  const { json } = await call('POST', '/app/upload?name=New&keepdata=false&excludeconnections=true', upload);
  await change(call, 'app', json);
  await call('PUT', `/app/${text(json, 'id')}/replace?app=${live}`);
  await call('POST', `/app/upload/replace?targetappid=${live}&keepdata=false`, upload);
  await call('POST', `/app/${text(json, 'id')}/copy?name=Twin`);
  await call(
    'PUT',
    `/app/${text(json, 'id')}/publish?stream=${idNamed(sim.site.streams, 'Review')}&name=New`,
  );
}

async function objects(sim: Simulator, call: Call) {
  const of = sim.site.objects.values().find(({ app, name }) => app.name === 'Live' && name === 'Own');
  await change(call, 'app/object', of);
  await call('POST', `/app/object/${of?.id}/approve`);
  await call('POST', `/app/object/${of?.id}/unapprove`);
  await call('PUT', `/app/object/${of?.id}/unpublish`);
  await call('PUT', `/app/object/${of?.id}/publish`);
}

const types = [
  ...[
    'app',
    'app/object',
    'stream',
    'tag',
    'custompropertydefinition',
    'user',
    'dataconnection',
    'extension',
  ],
  ...['reloadtask', 'externalprogramtask', 'schemaevent', 'compositeevent'],
  ...['executionsession', 'executionresult'],
];

/** The first of a list; of sessions, that of the task which runs for an hour: others may end before they are read. */
function lasting(list: unknown): unknown {
  const all: unknown[] = Array.isArray(list) ? list : [];
  return all.find(one => JSON.stringify(one).includes('"Copy"')) ?? all[0];
}

async function readEveryType(call: Call) {
  const body = { columns: [{ name: 'Id', columnType: 'Property', definition: 'id' }] };
  for (const type of types) {
    const { json } = await call('GET', `/${type}/full?privileges=true`);
    await call('GET', `/${type}`);
    await call('GET', `/${type}/count`);
    await call('POST', `/${type}/table`, { body });
    await read(call, type, lasting(json));
  }
  for (const path of ['/task', '/task/full', '/event', '/event/full']) await call('GET', path);
  await call('POST', '/task/table', { body });
}

async function select(sim: Simulator, call: Call) {
  const items = [{ type: 'ReloadTask', objectID: idNamed(sim.site.tasks, 'Weekly') }];
  const own = text((await call('POST', '/selection', { body: { items } })).json, 'id');
  await call('GET', `/selection/${own}`);
  for (const path of ['task', 'task/full', 'event', 'event/full'])
    await call('GET', `/selection/${own}/${path}`);
  await call('DELETE', `/selection/${own}`);
  for (const type of types) {
    const id = text((await call('POST', `/selection/${type}`)).json, 'id');
    for (const path of [type, `${type}/full`, `${type}/count`]) await call('GET', `/selection/${id}/${path}`);
    const none = encodeURIComponent(`id eq ${crypto.randomUUID()}`);
    if (!type.startsWith('execution')) await call('DELETE', `/selection/${id}/${type}?filter=${none}`);
  }
}

/** Events before tasks, tasks before apps: what goes with another is deleted while it is there. */
async function deleteEverything(call: Call) {
  const first = ['schemaevent', 'compositeevent', 'externalprogramtask', 'reloadtask', 'app/object', 'app'];
  for (const type of [
    ...first,
    'stream',
    'tag',
    'custompropertydefinition',
    'dataconnection',
    'extension',
    'user',
  ]) {
    // A stream with apps and a user who owns some cannot be deleted; these two were made by this test.
    const filter = { stream: "name eq 'More'", user: "name eq 'bert'" }[type];
    const { json } = await call(
      'GET',
      `/${type}/full${filter ? `?filter=${encodeURIComponent(filter)}` : ''}`,
    );
    await call('DELETE', `/${type}/${text(json, 0, 'id')}`);
  }
}
