import { findApps, listApps } from '../qrs/apps/find.ts';
import type { Qrs } from '../qrs/connection.ts';
import type { App, AppFields } from '../qrs/entities.ts';
import { type Result, resultsOfTasks } from '../qrs/execution-results.ts';
import { type ExecutionSession, sessionsOfTasks } from '../qrs/executions.ts';
import { equals, equalsId } from '../qrs/filter.ts';
import { findTasks, listTasks, type Task, tasksOfApps } from '../qrs/tasks.ts';
import type { NameOrId, ReloadRequest } from './request.ts';

/** The facts for a plan. Reading them changes nothing. */
export interface Survey {
  /** Every task that has a wanted name or id, or reloads a wanted app. */
  tasks: readonly Task[];
  apps: readonly AppFields[];
  /** Runs in progress of these tasks. */
  sessions: readonly ExecutionSession[];
  /** Their records of the last three days, newest first, for a comparison; only where the tasks are few. */
  history: readonly Result[];
  /** All tasks and apps of the site in short form, where a wanted one is missing. */
  others: readonly { id: string; name: string }[];
}

/** With more tasks, or days, the histories would be too long to read for a comparison. */
const COMPARED = 20;
const THREE_DAYS = 3 * 24 * 3_600_000;

export async function survey(request: ReloadRequest, qrs: Qrs): Promise<Survey> {
  const apps = request.apps.length > 0 ? await wantedApps(qrs, request.apps) : [];
  const appIds = apps.map(app => app.id);
  const tasks = appIds.length > 0 ? await tasksOfApps(qrs, appIds) : await wantedTasks(qrs, request.tasks);
  const ids = tasks.map(task => task.id);
  const others = await allOthers(request, { tasks, apps }, qrs);
  if (ids.length === 0) return { tasks, apps, sessions: [], history: [], others };
  const sessions = await sessionsOfTasks(qrs, ids);
  const since = new Date(qrs.clock.now() - THREE_DAYS).toISOString();
  // The comparison is optional: the reload goes on where a site refuses it.
  const history = ids.length <= COMPARED ? await resultsOfTasks(qrs, ids, since).catch(() => []) : [];
  return { tasks, apps, sessions, history, others };
}

async function allOthers(
  request: ReloadRequest,
  { tasks, apps }: Pick<Survey, 'tasks' | 'apps'>,
  qrs: Qrs,
): Promise<Survey['others']> {
  const lacks = (wanted: readonly NameOrId[], found: Survey['others']) =>
    wanted.some(one => !found.some(({ id, name }) => (one.by === 'id' ? id === one.id : name === one.name)));
  if (lacks(request.tasks, tasks)) return listTasks(qrs);
  return lacks(request.apps, apps) ? listApps(qrs) : [];
}

function wantedApps(qrs: Qrs, names: readonly NameOrId[]): Promise<App[]> {
  const conditions = names.map(one => (one.by === 'id' ? equalsId('id', one.id) : equals('name', one.name)));
  return findApps(qrs, 'look up the apps to reload', conditions);
}

async function wantedTasks(qrs: Qrs, names: readonly NameOrId[]): Promise<Task[]> {
  if (names.length === 0) return [];
  return findTasks(qrs, {
    ids: names.flatMap(one => (one.by === 'id' ? [one.id] : [])),
    names: names.flatMap(one => (one.by === 'name' ? [one.name] : [])),
  });
}
