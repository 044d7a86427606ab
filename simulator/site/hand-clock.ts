import type { Clock } from './clock.ts';

interface Appointment {
  readonly at: number;
  readonly work: () => void;
}

/** A clock that moves only when a test advances it: a run of two hours takes no real time. */
export interface HandClock extends Clock {
  /** Does all work that is due until then, in order and each at its time, including work that is added meanwhile. */
  advance(milliseconds: number): void;
  /** Milliseconds until the next work is due; undefined if there is none. */
  untilNext(): number | undefined;
}

export function handClock(start = Date.now()): HandClock {
  const waiting = new Set<Appointment>();
  let time = start;

  // If two are due at the same time, the first one requested comes first.
  function earliest(until: number): Appointment | undefined {
    let first: Appointment | undefined;
    for (const one of waiting) if (one.at <= until && (!first || one.at < first.at)) first = one;
    return first;
  }

  return {
    now: () => time,
    untilNext() {
      const next = earliest(Number.POSITIVE_INFINITY);
      return next && next.at - time;
    },
    later(milliseconds, work) {
      const appointment = { at: time + milliseconds, work };
      waiting.add(appointment);
      return () => waiting.delete(appointment);
    },
    advance(milliseconds) {
      const until = time + milliseconds;
      for (let next = earliest(until); next; next = earliest(until)) {
        waiting.delete(next);
        time = next.at;
        next.work();
      }
      time = until;
    },
  };
}
