import type { Qrs } from '../qrs/connection.ts';
import { resultsOfTasks, sessionsOfTasks, startTask } from '../qrs/executions.ts';
import { findTasks, type Task } from '../qrs/tasks.ts';
import type { Watcher } from './follow.ts';
import type { RunPlan } from './plan.ts';
import type { Request } from './request.ts';

/** A run to follow, or why there is none. `ours`: we started it, so we may stop it. */
export type Started = { session: string; ours: boolean; note?: string } | { notStarted: string };

export interface Starting {
  qrs: Qrs;
  watcher: Watcher;
  request: Pick<Request, 'whenRunning' | 'order'>;
  /** Until when a running one is waited for, ms since the epoch. */
  deadline: number;
}

/** Runs that began between two looks can make a start fail this often before it is given up. */
const TRIES = 5;

/** Starts a task once: joins, waits or gives up when it runs already, as the request says. */
export async function start(run: RunPlan, task: Task, starting: Starting): Promise<Started> {
  const { qrs, request } = starting;
  const known = new Set(run.known);
  let running = request.order === 'sequence' ? await runningNow(qrs, task) : run.running?.id;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if (running !== undefined) {
      const met = await meet(running, task, starting);
      if (met) return met;
      known.add(running);
    }
    const session = await startTask(qrs, task, () => lostStart(qrs, task, known));
    if (session !== undefined && !known.has(session)) return { session, ours: true };
    running = session ?? (await runningNow(qrs, task));
    if (running === undefined) return { notStarted: await reason(qrs, task) };
  }
  return {
    notStarted: `Task "${task.name}" was started by others again and again; give it a time of its own.`,
  };
}

/** What to do about a run of somebody else; undefined once it has ended and ours may start. */
async function meet(session: string, task: Task, starting: Starting): Promise<Started | undefined> {
  const { request, watcher, deadline } = starting;
  if (request.whenRunning === 'join') {
    return { session, ours: false, note: 'It was running already; that run was followed.' };
  }
  if (request.whenRunning === 'fail') {
    return { notStarted: `Task "${task.name}" is running already (session ${session}).` };
  }
  const { how } = await watcher.follow(session, deadline);
  if (how === 'final' || how === 'unknown') return undefined;
  const why = how === 'timeout' ? 'when the time was up' : 'when this run was cancelled';
  return { notStarted: `Task "${task.name}" was still running (session ${session}) ${why}.` };
}

async function runningNow(qrs: Qrs, task: Task): Promise<string | undefined> {
  return (await sessionsOfTasks(qrs, [task.id]))[0]?.id;
}

/**
 * The run of a start whose answer was lost: in progress in our name, or already recorded as the only one since
 * the last run that we knew of. A task never runs twice at a time, so there is no other to be taken for it.
 */
async function lostStart(qrs: Qrs, task: Task, known: ReadonlySet<string>): Promise<string | undefined> {
  const id = qrs.site.user.split('\\')[1] ?? qrs.site.user;
  const sessions = await sessionsOfTasks(qrs, [task.id]);
  const ours = sessions.find(
    ({ id: session, user }) =>
      !known.has(session) && (!user || user.toLowerCase().includes(id.toLowerCase())),
  );
  if (ours) return ours.id;
  const since = task.operational?.lastExecutionResult?.startTime ?? '1753-01-01T00:00:00.000Z';
  const last = task.operational?.lastExecutionResult?.id;
  const results = await resultsOfTasks(qrs, [task.id], since);
  const recent = results.flatMap(result =>
    result.id !== last && result.executionID && !known.has(result.executionID) ? [result.executionID] : [],
  );
  const [only, another] = new Set(recent);
  return another === undefined ? only : undefined;
}

const UNAVAILABLE = new Map([
  [2, 'has no active route'],
  [3, 'has no configured route'],
  [4, 'is not synchronised'],
  [5, 'is not migrated'],
]);

/** Why QRS did not start a task; it gives no reason itself (docs/qrs.md 5.3). */
async function reason(qrs: Qrs, task: Task): Promise<string> {
  const [now] = await findTasks(qrs, { ids: [task.id], names: [] });
  const said = `Site "${qrs.site.name}" did not start task "${task.name}"`;
  if (!now) return `${said}: it no longer exists.`;
  if (!now.enabled) return `${said}: it is disabled. Enable it in the QMC.`;
  const unavailable = UNAVAILABLE.get(now.app?.availabilityStatus ?? 0);
  if (unavailable) return `${said}: its app "${now.app?.name}" ${unavailable}.`;
  return `${said} and does not say why. Is a scheduler running that may take it, and is its app available?`;
}
