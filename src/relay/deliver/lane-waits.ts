import type { LaneBook, Waiting } from '../store/lane-book.ts';

/** The lane of the credential, for which every other one waits. */
export const EVERY_LANE = '';

/** Pauses double from the first to the longest, ms. */
export interface Backoff {
  first: number;
  longest: number;
}

export type LaneWaits = ReturnType<typeof createLaneWaits>;

/** Which lanes of the book wait, until when, and why. `steady` and `random`: see `createLanes`. */
export function createLaneWaits(book: LaneBook, steady: () => number, random: () => number) {
  /** Returns the pause, ms. */
  function pauseLane(
    name: string,
    kind: Waiting['kind'],
    pause: number,
    reason: string,
    head?: string,
  ): number {
    const before = book.lanes[name];
    const failures = before?.kind === kind ? before.failures + 1 : 1;
    const heads = new Set([...(before?.heads ?? []), ...(head === undefined ? [] : [head])]);
    const freed = before?.freed ?? false;
    const since = steady();
    book.lanes[name] = { kind, since, until: since + pause, failures, reason, heads: [...heads], freed };
    return pause;
  }

  /** The next pause of a lane that failed for the same reason before, ms. */
  function nextPause(name: string, kind: Waiting['kind'], { first, longest }: Backoff): number {
    const before = book.lanes[name];
    const times = before?.kind === kind ? before.failures : 0;
    return Math.min(first * 2 ** Math.min(times, 20) * (1 + random() / 4), longest);
  }

  return {
    pauseLane,
    nextPause,
    /** Ms until the lane is free. */
    left: (name: string) => Math.ceil(Math.max(0, (book.lanes[name]?.until ?? 0) - steady())),
  };
}
