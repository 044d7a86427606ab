import type { Metrics } from '../metrics.ts';
import type { FreeLane } from '../store/dispatch.ts';
import type { LaneBook, Waiting } from '../store/lane-book.ts';
import { createLaneWaits, EVERY_LANE, type LaneWaits } from './lane-waits.ts';

/** Pauses double from the first to the longest, ms: after a refusal, a failure, and a limit without a time. */
const REFUSED = { first: 30_000, longest: 600_000 };
const TROUBLE = { first: 1_000, longest: 60_000 };
const UNSAID = { first: 60_000, longest: 600_000 };
/** The longest pause, whatever GitHub asks for; then the relay calls again. Ms. */
const LONGEST_ASKED = 3_600_000;
/** The clocks of two relays on one store differ by less, ms. */
const AHEAD = 5_000;
/** What is no drift of a clock any more, ms. */
const SET = 1_000;
/** A 403 from a second repository within this time is probably a rate limit without its headers, ms. */
const TOGETHER = 60_000;
/** After so many failures in a row, try a delivery that has not failed: it shows whether the whole lane fails. */
const PROBE = 8;

export type Lanes = ReturnType<typeof createLanes>;

/**
 * When the relay may next call GitHub for each repository, and at all. A refusal stops the repository's lane, a rate
 * limit stops all lanes. `steady`: a clock that nobody sets. `random`: a number from 0 to 1, so that relays that lost
 * GitHub at the same time do not call it again at the same time. `ahead`: by how much the machine's clock is ahead of
 * the steady one, ms.
 */
export function createLanes({
  repositories,
  interval,
  steady,
  ahead,
  random,
}: {
  repositories: readonly string[];
  interval: number;
  steady: () => number;
  ahead: () => number;
  random: () => number;
}) {
  const book: LaneBook = { earliest: steady() + interval, lanes: {}, taken: {}, denied: undefined, ahead: 0 };
  const waits = createLaneWaits(book, steady, random);
  /** Replaces everything by what the store has. */
  function open({ earliest, lanes, taken, denied }: LaneBook) {
    const now = steady();
    // `since` is in the future, so the clock was set back. No lane waits longer than its first pause.
    const opened = Object.entries(lanes).map(([name, lane]): [string, Waiting] => [
      name,
      lane.since > now + AHEAD ? { ...lane, since: now, until: now + lane.until - lane.since } : lane,
    ]);
    book.earliest = Math.min(earliest, now + interval);
    book.lanes = Object.fromEntries(opened);
    book.taken = { ...taken };
    book.denied = denied;
  }

  return {
    ...turns(waits, book, { repositories, interval, steady }),
    ...answers(waits, book, steady),
    open,
    book: (): LaneBook => ({
      ...book,
      lanes: { ...book.lanes },
      taken: { ...book.taken },
      ahead: ahead(),
    }),
    /**
     * Opens what an earlier relay left. A relay that starts ends all waits, except those that GitHub asked for. Its
     * steady time begins at the machine's clock, which may have been set while the earlier one ran.
     */
    restart: (left: LaneBook) => {
      const set = left.ahead - ahead();
      const asked = Object.entries(left.lanes)
        .map(([name, lane]) => [name, { ...lane, since: lane.since + set, until: lane.until + set }] as const)
        .filter(([, { kind, until }]) => kind === 'limited' && until > steady());
      open({ ...left, earliest: left.earliest + set, lanes: Object.fromEntries(asked) });
    },
    /** Whether the machine's clock was set since somebody wrote this book. */
    clockWasSet: (written: LaneBook) => Math.abs(written.ahead - ahead()) > SET,
  };
}

/** Which lane may call next. */
function turns(
  waits: LaneWaits,
  book: LaneBook,
  {
    repositories,
    interval,
    steady,
  }: { repositories: readonly string[]; interval: number; steady: () => number },
) {
  const leftForAll = () => Math.ceil(Math.max(0, book.earliest - steady(), waits.left(EVERY_LANE)));

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
          const { failures = 0, heads = [] } = book.lanes[repository] ?? {};
          return { repository, except: failures % PROBE === 0 ? heads : [] };
        }),
    measure: ({ paused, laneWaits }: Pick<Metrics, 'paused' | 'laneWaits'>) => {
      paused.set(waits.left(EVERY_LANE) > 0 ? 1 : 0);
      for (const repository of repositories)
        laneWaits.set({ repository }, waits.left(repository) > 0 ? 1 : 0);
    },
    /** A call begins. */
    called: () => {
      book.earliest = steady() + interval;
    },
  };
}

/** What each kind of answer of GitHub means for its lane, and for all. */
function answers({ pauseLane, nextPause }: LaneWaits, book: LaneBook, steady: () => number) {
  return {
    /**
     * Ends the wait of this lane, and once that of lanes in which GitHub failed. `wait`: until the rate limit's hour
     * ends, ms.
     */
    accepted: (repository: string, wait: number | undefined) => {
      for (const name of [repository, EVERY_LANE]) delete book.lanes[name];
      book.taken[repository] = steady();
      for (const [name, lane] of Object.entries(book.lanes)) {
        if (lane.kind === 'trouble' && !lane.freed) book.lanes[name] = { ...lane, until: 0, freed: true };
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
      if (status === 403 && !book.lanes[repository]) {
        const { denied } = book;
        if (denied && denied.repository !== repository && steady() - denied.at <= TOGETHER) {
          const why = `A second repository refuses a call, so GitHub may limit them. ${reason}`;
          pauseLane(EVERY_LANE, 'limited', nextPause(EVERY_LANE, 'limited', UNSAID), why);
        }
        book.denied = { repository, at: steady() };
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
      if ((book.taken[repository] ?? 0) > failed) return false;
      const pause = Math.max(nextPause(repository, 'trouble', TROUBLE), Math.min(asked, LONGEST_ASKED));
      pauseLane(repository, 'trouble', pause, reason, id);
      return true;
    },
  };
}
