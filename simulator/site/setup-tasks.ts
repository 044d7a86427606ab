import { randomUUID } from 'node:crypto';
import type { App, Task, User } from './entities.ts';
import type { ExecutionResult } from './execution-result.ts';
import { end, newResult } from './new-result.ts';
import { newExternalTask, newReloadTask } from './new-task.ts';
import type { PastRun, TaskData } from './runs.ts';
import { attemptOf } from './runs.ts';
import type { Site } from './site.ts';
import type { PropertyRow, Tag } from './stored.ts';
import { writeLog } from './write-log.ts';

/** Puts the tasks of the data file into the site, with the results of their past runs. */
export function addTasks(
  site: Site,
  data: readonly TaskData[],
  by: User,
  at: string,
  rowsOf: (properties: TaskData['properties']) => PropertyRow[],
) {
  for (const given of data) {
    const task = taskOf(site, given, by, at, rowsOf(given.properties));
    site.tasks.set(task.id, task);
    const history = given.last.map(past => pastResult(site, task, past));
    for (const result of history.toReversed()) site.results.set(result.id, result);
    task.lastResult = history[0] ?? null;
  }
}

function taskOf(site: Site, given: TaskData, by: User, at: string, customProperties: PropertyRow[]): Task {
  const { name, enabled, maxRetries, runs } = given;
  const stored = site.stored(by, at);
  const tags = site.tags
    .values()
    .filter((tag: Tag) => given.tags.includes(tag.name))
    .toArray();
  const common = {
    ...stored,
    id: given.id ?? stored.id,
    name,
    enabled,
    maxRetries,
    tags,
    customProperties,
    runs,
  };
  const app = site.apps.values().find((one: App) => one.name === given.app);
  if (app) return newReloadTask(site, by, { ...common, app, isPartialReload: given.partial });
  return newExternalTask(site, by, common);
}

function pastResult(site: Site, task: Task, past: PastRun): ExecutionResult {
  const { takes, ends, node, details, log } = attemptOf(past);
  const ended = site.clock.now() - past.ago;
  const startTime = new Date(ended - takes).toISOString();
  const result: ExecutionResult = {
    ...newResult(site, task, randomUUID(), node, startTime),
    began: ended - takes,
    status: ends,
    visible: true,
  };
  const messages = ['Changing task state to Triggered', 'Changing task state from Triggered to Started'];
  for (const message of [...messages, ...details, `Changing task state from Started to ${ends}`])
    result.details.push({ message, detailCreatedDate: new Date(ended).toISOString() });
  end(result, ended);
  if (task.schemaPath === 'ReloadTask') writeLog(task, result, ends, log);
  return result;
}
