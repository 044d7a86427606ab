import { messageOf, RemoteError, StoppedError } from '../base/errors.ts';
import { formatDuration } from '../base/units.ts';
import type { Qrs } from '../qrs/connection.ts';
import { isFinal, RESULTS_AT_ONCE, type Result, resultsOfSessions, stillRunning } from '../qrs/executions.ts';
import type { Odd } from '../qrs/shape.ts';

/** How following a run ended. `records`: of all its attempts, newest first, as far as known. */
export type Ended =
  | { how: 'final'; records: readonly Result[] }
  /** The session is gone, but no final record came within a minute; or QRS refuses to be asked. */
  | { how: 'unknown'; records: readonly Result[]; why: string }
  | { how: 'timeout' | 'cancelled'; records: readonly Result[] };

/** Follows runs on one site: all that are waited for share the requests. */
export interface Watcher {
  /** Resolves when the run has ended, at `deadline` (ms since the epoch), or when the watcher's signal aborts. */
  follow(session: string, deadline: number): Promise<Ended>;
}

const SECOND = 1_000;
const SLOWEST = 15_000;
/** Between two lines about waiting. */
const TELL = 30_000;
/** How long after its session a run's final record may come. */
const LATE = 60_000;
/** Longer than a poll can take, with silence in between. Ms. */
const LONG_POLL = 300_000;
/** A clear no for this long is not a passing trouble: a site that starts says no for a while, too. */
const REFUSED = 120_000;

interface Waiting {
  session: string;
  since: number;
  deadline: number;
  /** When the session was first seen to be gone. */
  gone: number | undefined;
  records: readonly Result[];
  /** In how many looks one of its records could not be used. */
  odd: number;
  resolve: (ended: Ended) => void;
  reject: (error: unknown) => void;
}

/**
 * A run has ended when its session is gone and its newest record is final: with retries a session goes on after
 * a failed record, and the task's own last result may still be the run before (docs/qrs.md 5.3). A site that
 * restarts or does not answer is waited out.
 */
export function watchRuns(qrs: Qrs): Watcher {
  const waiting = new Map<string, Waiting>();
  let looping = false;
  /** What the site asked for (Retry-After), ms. */
  let pauseAtLeast = 0;
  /** Since when the site has said nothing but a clear no. */
  let refused: number | undefined;

  const end = (run: Waiting, ended: Ended) => {
    waiting.delete(run.session);
    run.resolve(ended);
  };

  const turn = async () => {
    const soonest = Math.min(...[...waiting.values()].map(run => run.deadline)) - qrs.clock.now();
    // No answer is waited for past a deadline; a poll takes less than this in any case.
    const limit = soonest < LONG_POLL ? [AbortSignal.timeout(Math.max(1, Math.ceil(soonest)))] : [];
    const turned = qrs.under(AbortSignal.any([qrs.signal, ...limit]));
    const present = await stillRunning(turned, [...waiting.keys()]);
    const now = qrs.clock.now();
    for (const run of waiting.values()) run.gone = present.has(run.session) ? undefined : (run.gone ?? now);
    const gone = [...waiting.values()].filter(run => run.gone !== undefined).slice(0, RESULTS_AT_ONCE);
    if (gone.length === 0) return;
    const { found, odd } = await resultsOfSessions(
      turned,
      gone.map(run => run.session),
    );
    for (const run of gone) {
      const ended = look(run, found, odd, qrs.clock.now());
      if (ended) end(run, ended);
    }
  };

  const trouble = (error: unknown) => {
    if (error instanceof StoppedError) return;
    if (!(error instanceof RemoteError)) throw error;
    const now = qrs.clock.now();
    refused = error.final ? (refused ?? now) : undefined;
    pauseAtLeast = error.retryAfter ?? 0;
    qrs.log.debug(`${messageOf(error)} Asking again.`);
    if (refused === undefined || now - refused < REFUSED) return;
    const why = `${error.message.replace(/\.$/, '')}; it may still be running`;
    for (const run of [...waiting.values()]) end(run, { how: 'unknown', records: run.records, why });
  };

  const expire = (how: 'timeout' | 'cancelled') => {
    for (const run of [...waiting.values()]) {
      if (how === 'cancelled' || qrs.clock.now() >= run.deadline) end(run, { how, records: run.records });
    }
  };

  let told = qrs.clock.now();
  const tell = () => {
    const now = qrs.clock.now();
    if (waiting.size === 0 || now - told < TELL) return;
    told = now;
    const oldest = Math.max(...[...waiting.values()].map(run => now - run.since));
    const runs = waiting.size === 1 ? 'a run' : `${waiting.size} runs, the oldest`;
    qrs.log.info(`${qrs.site.name}: waiting for ${runs} for ${formatDuration(oldest)}.`);
  };

  const loop = async () => {
    while (waiting.size > 0) {
      try {
        const next = pause([...waiting.values()], qrs.clock.now(), pauseAtLeast);
        await qrs.clock.sleep(next, qrs.signal);
        pauseAtLeast = 0;
        await turn();
        refused = undefined;
      } catch (error) {
        if (qrs.signal.aborted) expire('cancelled');
        else trouble(error);
      }
      expire('timeout');
      tell();
    }
  };

  const begin = async () => {
    if (looping) return;
    looping = true;
    try {
      await loop();
    } catch (error) {
      for (const run of waiting.values()) run.reject(error);
      waiting.clear();
    } finally {
      looping = false;
    }
  };

  return {
    follow: (session, deadline) =>
      new Promise((resolve, reject) => {
        const since = qrs.clock.now();
        waiting.set(session, {
          session,
          since,
          deadline,
          gone: undefined,
          records: [],
          odd: 0,
          resolve,
          reject,
        });
        void begin();
      }),
  };
}

