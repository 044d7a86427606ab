import { setTimeout as wait } from 'node:timers/promises';
import { StoppedError } from './errors.ts';

/** Time, as a parameter: tests drive it by hand. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms` milliseconds; rejects with StoppedError when the signal aborts first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** A clock that also measures time spans, whoever sets the machine's time meanwhile. */
export interface SteadyClock extends Clock {
  /** Milliseconds since some moment; never set back. */
  steady(): number;
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
