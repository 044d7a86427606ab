/** When GitHub may be called next, and whether something is amiss. Times in ms; pure but for its own state. */
export interface Pace {
  /** Not before. */
  next(): number;
  /** A call begins. */
  called(now: number): void;
  /** It ended well: what was amiss is over. */
  succeeded(): void;
  /** GitHub asked for a pause. */
  rest(until: number): void;
  /** GitHub was away, or stumbled: wait longer each time. Returns the pause. */
  failed(now: number): number;
  /** How often in a row it was. */
  failures(): number;
}

/** The longest pause between tries while GitHub is away, ms. */
const LONGEST = 300_000;

/**
 * One credential's manners: at least `interval` between calls, and everybody waits when GitHub says so. `random`
 * is a number from 0 to 1: relays that were cut off together must not come back together.
 */
export function createPace(interval: number, random: () => number): Pace {
  let earliest = 0;
  let failures = 0;
  return {
    next: () => earliest,
    called: now => {
      earliest = Math.max(earliest, now + interval);
    },
    succeeded: () => {
      failures = 0;
    },
    rest: until => {
      earliest = Math.max(earliest, until);
    },
    failed: now => {
      const pause = Math.min(1000 * 2 ** failures, LONGEST) * (0.75 + random() / 2);
      failures += 1;
      earliest = Math.max(earliest, now + pause);
      return pause;
    },
    failures: () => failures,
  };
}
