import { messageOf } from '../base/errors.ts';
import type { Limiter } from '../base/limit.ts';
import { formatDuration } from '../base/units.ts';
import type { Qrs } from '../qrs/connection.ts';
import type { Result } from '../qrs/execution-results.ts';
import { makeManualTask, type Task } from '../qrs/tasks.ts';
import type { Watcher } from './follow.ts';
import type { RunEnd } from './judge-run.ts';
import type { RunPlan } from './plan.ts';
import type { ReloadRequest } from './request.ts';
import { usualDuration } from './run-words.ts';
import { type ScriptLog, saveScriptLog } from './script-log.ts';
import { findRun, type StartOutcome, start } from './start.ts';
import { type RunStopper, WHEN_CANCELLED } from './stop.ts';

/** The outcome of one run. Success is `succeeded`, or `started` where the request does not wait. */
export interface RunOutcome {
  plan: RunPlan;
  task?: Task;
  session?: string;
  verdict: 'succeeded' | 'started' | 'failed' | 'not started' | 'unknown';
  /** The records of all attempts, newest first. */
  records: readonly Result[];
  /** Why it did not succeed; a sentence. */
  why?: string;
  log?: ScriptLog;
  notes: readonly string[];
}

export interface ReloadContext {
  qrs: Qrs;
  watcher: Watcher;
  stopRun: RunStopper;
  /** Limits the starts under way. */
  slot: Limiter;
  request: ReloadRequest;
  /** The end of the whole request's time, ms since the epoch. */
  until: number;
  /** The folder for script logs. */
  logs: string;
}

const LOOK_AGAIN = 500;

/** Starts one task and follows it to its end. Never throws: the outcome holds failures. */
export async function runTask(plan: RunPlan, running: ReloadContext): Promise<RunOutcome> {
  const { qrs, watcher, request, slot, until } = running;
  if (qrs.clock.now() >= until) return notInTime(plan, request);
  const deadline = Math.min(qrs.clock.now() + request.timeout, until);
  let outcome: RunOutcome = { plan, verdict: 'not started', records: [], notes: [] };
  try {
    const task = 'task' in plan.of ? plan.of.task : await makeManualTask(qrs, plan.of.app, plan.of.partial);
    const notes = 'note' in plan.of && plan.of.note !== undefined ? [plan.of.note] : [];
    outcome = { ...outcome, task, notes };
    const started = await findLostRun(
      await start(plan, task, { qrs, watcher, request, deadline, slot }),
      task,
      qrs,
    );
    if ('notStarted' in started) return { ...outcome, why: started.notStarted };
    if ('lost' in started) return { ...outcome, verdict: 'unknown', why: started.lost };
    const { session, ours, note } = started;
    outcome = { ...outcome, session, verdict: 'unknown', notes: note ? [...notes, note] : notes };
    qrs.log.info(
      `${qrs.site.name}: ${ours ? 'started' : 'joined'} task "${task.name}" (session ${session}).`,
    );
    if (!request.wait) return { ...outcome, verdict: 'started' };
    const followed = { name: task.name, usual: usualDuration(plan) };
    const ended = await watcher.follow(session, deadline, followed);
    outcome = { ...outcome, ...(await conclude(ended, { task, session, ours }, running)) };
    return await withLog(outcome, running);
  } catch (error) {
    return { ...outcome, why: messageOf(error) };
  }
}

function notInTime(plan: RunPlan, { totalTimeout = 0 }: ReloadRequest): RunOutcome {
  const why = `Task "${plan.name}" was not started: the ${formatDuration(totalTimeout)} of the request were up.`;
  return { plan, verdict: 'not started', records: [], notes: [], why };
}

function timeUp({ timeout, totalTimeout }: ReloadRequest, until: number, { clock }: Qrs): string {
  return totalTimeout !== undefined && clock.now() >= until
    ? `the ${formatDuration(totalTimeout)} of the whole request`
    : formatDuration(timeout);
}

/** After a cancellation, looks a little longer for the run of a start that was cut off, to stop it. */
async function findLostRun(started: StartOutcome, task: Task, qrs: Qrs): Promise<StartOutcome> {
  if (!('lost' in started) || !qrs.signal.aborted) return started;
  const brief = qrs.under(AbortSignal.timeout(WHEN_CANCELLED - 2_000));
  while (!brief.signal.aborted) {
    const again = await findRun(brief, task, started.known);
    if ('session' in again) return again;
    await brief.clock.sleep(LOOK_AGAIN, brief.signal).catch(() => {});
  }
  return started;
}

type Conclusion = Pick<RunOutcome, 'verdict' | 'records'> & { why?: string };

interface StartedRun {
  task: Task;
  session: string;
  ours: boolean;
}

async function conclude(ended: RunEnd, started: StartedRun, running: ReloadContext): Promise<Conclusion> {
  const { records } = ended;
  const { task, session } = started;
  if (ended.how === 'final') return verdictOf(`Task "${task.name}"`, records);
  if (ended.how === 'unknown') {
    const why = `How task "${task.name}" ended could not be learnt: ${ended.why} (session ${session}).`;
    return { verdict: 'unknown', records, why };
  }
  return giveUp(ended.how, started, running);
}

/** The newest record alone decides: a failed attempt that was repeated does not count. */
function verdictOf(started: string, records: readonly Result[]): Conclusion {
  const [newest] = records;
  if (newest?.status === 'FinishedSuccess') return { verdict: 'succeeded', records };
  const tries = records.length > 1 ? ` after ${records.length} attempts` : '';
  return { verdict: 'failed', records, why: `${started} ended as ${newest?.status}${tries}.` };
}

async function giveUp(
  how: 'timeout' | 'cancelled',
  { task, session, ours }: StartedRun,
  { request, stopRun, until, qrs }: ReloadContext,
): Promise<Conclusion> {
  const started =
    how === 'timeout'
      ? `Task "${task.name}" did not end within ${timeUp(request, until, qrs)}`
      : `Task "${task.name}" was running when this run was cancelled`;
  const policy = how === 'timeout' ? request.onTimeout : request.onCancel;
  const ended = await stopRun({ task, session, stop: ours && policy === 'stop' });
  if (ended.now === 'unknown') {
    const why = `${started}; what became of it is not known: ${ended.why} (session ${session}).`;
    return { verdict: 'unknown', records: [], why };
  }
  if (ended.now === 'running') {
    const others = ours && ended.ours ? '' : ', as others started it';
    return {
      verdict: 'failed',
      records: ended.records,
      why: `${started}; it goes on${others} (session ${session}).`,
    };
  }
  if (ended.records[0]?.status === 'Aborted') {
    return {
      verdict: 'failed',
      records: ended.records,
      why: `${started}; it was stopped and ended as Aborted.`,
    };
  }
  return verdictOf(`${started}; then it`, ended.records);
}

async function withLog(outcome: RunOutcome, { qrs, request, logs }: ReloadContext): Promise<RunOutcome> {
  const { task, verdict, records, notes } = outcome;
  const [newest] = records;
  const wanted = request.log === 'always' || (request.log === 'on-failure' && verdict === 'failed');
  if (!wanted || !newest || !hasLog(newest) || task?.kind !== 'reload' || qrs.signal.aborted) return outcome;
  const log = await saveScriptLog(qrs, task, newest, logs);
  return 'missing' in log ? { ...outcome, notes: [...notes, log.missing] } : { ...outcome, log };
}

/** A reload that never read its script has no script log. */
function hasLog({ status, scriptLogAvailable }: Result): boolean {
  return scriptLogAvailable || !['Skipped', 'Reset', 'NeverStarted'].includes(status);
}
