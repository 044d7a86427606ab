import { setTimeout as wait } from 'node:timers/promises';
import { StoppedError } from './errors.ts';

/** The clock is a parameter, so that tests can move it by hand. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms` milliseconds; rejects with StoppedError when the signal aborts first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** A clock that also measures time spans, unaffected by changes of the machine's time. */
export interface SteadyClock extends Clock {
  /** Milliseconds since an arbitrary moment; never decreases. */
  steady(): number;
}

/** Calls `tick` each `ms` milliseconds, until the function that it returns is called. Keeps no process alive. */
export function every(ms: number, tick: () => void): () => void {
  const timer = setInterval(tick, ms);
  timer.unref();
  return () => clearInterval(timer);
}

export const systemClock: SteadyClock = {
  now: () => Date.now(),
  steady: () => performance.now(),
  sleep: async (ms, signal) => {
    try {
      await wait(ms, undefined, { signal });
    } catch (cause) {
      throw new StoppedError('Stopped while it waited: the run was cancelled, or its time was up.', {
        cause,
      });
    }
  },
};

/** Two machines whose clocks differ by less need no warning. Ms. */
export const CLOCK_TOLERANCE = 30_000;
