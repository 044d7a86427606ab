import { z } from 'zod';
import { full } from '../shown/render.ts';
import type { Task, User } from '../site/entities.ts';
import { newExternalTask, newReloadTask } from '../site/new-task.ts';
import type { Site } from '../site/site.ts';
import { json, nothing, Refusal } from './answers.ts';
import type { Call } from './call.ts';
import { found, idOf, readBody } from './call.ts';
import { removeTask } from './executions.ts';
import { labelsBody, labelsOf } from './labels.ts';
import { known, reference } from './references.ts';
import { addTriggers } from './triggers.ts';
import { change, checkVersion, versioned } from './update.ts';

const common = versioned.extend({
  name: z.string().min(1).max(500),
  enabled: z.boolean().default(true),
  taskSessionTimeout: z.number().int().min(1).default(1440),
  maxRetries: z.number().int().min(0).max(20).default(0),
  ...labelsBody,
});
const reloadBody = common.extend({
  app: reference,
  isManuallyTriggered: z.boolean().default(false),
  isPartialReload: z.boolean().default(false),
});
const externalBody = common.extend({ path: z.string().min(1), parameters: z.string().nullish() });
const bodies = { ReloadTask: reloadBody, ExternalProgramTask: externalBody } as const;

type Kind = Task['schemaPath'];
type Body = z.infer<(typeof bodies)[Kind]>;

const triggers = {
  schemaEvents: z.array(z.unknown()).nullish(),
  compositeEvents: z.array(z.unknown()).nullish(),
  schemaEventsToDelete: z.array(z.guid()).nullish(),
  compositeEventsToDelete: z.array(z.guid()).nullish(),
};
const bundles = {
  ReloadTask: z.object({ task: reloadBody, ...triggers }),
  ExternalProgramTask: z.object({ task: externalBody, ...triggers }),
} as const;

type Bundle = z.infer<(typeof bundles)[Kind]>;

const bundleOf = (call: Call, kind: Kind) => readBody<Bundle>(call, bundles[kind]);
const bodyOf = (call: Call, kind: Kind) => readBody<Body>(call, bodies[kind]);

export function addTask(site: Site, task: Task) {
  site.tasks.set(task.id, task);
  site.added(task);
  return task;
}

function make({ site, user }: Call, body: Body): Task {
  if ('app' in body) return newReloadTask(site, user, reloadFields(site, body, user));
  return newExternalTask(site, user, externalFields(site, body, user));
}

function reloadFields(site: Site, body: z.infer<typeof reloadBody>, by: User, before?: Task) {
  const { id: _, modifiedDate: __, ...plain } = body;
  const app = known(site.apps.get(body.app.id), 'app');
  return { ...plain, app, ...labelsOf(site, 'ReloadTask', body, by, before) };
}

function externalFields(site: Site, body: z.infer<typeof externalBody>, by: User, before?: Task) {
  const { id: _, modifiedDate: __, ...plain } = body;
  const labels = labelsOf(site, 'ExternalProgramTask', body, by, before);
  return { ...plain, parameters: body.parameters ?? '', ...labels };
}

/** The client sends the task alone. */
export const postTask = (kind: Kind) => (call: Call) =>
  json(201, full(addTask(call.site, make(call, bodyOf(call, kind)))));

/** The client sends the task with its triggers (docs/qrs.md 5.1). */
export const createTask = (kind: Kind) => (call: Call) => {
  const { task: body, schemaEvents, compositeEvents } = bundleOf(call, kind);
  const task = addTask(call.site, make(call, body));
  addTriggers(call.site, task, 'SchemaEvent', schemaEvents ?? [], call.user);
  addTriggers(call.site, task, 'CompositeEvent', compositeEvents ?? [], call.user);
  return json(201, full(task));
};

/** Fields not sent get their defaults; triggers come and go with the change (docs/qrs.md 5.1). */
export const changeTask = (kind: Kind) => (call: Call) => {
  const { task: body, ...bundle } = bundleOf(call, kind);
  const { site, user } = call;
  const changed = store(call, kind, body.id, body, 201);
  const task = ofKind(site, kind, body.id ?? '');
  for (const id of [...(bundle.schemaEventsToDelete ?? []), ...(bundle.compositeEventsToDelete ?? [])]) {
    const trigger = site.triggers.get(id);
    if (trigger?.task === task) site.remove(trigger);
  }
  addTriggers(site, task, 'SchemaEvent', bundle.schemaEvents ?? [], user);
  addTriggers(site, task, 'CompositeEvent', bundle.compositeEvents ?? [], user);
  return changed;
};

export const putTask = (kind: Kind) => (call: Call) => store(call, kind, idOf(call), bodyOf(call, kind), 200);

function store({ site, user }: Call, kind: Kind, id: string | undefined, body: Body, status: number) {
  if (id === undefined) throw new Refusal(400, 'Missing: id');
  const task = ofKind(site, kind, id);
  checkVersion(site, task, body);
  if (task.schemaPath === 'ReloadTask' && 'app' in body)
    change<Task>(site, task, reloadFields(site, body, user, task), user);
  if (task.schemaPath === 'ExternalProgramTask' && 'path' in body)
    change<Task>(site, task, externalFields(site, body, user, task), user);
  return json(status, full(task));
}

export const deleteTask = (kind: Kind) => (call: Call) => {
  removeTask(call.site, ofKind(call.site, kind, idOf(call)));
  return nothing;
};

function ofKind(site: Site, kind: Kind, id: string): Task {
  const task = site.tasks.get(id);
  return found(task?.schemaPath === kind ? task : undefined);
}
