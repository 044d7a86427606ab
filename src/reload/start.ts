import { RemoteError, StoppedError } from '../base/errors.ts';
import type { Limiter } from '../base/limit.ts';
import type { Qrs } from '../qrs/connection.ts';
import { recordedRuns } from '../qrs/execution-results.ts';
import { isOurs, sessionsOfTasks, startTask } from '../qrs/executions.ts';
import { findTasks, type Task } from '../qrs/tasks.ts';
import type { Watcher } from './follow.ts';
import type { RunPlan } from './plan.ts';
import type { ReloadRequest } from './request.ts';

/**
 * A run to follow, or why there is none. `ours`: this run started it, so it may stop it. `lost`: a start was sent, and
 * its outcome is unknown.
 */
export type StartOutcome =
  | { session: string; ours: boolean; note?: string }
  | { notStarted: string }
  | { lost: string; known: ReadonlySet<string> };

export interface Starting {
  qrs: Qrs;
  watcher: Watcher;
  request: Pick<ReloadRequest, 'whenRunning'>;
  /** The end of the wait for a run in progress, ms since the epoch. */
  deadline: number;
  /** Limits the starts under way, so that after a cancellation none waits to be sent. */
  slot: Limiter;
}

/** The most tries: runs that begin between two looks, and lost answers, can make a start fail. */
const TRIES = 5;
const PAUSE = 500;
const NEVER = '1753-01-01T00:00:00.000Z';

/** Starts a task once. Where the task runs already: joins it, waits or gives up, as the request says. */
export async function start(run: RunPlan, task: Task, starting: Starting): Promise<StartOutcome> {
  const { qrs, slot } = starting;
  let running = run.running?.id;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if (running !== undefined) {
      const met = await handleRunning(running, task, starting);
      if (met) return met;
    }
    const tried = await slot(() => startOnce(qrs, task));
    if ('session' in tried || 'lost' in tried || 'notStarted' in tried) return tried;
    running = tried.running;
  }
  return {
    notStarted: `Task "${task.name}" could not be started in ${TRIES} tries, as others kept starting it.`,
  };
}

/** Handles somebody else's run; undefined once it has ended and ours may start. */
async function handleRunning(
  session: string,
  task: Task,
  starting: Starting,
): Promise<StartOutcome | undefined> {
  const { request, watcher, deadline } = starting;
  if (request.whenRunning === 'join') {
    return { session, ours: false, note: 'It was running already; that run was followed.' };
  }
  if (request.whenRunning === 'fail') {
    return { notStarted: `Task "${task.name}" is running already (session ${session}).` };
  }
  const followed = { name: `the run of "${task.name}" that was there before`, usual: undefined };
  const { how } = await watcher.follow(session, deadline, followed);
  if (how === 'final' || how === 'unknown') return undefined;
  const why = how === 'timeout' ? 'when the time was up' : 'when this run was cancelled';
  return { notStarted: `Task "${task.name}" was still running (session ${session}) ${why}.` };
}

/** Try again; the reason may be somebody else's run. */
interface Again {
  running: string | undefined;
}

/**
 * Makes one start. It reads the records just before: a run among them is not ours, and a run that is not among them has
 * begun since. After a lost answer it looks there, and repeats the start only when no run began.
 */
async function startOnce(qrs: Qrs, task: Task): Promise<StartOutcome | Again> {
  if (qrs.signal.aborted) return notStarted(task);
  const before = await runsOf(qrs, task);
  if (before.running !== undefined) return { running: before.running };
  if (qrs.signal.aborted) return notStarted(task);
  let session: string | undefined;
  try {
    session = await startTask(qrs, task);
  } catch (error) {
    return afterError(qrs, task, before.known, error);
  }
  if (session !== undefined)
    return before.known.has(session) ? { running: session } : { session, ours: true };
  const after = await runsOf(qrs, task);
  if (after.running !== undefined) return { running: after.running };
  // Somebody else's run kept ours from starting, and has ended.
  if ([...after.known].some(id => !before.known.has(id))) return { running: undefined };
  return { notStarted: await reason(qrs, task) };
}

function notStarted(task: Task): StartOutcome {
  return { notStarted: `Task "${task.name}" was not started: the run was cancelled.` };
}

async function afterError(
  qrs: Qrs,
  task: Task,
  known: ReadonlySet<string>,
  error: unknown,
): Promise<StartOutcome | Again> {
  const lost = error instanceof StoppedError || (error instanceof RemoteError && error.mayBeDone);
  if (lost) return findRun(qrs, task, known);
  if (!(error instanceof RemoteError) || error.final) throw error;
  await qrs.clock.sleep(Math.max(PAUSE, error.retryAfter ?? 0), qrs.signal);
  return { running: undefined };
}

interface Runs {
  /** A run in progress. */
  running: string | undefined;
  known: ReadonlySet<string>;
}

/** The task's runs since the last one of the survey, in progress or ended. */
async function runsOf(qrs: Qrs, task: Task): Promise<Runs> {
  const sessions = await sessionsOfTasks(qrs, [task.id]);
  const known = new Set([...sessions.map(({ id }) => id), ...(await recorded(qrs, task))]);
  return { running: sessions[0]?.id, known };
}

async function recorded(qrs: Qrs, task: Task): Promise<string[]> {
  const since = task.operational?.lastExecutionResult?.startTime || NEVER;
  return recordedRuns(qrs, task.id, since);
}

/**
 * Finds the run of a start whose answer was lost. A run in progress in our user's name is ours. The only run recorded
 * since, by any user, is followed but never stopped. With several runs, or a site that does not answer, the outcome
 * stays unknown.
 */
export async function findRun(
  qrs: Qrs,
  task: Task,
  known: ReadonlySet<string>,
): Promise<StartOutcome | Again> {
  const open = {
    lost: `Whether task "${task.name}" started is not known: the answer to its start was lost.`,
    known,
  };
  try {
    const sessions = (await sessionsOfTasks(qrs, [task.id])).filter(({ id }) => !known.has(id));
    const ours = sessions.find(session => session.user !== undefined && isOurs(session, qrs));
    if (ours) return { session: ours.id, ours: true };
    const [foreign] = sessions;
    if (foreign) return { running: foreign.id };
    const fresh = [...new Set(await recorded(qrs, task))].filter(id => !known.has(id));
    const [only, another] = fresh;
    if (another !== undefined) return open;
    if (only === undefined) return { running: undefined };
    return {
      session: only,
      ours: false,
      note: 'The answer to its start was lost; this run began at that moment.',
    };
  } catch {
    return open;
  }
}

const UNAVAILABLE = new Map([
  [2, 'has no active route'],
  [3, 'has no configured route'],
  [4, 'is not synchronised'],
  [5, 'is not migrated'],
]);

/** Says why QRS did not start a task; QRS itself gives no reason (docs/qrs.md 5.3). */
async function reason(qrs: Qrs, task: Task): Promise<string> {
  const [now] = await findTasks(qrs, { ids: [task.id], names: [] });
  const said = `Site "${qrs.site.name}" did not start task "${task.name}"`;
  if (!now) return `${said}: it no longer exists.`;
  if (!now.enabled) return `${said}: it is disabled. Enable it in the QMC.`;
  const unavailable = UNAVAILABLE.get(now.app?.availabilityStatus ?? 0);
  if (unavailable) return `${said}: its app "${now.app?.name}" ${unavailable}.`;
  return `${said} and does not say why. Is a scheduler running that may take it, and is its app available?`;
}