/** A record that cannot be used may be from the middle of a write, so it is looked at three times. */
const LOOKS = 3;

/** Looks at a run's records; undefined while it is not known how it ended. */
function look(run: Waiting, found: readonly Result[], odd: readonly Odd[], now: number): Ended | undefined {
  run.records = found.filter(result => result.executionID === run.session);
  const unreadable = oddOf(odd, run.session);
  run.odd = unreadable ? run.odd + 1 : 0;
  return unreadable ? oddEnd(run, unreadable) : judge(run, now);
}

/** The record of a run that cannot be used. Only those of runs that are waited for were asked for. */
export function oddOf(odd: readonly Odd[], run: string): Odd | undefined {
  return odd.find(({ session }) => session === undefined || session === run);
}

function oddEnd({ odd, records }: Waiting, record: Odd): Ended | undefined {
  return odd < LOOKS ? undefined : { how: 'unknown', records, why: unreadableRecord(record) };
}

/** Why a record tells nothing. */
export function unreadableRecord({ id, problem }: Odd): string {
  return `its session is gone, and its record${id === undefined ? '' : ` ${id}`} cannot be used: ${problem}`;
}

/** What a run whose session is gone has come to; undefined while its final record may still come. */
function judge({ records, gone = 0 }: Waiting, now: number): Ended | undefined {
  const [newest] = records;
  if (newest && isFinal(newest.status)) return { how: 'final', records };
  if (now - gone < LATE) return undefined;
  if (newest?.status === 'NeverStarted') return { how: 'final', records };
  const last = newest ? `the last that QRS showed of it is ${newest.status}` : 'QRS has no record of it';
  return { how: 'unknown', records, why: `its session is gone, and ${last}` };
}

/**
 * A second for runs younger than a minute, then a twelfth of the age, up to fifteen seconds: the youngest run
 * decides, and nobody's deadline is overslept.
 */
function pause(runs: readonly Waiting[], now: number, atLeast: number): number {
  const youngest = Math.min(...runs.map(run => now - run.since));
  const next = youngest < 60_000 ? SECOND : Math.min(SLOWEST, youngest / 12);
  const soonest = Math.min(...runs.map(run => run.deadline - now));
  // A record that lags behind its session is asked for at the quick pace.
  const late = runs.some(run => run.gone !== undefined) ? SECOND : next;
  return Math.ceil(Math.max(50, Math.min(Math.max(Math.min(next, late), atLeast), soonest)));
}
