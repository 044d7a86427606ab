import { messageOf, RemoteError, StoppedError } from '../base/errors.ts';
import { whileWaiting } from '../base/waiting.ts';
import type { Qrs } from '../qrs/connection.ts';
import { RESULTS_AT_ONCE, type Result, resultsOfSessions } from '../qrs/execution-results.ts';
import { type ExecutionSession, stillRunning } from '../qrs/executions.ts';
import { judgeRun, type RunEnd } from './judge-run.ts';
import { type NamedRun, runWords } from './run-words.ts';

/** Follows runs on one site; one request serves all of them. */
export interface Watcher {
  /**
   * Resolves when the run has ended, at `deadline` (ms since the epoch), or when the watcher's signal aborts. Shows the
   * run's progress until then.
   */
  follow(session: string, deadline: number, run: NamedRun): Promise<RunEnd>;
}

const SECOND = 1_000;
const SLOWEST = 15_000;
/** Longer than any poll takes, also with silence in between. Ms. */
const LONG_POLL = 300_000;
/** A site that refuses for so long will go on refusing; one that is starting refuses for a shorter while. Ms. */
const REFUSED = 120_000;

interface FollowedRun {
  session: string;
  since: number;
  /** The session as the site last showed it; undefined where it did not. */
  seen: ExecutionSession | undefined;
  deadline: number;
  /** When a look first showed that the session is gone. */
  gone: number | undefined;
  records: readonly Result[];
  /** The number of looks with an unusable record. */
  odd: number;
  end: PromiseWithResolvers<RunEnd>;
}

interface Watch {
  qrs: Qrs;
  /** The followed runs, by session. */
  runs: Map<string, FollowedRun>;
  looping: boolean;
  /** The site's Retry-After, ms. */
  pauseAtLeast: number;
  /** Since when the site has answered with refusals only. */
  refusedSince: number | undefined;
}

/**
 * A run has ended when its session is gone and its newest record is final: with retries, a session continues after a
 * failed record, and the task's own last result may still belong to an earlier run (docs/qrs.md 5.3). A site that
 * restarts or does not answer gets time to come back.
 */
export function watchRuns(qrs: Qrs): Watcher {
  const watch: Watch = { qrs, runs: new Map(), looping: false, pauseAtLeast: 0, refusedSince: undefined };
  return {
    follow: async (session, deadline, followed) => {
      const run: FollowedRun = {
        session,
        since: qrs.clock.now(),
        seen: undefined,
        deadline,
        gone: undefined,
        records: [],
        odd: 0,
        end: Promise.withResolvers<RunEnd>(),
      };
      watch.runs.set(session, run);
      void begin(watch);
      const words = (time: string) =>
        runWords(followed, run.seen, { qrs, time, gone: run.gone !== undefined });
      return whileWaiting(qrs.log, words, () => run.end.promise);
    },
  };
}

async function begin(watch: Watch): Promise<void> {
  if (watch.looping) return;
  watch.looping = true;
  try {
    await loop(watch);
  } catch (error) {
    for (const { end } of watch.runs.values()) end.reject(error);
    watch.runs.clear();
  } finally {
    watch.looping = false;
  }
}

async function loop(watch: Watch): Promise<void> {
  const { qrs, runs } = watch;
  while (runs.size > 0) {
    try {
      const next = pause([...runs.values()], qrs.clock.now(), watch.pauseAtLeast);
      await qrs.clock.sleep(next, qrs.signal);
      watch.pauseAtLeast = 0;
      giveUp(watch, 'timeout');
      if (runs.size > 0) await look(watch);
      watch.refusedSince = undefined;
    } catch (error) {
      if (qrs.signal.aborted) giveUp(watch, 'cancelled');
      else bearTrouble(watch, error);
    }
  }
}

/** Sends one request for the sessions, and one for the records of those that are gone. */
async function look({ qrs, runs }: Watch): Promise<void> {
  const soonest = Math.min(...[...runs.values()].map(run => run.deadline)) - qrs.clock.now();
  // The poll ends at the next deadline; it takes less than this in any case.
  // The deadline may have passed since the last look at the clock.
  const limit = soonest < LONG_POLL ? [AbortSignal.timeout(Math.max(0, Math.ceil(soonest)))] : [];
  const limited = qrs.under(AbortSignal.any([qrs.signal, ...limit]));
  const present = await stillRunning(limited, [...runs.keys()]);
  for (const run of runs.values()) seeSession(run, present.get(run.session), qrs.clock.now());
  const gone = [...runs.values()].filter(run => run.gone !== undefined).slice(0, RESULTS_AT_ONCE);
  const sessions = gone.map(run => run.session);
  const { found, odd } = await resultsOfSessions(limited, sessions);
  for (const run of gone) {
    const ended = judgeRun(run, found, odd, qrs.clock.now());
    if (ended) end(runs, run, ended);
  }
}

function seeSession(run: FollowedRun, session: ExecutionSession | undefined, now: number): void {
  run.seen = session;
  run.gone = session ? undefined : (run.gone ?? now);
}

/** Goes on after troubles that may pass; a long refusal ends the wait for all runs. */
function bearTrouble(watch: Watch, error: unknown): void {
  if (error instanceof StoppedError) return;
  if (!(error instanceof RemoteError)) throw error;
  const { qrs, runs } = watch;
  const now = qrs.clock.now();
  watch.refusedSince = error.final ? (watch.refusedSince ?? now) : undefined;
  watch.pauseAtLeast = error.retryAfter ?? 0;
  qrs.log.debug(`${messageOf(error)} Asking again.`);
  if (watch.refusedSince === undefined || now - watch.refusedSince < REFUSED) return;
  const why = `${error.message.replace(/\.$/, '')}; it may still be running`;
  for (const run of [...runs.values()]) end(runs, run, { how: 'unknown', records: run.records, why });
}

function giveUp({ qrs, runs }: Watch, how: 'timeout' | 'cancelled'): void {
  for (const run of [...runs.values()]) {
    if (how === 'cancelled' || qrs.clock.now() >= run.deadline) end(runs, run, { how, records: run.records });
  }
}

function end(runs: Watch['runs'], run: FollowedRun, ended: RunEnd): void {
  runs.delete(run.session);
  run.end.resolve(ended);
}

/**
 * The pause until the next poll: a second for runs younger than a minute, then a twelfth of the age, up to fifteen
 * seconds. The youngest run decides, and no pause passes a deadline.
 */
function pause(runs: readonly FollowedRun[], now: number, atLeast: number): number {
  const youngest = Math.min(...runs.map(run => now - run.since));
  const next = youngest < 60_000 ? SECOND : Math.min(SLOWEST, youngest / 12);
  const soonest = Math.min(...runs.map(run => run.deadline - now));
  // Where a record lags behind its session, poll at the quick pace.
  const late = runs.some(run => run.gone !== undefined) ? SECOND : next;
  return Math.ceil(Math.max(1, Math.min(Math.max(Math.min(next, late), atLeast), soonest)));
}
