import { z } from 'zod';
import type { App, Task, User } from '../site/entities.ts';
import { fullUserName, noId } from '../site/entities.ts';
import { newReloadTask } from '../site/new-task.ts';
import type { Site } from '../site/site.ts';
import type { Answer } from './answers.ts';
import { nothing, Refusal, scalar } from './answers.ts';
import type { Call } from './call.ts';
import { found, idOf, readBody } from './call.ts';
import { addTask } from './edit-tasks.ts';
import { runningSession, startRun, stopRuns } from './executions.ts';

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

export function startTasks(call: Call): Answer {
  const tasks = readBody(call, z.array(z.guid())).map(id => found(call.site.tasks.get(id)));
  for (const task of tasks) start(call, task);
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
  start(call, manualTask(site, app) ?? addTask(site, newManualTask(site, app, user)));
  return nothing;
}

const manualName = (app: App) => `Manually triggered reload of ${app.name}`;

const manualTask = (site: Site, app: App) =>
  site.tasks
    .values()
    .find(task => task.schemaPath === 'ReloadTask' && task.app === app && task.name === manualName(app));

const newManualTask = (site: Site, app: App, by: User) =>
  newReloadTask(site, by, { name: manualName(app), app, isManuallyTriggered: true });
