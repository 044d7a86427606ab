import { messageOf, StoppedError } from '../base/errors.ts';
import type { Relay } from './relay.ts';

/** Work that is repeated until the relay stops. */
export interface Loop {
  /** Ends the pause, or leaves out the next one. */
  ring(): void;
  done: Promise<void>;
}

/** After an error, ms: doubled after each further one, up to the longest. */
const PAUSE = 1_000;
const LONGEST = 15_000;

/** Repeats `turn`, which resolves to the pause after it, ms. An error is logged, and ends nothing. */
export function loop(
  { clock, log, signal }: Pick<Relay, 'clock' | 'log' | 'signal'>,
  turn: () => Promise<number>,
): Loop {
  let bell = new AbortController();
  let failures = 0;
  let logged = '';
  signal.addEventListener('abort', () => bell.abort(), { once: true });

  async function pauseAfterTurn(): Promise<number> {
    try {
      const pause = await turn();
      [failures, logged] = [0, ''];
      return pause;
    } catch (error) {
      if (error instanceof StoppedError) return PAUSE;
      const words = messageOf(error);
      if (words === logged) log.debug(words);
      else log.warning(words);
      logged = words;
      failures += 1;
      return Math.min(PAUSE * 2 ** (failures - 1), LONGEST);
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
