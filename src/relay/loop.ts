import { messageOf, StoppedError } from '../base/errors.ts';
import type { Relay } from './relay.ts';

/** Work that is repeated until the relay stops. */
export interface Loop {
  /** Ends the pause, or leaves out the next one. */
  ring(): void;
  done: Promise<void>;
}

/** After an error, ms. */
const PAUSE = 1_000;

/** Repeats `turn`, which resolves to the pause after it, ms. An error is logged, and ends nothing. */
export function loop(
  { clock, log, signal }: Pick<Relay, 'clock' | 'log' | 'signal'>,
  turn: () => Promise<number>,
): Loop {
  let bell = new AbortController();
  signal.addEventListener('abort', () => bell.abort(), { once: true });

  async function pauseAfterTurn(): Promise<number> {
    try {
      return await turn();
    } catch (error) {
      if (!(error instanceof StoppedError)) log.warning(messageOf(error));
      return PAUSE;
    }
  }

  async function repeat() {
    while (!signal.aborted) {
      const pause = await pauseAfterTurn();
      if (pause > 0) {
        await clock.sleep(pause, bell.signal).catch(error => {
          if (!(error instanceof StoppedError)) throw error;
        });
      }
      if (bell.signal.aborted) bell = new AbortController();
    }
  }
  return { ring: () => bell.abort(), done: repeat() };
}
