import type { Clock } from './clock.ts';

interface Appointment {
  readonly at: number;
  readonly work: () => void;
}

/** A clock that stands still until it is put forward: a run of two hours takes a test no time. */
export interface HandClock extends Clock {
  /** Does all that is due until then, in its order, each at its time; what that work asks for as well. */
  advance(milliseconds: number): void;
  /** Milliseconds until the next thing is due; undefined when nobody waits. */
  untilNext(): number | undefined;
}

export function handClock(start = Date.now()): HandClock {
  const waiting = new Set<Appointment>();
  let time = start;

  // Of two that are due at the same time, the one asked for first.
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
