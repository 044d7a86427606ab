import { z } from 'zod';
import { full } from '../shown/render.ts';
import type { App, ReloadTask, Task, User } from '../site/entities.ts';
import { fullUserName, noId } from '../site/entities.ts';
import { newReloadTask } from '../site/new-task.ts';
import type { Site } from '../site/site.ts';
import type { Answer } from './answers.ts';
import { json, nothing, Refusal, scalar } from './answers.ts';
import type { Call } from './call.ts';
import { found, idOf, readBody } from './call.ts';
import { removeTask, runningSession, startRun, stopRuns } from './executions.ts';
import { change, checkVersion, known, reference, versioned } from './update.ts';

const taskBody = versioned.extend({
  name: z.string().min(1).max(500),
  app: reference,
  enabled: z.boolean().default(true),
  taskSessionTimeout: z.number().int().min(1).default(1440),
  maxRetries: z.number().int().min(0).max(20).default(0),
  isManuallyTriggered: z.boolean().default(false),
  isPartialReload: z.boolean().default(false),
  tags: z.array(reference).nullish(),
});

const events = {
  schemaEvents: z.array(z.unknown()).nullish(),
  compositeEvents: z.array(z.unknown()).nullish(),
};
const taskWithEvents = z.object({ task: taskBody, ...events });

function add(site: Site, task: ReloadTask) {
  site.tasks.set(task.id, task);
  site.added(task);
  return task;
}

function fieldsOf(site: Site, body: z.infer<typeof taskBody>) {
  const { id: _, modifiedDate: __, ...plain } = body;
  const tags = (body.tags ?? []).map(({ id }) => known(site.tags.get(id), 'tag'));
  return { ...plain, app: known(site.apps.get(body.app.id), 'app'), tags };
}

export async function createTask(call: Call): Promise<Answer> {
  const { site, user } = call;
  const { task } = readBody(call, taskWithEvents);
  return json(201, full(add(site, newReloadTask(site, user, fieldsOf(site, task)))));
}

/** The client sends the task, with its events or without; fields not sent get their defaults (docs/qrs.md 5.1). */
export async function changeTask(call: Call): Promise<Answer> {
  const { task } = readBody(call, taskWithEvents);
  return store(call, task.id, task, 201);
}

export async function putTask(call: Call): Promise<Answer> {
  return store(call, idOf(call), readBody(call, taskBody), 200);
}

function store({ site, user }: Call, id: string | undefined, body: z.infer<typeof taskBody>, status: number) {
  if (id === undefined) throw new Refusal(400, 'Missing: id');
  const task = found(site.tasks.get(id));
  if (task.schemaPath !== 'ReloadTask') throw new Refusal(404, 'The item cannot be found');
  checkVersion(site, task, body);
  change<ReloadTask>(site, task, fieldsOf(site, body), user);
  return json(status, full(task));
}

export function deleteTask(call: Call): Answer {
  const task = found(call.site.tasks.get(idOf(call)));
  if (task.schemaPath !== 'ReloadTask') throw new Refusal(404, 'The item cannot be found');
  removeTask(call.site, task);
  return nothing;
}

function taskOf(call: Call): Task {
  const { site, segments, query } = call;
  const name = query.get('name');
  if (segments.has('id')) return found(site.tasks.get(idOf(call)));
  if (!name) throw new Refusal(400, 'Missing parameter: name');
  return found(site.tasks.values().find(task => task.name === name));
}

/** The id of the run's session, or the zero id: QRS did not start it and gives no reason (docs/qrs.md 5.3). */
function start({ site, user }: Call, task: Task): string {
  const { startRefused } = site.switches;
  if (!task.enabled) {
    if (startRefused) return noId;
    throw new Refusal(400, 'The task is disabled');
  }
  const running = runningSession(site, task);
  if (running) return startRefused ? noId : running.id;
  return startRun(site, task, fullUserName(user))?.id ?? noId;
}

export const startWatched = (call: Call) => scalar(201, start(call, taskOf(call)));

export function startUnwatched(call: Call): Answer {
  start(call, taskOf(call));
  return nothing;
}

export function stopTask(call: Call): Answer {
  stopRuns(call.site, taskOf(call));
  return nothing;
}

export async function stopTasks(call: Call): Promise<Answer> {
  const ids = readBody(call, z.array(z.guid()));
  for (const id of ids) stopRuns(call.site, found(call.site.tasks.get(id)));
  return nothing;
}

/** Answers no id: a client can find the started task only by its name (docs/qrs.md 5.5). */
export function reloadApp(call: Call): Answer {
  const { site, user } = call;
  const app = found(site.apps.get(idOf(call)));
  start(call, manualTask(site, app) ?? add(site, newManualTask(site, app, user)));
  return nothing;
}

const manualName = (app: App) => `Manually triggered reload of ${app.name}`;

const manualTask = (site: Site, app: App) =>
  site.tasks
    .values()
    .find(task => task.schemaPath === 'ReloadTask' && task.app === app && task.name === manualName(app));

const newManualTask = (site: Site, app: App, by: User) =>
  newReloadTask(site, by, { name: manualName(app), app, isManuallyTriggered: true });
