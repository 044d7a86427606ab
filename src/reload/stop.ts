import { abortedAfter } from '../base/deadline.ts';
import { messageOf } from '../base/errors.ts';
import type { Qrs } from '../qrs/connection.ts';
import { isFinal, type Result, resultsOfSessions } from '../qrs/execution-results.ts';
import { isOurs, stillRunning, stopTasks } from '../qrs/executions.ts';
import { oddOf, unreadableRecord } from './judge-run.ts';

/** A run that the request no longer waits for. */
interface GivenUpRun {
  task: { id: string; name: string };
  session: string;
  /** Whether to stop it; never for a run that others started. */
  stop: boolean;
}

/** The result of the last look at a run. */
type StopOutcome =
  | { now: 'over'; records: readonly Result[] }
  | { now: 'running'; ours: boolean; records: readonly Result[] }
  | { now: 'unknown'; why: string };

/** Ends the wait for runs on one site; one request serves all that are given up at the same time. */
export type RunStopper = (ending: GivenUpRun) => Promise<StopOutcome>;

/** The time after a cancellation to find runs and stop them; the runner ends the process after ten seconds. Ms. */
export const WHEN_CANCELLED = 6_000;
/** The time for a stop to show without a cancellation. Ms. */
const AFTER_TIMEOUT = 60_000;
const LOOK_AGAIN = 500;

interface Waiting extends GivenUpRun {
  resolve: (ended: StopOutcome) => void;
}

/**
 * Looks once more at each run, stops those that must be stopped, and waits until QRS says that they have ended: for six
 * seconds after a cancellation, otherwise a minute. A lost answer is requested again. QRS stops a task by its id, so a
 * task whose session is gone, or is somebody else's, is left alone.
 */
export function runStopper(run: Qrs): RunStopper {
  const late = abortedAfter(run.signal, WHEN_CANCELLED);
  let waiting: Waiting[] = [];
  const begin = () => {
    const batch = waiting;
    waiting = [];
    void endAll(run.under(AbortSignal.any([late, AbortSignal.timeout(AFTER_TIMEOUT)])), batch);
  };
  return ending =>
    new Promise(resolve => {
      // One request for all that end in the same turn.
      if (waiting.length === 0) setImmediate(begin);
      waiting.push({ ...ending, resolve });
    });
}

async function endAll(qrs: Qrs, batch: readonly Waiting[]): Promise<void> {
  const until = qrs.clock.now() + AFTER_TIMEOUT;
  const open = new Map(batch.map(one => [one.session, one]));
  const asked = new Set<string>();
  let why = 'the site does not answer';
  const end = (one: Waiting, ended: StopOutcome) => {
    open.delete(one.session);
    one.resolve(ended);
  };
  while (open.size > 0 && qrs.clock.now() < until && !qrs.signal.aborted) {
    try {
      await endTurn(qrs, open, asked, end);
      why =
        asked.size > 0 ? 'it was asked to stop, but QRS did not say in time that it has' : 'it has no record';
      if (open.size > 0) await qrs.clock.sleep(LOOK_AGAIN, qrs.signal);
    } catch (error) {
      why = messageOf(error).replace(/\.$/, '');
      await qrs.clock.sleep(LOOK_AGAIN, qrs.signal).catch(() => {});
    }
  }
  for (const one of [...open.values()]) end(one, { now: 'unknown', why });
}

async function endTurn(
  qrs: Qrs,
  open: ReadonlyMap<string, Waiting>,
  asked: Set<string>,
  end: (one: Waiting, ended: StopOutcome) => void,
): Promise<void> {
  const running = await stillRunning(qrs, [...open.keys()]);
  const all = [...open.values()];
  const mayStop = (one: Waiting) => {
    const session = running.get(one.session);
    return one.stop && session !== undefined && isOurs(session, qrs);
  };
  const stop = all.filter(one => mayStop(one) && !asked.has(one.session));
  if (stop.length > 0) {
    await stopTasks(
      qrs,
      stop.map(({ task }) => task),
    );
    for (const { session, task } of stop) {
      asked.add(session);
      qrs.log.info(`${qrs.site.name}: asked task "${task.name}" to stop.`);
    }
  }
  const settled = all.filter(one => !mayStop(one));
  const { found: results, odd } = await resultsOfSessions(
    qrs,
    settled.map(({ session }) => session),
  );
  for (const one of settled) {
    const records = results.filter(({ executionID }) => executionID === one.session);
    const session = running.get(one.session);
    const unreadable = oddOf(odd, one.session);
    if (session) end(one, { now: 'running', ours: isOurs(session, qrs), records });
    else if (records[0] && isFinal(records[0].status)) end(one, { now: 'over', records });
    else if (unreadable) end(one, { now: 'unknown', why: unreadableRecord(unreadable) });
  }
}
