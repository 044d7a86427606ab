import type { Clock } from '../base/clock.ts';
import { StoppedError } from '../base/errors.ts';

/** Wakes a loop that waits for work. */
export interface Bell {
  ring(): void;
  /** Resolves when it is rung, was rung since the last wait, `ms` have passed, or the signal aborts. */
  wait(ms: number, clock: Clock, signal: AbortSignal): Promise<void>;
}

export function createBell(): Bell {
  let rung = new AbortController();
  return {
    ring: () => rung.abort(),
    wait: async (ms, clock, signal) => {
      const waiting = rung;
      const stop = () => waiting.abort();
      signal.addEventListener('abort', stop, { once: true });
      try {
        if (!signal.aborted && !waiting.signal.aborted && ms > 0) await clock.sleep(ms, waiting.signal);
      } catch (error) {
        if (!(error instanceof StoppedError)) throw error;
      } finally {
        signal.removeEventListener('abort', stop);
        if (waiting.signal.aborted) rung = new AbortController();
      }
    },
  };
}
