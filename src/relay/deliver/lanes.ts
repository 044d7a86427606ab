import type { Metrics } from '../metrics.ts';
import type { FreeLane } from '../store/dispatch.ts';
import type { LaneBook } from '../store/lane-book.ts';
import { createLaneWaits, EVERY_LANE, type LaneWaits } from './lane-waits.ts';

/** Pauses double from the first to the longest, ms: after a refusal, a failure, and a limit without a time. */
const REFUSED = { first: 30_000, longest: 600_000 };
const TROUBLE = { first: 1_000, longest: 60_000 };
const UNSAID = { first: 60_000, longest: 600_000 };
/** The longest pause, whatever GitHub asks for; then the relay calls again. Ms. */
const LONGEST_ASKED = 3_600_000;
/** The clocks of two relays on one store differ by less, ms. */
const AHEAD = 5_000;
/** A 403 from a second repository within this time is probably a rate limit without its headers, ms. */
const TOGETHER = 60_000;
/** After so many failures in a row, try a delivery that has not failed: it shows whether the whole lane fails. */
const PROBE = 8;

export type Lanes = ReturnType<typeof createLanes>;

/**
 * When the relay may next call GitHub for each repository, and at all. A refusal stops the repository's lane, a rate
 * limit stops all lanes. `steady`: a clock that nobody sets. `random`: a number from 0 to 1, so that relays that lost
 * GitHub at the same time do not call it again at the same time.
 */
export function createLanes({
  repositories,
  interval,
  steady,
  random,
}: {
  repositories: readonly string[];
  interval: number;
  steady: () => number;
  random: () => number;
}) {
  const waits = createLaneWaits(steady, random);
  const pace: Pace = { earliest: steady() + interval, taken: new Map(), denied: undefined };
  return {
    ...turns(waits, pace, { repositories, interval, steady }),
    ...answers(waits, pace, steady),
    ...pages(waits, pace, { interval, steady }),
  };
}

interface Pace {
  earliest: number;
  /** When GitHub last took a delivery of each lane. */
  taken: Map<string, number>;
  denied: LaneBook['denied'];
}

/** The lanes as the store keeps them. */
function pages(
  { lanes }: LaneWaits,
  pace: Pace,
  { interval, steady }: { interval: number; steady: () => number },
) {
  return {
    /** Replaces everything by what the store has. */
    open: (book: LaneBook) => {
      const now = steady();
      pace.earliest = Math.min(book.earliest, now + interval);
      pace.taken = new Map(Object.entries(book.taken));
      pace.denied = book.denied;
      lanes.clear();
      for (const [name, lane] of Object.entries(book.lanes)) {
        // `since` is in the future, so the clock was set back. No lane waits longer than its first pause.
        const isAhead = lane.since > now + AHEAD;
        lanes.set(name, isAhead ? { ...lane, since: now, until: now + lane.until - lane.since } : lane);
      }
    },
    book: (): LaneBook => ({
      earliest: pace.earliest,
      lanes: Object.fromEntries(lanes),
      taken: Object.fromEntries(pace.taken),
      denied: pace.denied,
    }),
    /** A relay that starts ends all waits, except those that GitHub asked for. */
    restart: () => {
      for (const [name, { kind, until }] of lanes)
        if (kind !== 'limited' || until <= steady()) lanes.delete(name);
    },
  };
}

/** Which lane may call next. */
function turns(
  waits: LaneWaits,
  pace: Pace,
  {
    repositories,
    interval,
    steady,
  }: { repositories: readonly string[]; interval: number; steady: () => number },
) {
  const leftForAll = () => Math.ceil(Math.max(0, pace.earliest - steady(), waits.left(EVERY_LANE)));

  return {
    /** Ms until GitHub may be called at all. */
    leftForAll,
    /** Ms until the next lane is free; 0 when one is. */
    next: () => Math.max(leftForAll(), Math.min(...repositories.map(waits.left))),
    /** Ms until another lane becomes free. */
    soonest: () => Math.min(...repositories.map(waits.left).filter(ms => ms > 0)),
    free: (): FreeLane[] =>
      repositories
        .filter(name => waits.left(name) === 0)
        .map(repository => {
          const { failures = 0, heads = [] } = waits.lanes.get(repository) ?? {};
          return { repository, except: failures % PROBE === 0 ? heads : [] };
        }),
    measure: ({ paused, laneWaits }: Pick<Metrics, 'paused' | 'laneWaits'>) => {
      paused.set(waits.left(EVERY_LANE) > 0 ? 1 : 0);
      for (const repository of repositories)
        laneWaits.set({ repository }, waits.left(repository) > 0 ? 1 : 0);
    },
    /** A call begins. */
    called: () => {
      pace.earliest = steady() + interval;
    },
  };
}

/** What each kind of answer of GitHub means for its lane, and for all. */
function answers({ lanes, pauseLane, nextPause }: LaneWaits, pace: Pace, steady: () => number) {
  return {
    /**
     * Ends the wait of this lane, and once that of lanes in which GitHub failed. `wait`: until the rate limit's hour
     * ends, ms.
     */
    accepted: (repository: string, wait: number | undefined) => {
      for (const name of [repository, EVERY_LANE]) lanes.delete(name);
      pace.taken.set(repository, steady());
      for (const [name, lane] of lanes) {
        if (lane.kind === 'trouble' && !lane.freed) lanes.set(name, { ...lane, until: 0, freed: true });
      }
      if (wait !== undefined)
        pauseLane(
          EVERY_LANE,
          'limited',
          Math.min(wait, LONGEST_ASKED),
          'The budget of this hour is used up.',
        );
    },
    /** `wait`: how long GitHub asks all to wait, where it says so, ms. */
    limited: (wait: number | undefined, reason: string) => {
      const pause = wait ?? nextPause(EVERY_LANE, 'limited', UNSAID);
      return pauseLane(EVERY_LANE, 'limited', Math.min(Math.max(pause, 1000), LONGEST_ASKED), reason);
    },
    refused: (repository: string, status: number, reason: string) => {
      if (status === 403 && !lanes.has(repository)) {
        const { denied } = pace;
        if (denied && denied.repository !== repository && steady() - denied.at <= TOGETHER) {
          const why = `A second repository refuses a call, so GitHub may limit them. ${reason}`;
          pauseLane(EVERY_LANE, 'limited', nextPause(EVERY_LANE, 'limited', UNSAID), why);
        }
        pace.denied = { repository, at: steady() };
      }
      pauseLane(repository, 'refused', nextPause(repository, 'refused', REFUSED), reason);
    },
    credentialRefused: (reason: string) =>
      pauseLane(EVERY_LANE, 'refused', nextPause(EVERY_LANE, 'refused', REFUSED), reason),
    /**
     * Returns false if GitHub has accepted another delivery of this lane since this one first `failed`: then only this
     * one waits. `asked`: the pause that the answer asks for, ms.
     */
    trouble: (
      repository: string,
      { id, failed = steady() }: { id: string; failed?: number | undefined },
      reason: string,
      asked = 0,
    ): boolean => {
      if ((pace.taken.get(repository) ?? 0) > failed) return false;
      const pause = Math.max(nextPause(repository, 'trouble', TROUBLE), Math.min(asked, LONGEST_ASKED));
      pauseLane(repository, 'trouble', pause, reason, id);
      return true;
    },
  };
}
