import type { Waiting } from '../store/lane-book.ts';

/** The lane of the credential, for which every other one waits. */
export const EVERY_LANE = '';

/** Pauses double from the first to the longest, ms. */
export interface Backoff {
  first: number;
  longest: number;
}

export type LaneWaits = ReturnType<typeof createLaneWaits>;

/** Which lanes wait, until when, and why. `steady` and `random`: see `createLanes`. */
export function createLaneWaits(steady: () => number, random: () => number) {
  const lanes = new Map<string, Waiting>();

  /** Returns the pause, ms. */
  function pauseLane(
    name: string,
    kind: Waiting['kind'],
    pause: number,
    reason: string,
    head?: string,
  ): number {
    const before = lanes.get(name);
    const failures = before?.kind === kind ? before.failures + 1 : 1;
    const heads = new Set([...(before?.heads ?? []), ...(head === undefined ? [] : [head])]);
    const freed = before?.freed ?? false;
    const since = steady();
    lanes.set(name, { kind, since, until: since + pause, failures, reason, heads: [...heads], freed });
    return pause;
  }

  /** The next pause of a lane that failed for the same reason before, ms. */
  function nextPause(name: string, kind: Waiting['kind'], { first, longest }: Backoff): number {
    const before = lanes.get(name);
    const times = before?.kind === kind ? before.failures : 0;
    return Math.min(first * 2 ** Math.min(times, 20) * (1 + random() / 4), longest);
  }

  return {
    lanes,
    pauseLane,
    nextPause,
    /** Ms until the lane is free. */
    left: (name: string) => Math.ceil(Math.max(0, (lanes.get(name)?.until ?? 0) - steady())),
  };
}
