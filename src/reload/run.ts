import { messageOf } from '../base/errors.ts';
import { formatDuration } from '../base/units.ts';
import type { Qrs } from '../qrs/connection.ts';
import type { Result } from '../qrs/executions.ts';
import { createManualTask, type Task } from '../qrs/tasks.ts';
import type { Ended, Watcher } from './follow.ts';
import type { RunPlan } from './plan.ts';
import type { Request } from './request.ts';
import { type ScriptLog, saveScriptLog } from './script-log.ts';
import { start } from './start.ts';
import { stopRun } from './stop.ts';

/** What came of one run. Only `succeeded` is a success, and `started` when nobody wanted to wait. */
export interface RunOutcome {
  plan: RunPlan;
  task?: Task;
  session?: string;
  verdict: 'succeeded' | 'started' | 'failed' | 'not started' | 'unknown';
  /** Of all attempts, newest first. */
  records: readonly Result[];
  /** Why it did not succeed; a sentence. */
  why?: string;
  log?: ScriptLog;
  notes: readonly string[];
}

export interface Running {
  qrs: Qrs;
  watcher: Watcher;
  request: Request;
  /** Where script logs are kept. */
  logs: string;
}

/** A stop after a cancelled job must fit into the ten seconds that the runner leaves; after a timeout it need not. */
const STOP_WHEN_CANCELLED = 6_000;
const STOP_AFTER_TIMEOUT = 60_000;

/** Starts one task and follows it to its end. Never throws: what went wrong is in the outcome. */
export async function runTask(plan: RunPlan, running: Running): Promise<RunOutcome> {
  const { qrs, watcher, request } = running;
  const deadline = qrs.clock.now() + request.timeout;
  let outcome: RunOutcome = { plan, verdict: 'not started', records: [], notes: [] };
  try {
    const task = 'task' in plan.of ? plan.of.task : await createManualTask(qrs, plan.of.app, plan.of.partial);
    const started = await start(plan, task, { qrs, watcher, request, deadline });
    outcome = { ...outcome, task };
    if ('notStarted' in started) return { ...outcome, why: started.notStarted };
    const { session, ours, note } = started;
    outcome = { ...outcome, session, verdict: 'unknown', notes: note ? [note] : [] };
    qrs.log.info(
      `${qrs.site.name}: ${ours ? 'started' : 'joined'} task "${task.name}" (session ${session}).`,
    );
    if (!request.wait) return { ...outcome, verdict: 'started' };
    const ended = await watcher.follow(session, deadline);
    outcome = { ...outcome, ...(await conclude(ended, { task, session, ours, request, qrs })) };
    return await withLog(outcome, running);
  } catch (error) {
    return { ...outcome, why: messageOf(error) };
  }
}

type Conclusion = Pick<RunOutcome, 'verdict' | 'records'> & { why?: string };

interface Following {
  qrs: Qrs;
  request: Request;
  task: Task;
  session: string;
  ours: boolean;
}

async function conclude(ended: Ended, following: Following): Promise<Conclusion> {
  const { records } = ended;
  const name = `Task "${following.task.name}"`;
  if (ended.how === 'final') return verdictOf(name, records);
  if (ended.how === 'unknown') {
    return {
      verdict: 'unknown',
      records,
      why: `How task "${following.task.name}" ended could not be learnt: ${ended.why}.`,
    };
  }
  return giveUp(ended.how, name, records, following);
}

/** By the newest record alone: an attempt that failed and was repeated is history. */
function verdictOf(name: string, records: readonly Result[]): Conclusion {
  const [newest] = records;
  if (newest?.status === 'FinishedSuccess') return { verdict: 'succeeded', records };
  const tries = records.length > 1 ? ` after ${records.length} attempts` : '';
  return { verdict: 'failed', records, why: `${name} ended as ${newest?.status}${tries}.` };
}

async function giveUp(
  how: 'timeout' | 'cancelled',
  name: string,
  records: readonly Result[],
  { qrs, request, task, session, ours }: Following,
): Promise<Conclusion> {
  const told =
    how === 'timeout'
      ? `${name} did not end within ${formatDuration(request.timeout)}`
      : `${name} was running when this run was cancelled`;
  const policy = how === 'timeout' ? request.onTimeout : request.onCancel;
  if (policy === 'leave')
    return { verdict: 'failed', records, why: `${told}; it goes on (session ${session}).` };
  if (!ours) {
    return {
      verdict: 'failed',
      records,
      why: `${told}; it goes on, as others started it (session ${session}).`,
    };
  }
  const within = how === 'timeout' ? STOP_AFTER_TIMEOUT : STOP_WHEN_CANCELLED;
  const stopped = await stopRun(qrs, task, session, within);
  if (!stopped.over) return { verdict: 'unknown', records: stopped.records, why: `${told}; ${stopped.why}.` };
  const conclusion = verdictOf(name, stopped.records);
  if (conclusion.verdict === 'succeeded') return conclusion;
  return { ...conclusion, why: `${told}; it was stopped and ended as ${stopped.records[0]?.status}.` };
}

async function withLog(outcome: RunOutcome, { qrs, request, logs }: Running): Promise<RunOutcome> {
  const { task, verdict, records, notes } = outcome;
  const [newest] = records;
  const wanted = request.log === 'always' || (request.log === 'on-failure' && verdict === 'failed');
  if (!wanted || !newest || task?.kind !== 'reload' || qrs.signal.aborted) return outcome;
  const log = await saveScriptLog(qrs, task, newest, logs);
  return 'missing' in log ? { ...outcome, notes: [...notes, log.missing] } : { ...outcome, log };
}
