import { messageOf, StoppedError } from '../base/errors.ts';
import { logOnce } from './log-once.ts';
import type { Relay } from './relay.ts';

/** The longest pause of a loop that reads the store: a command or another relay may have changed it. Ms. */
export const STORE_READ_EVERY = 5_000;

/** Work that is repeated until the relay stops. */
export interface Loop {
  /** Makes the pause, or the next one, end at this time of the steady clock at the latest; default: now. */
  ring(at?: number): void;
  done: Promise<void>;
}

/** Pauses double from the first to the longest, ms; the last one is the longest after an error of a turn. */
const PAUSE = 1_000;
const LONGEST = 60_000;
const LONGEST_AFTER_ERROR = 15_000;

/** What is tried again after ever longer pauses. */
export interface Tries {
  /** On the steady clock. */
  due: number;
  failures: number;
}

/** Puts off what failed, for longer each time. Returns the pause, ms. */
export function postpone({ clock }: Pick<Relay, 'clock'>, tries: Tries, longest = LONGEST): number {
  const pause = Math.min(PAUSE * 2 ** Math.min(tries.failures, 10), longest);
  tries.failures += 1;
  tries.due = clock.steady() + pause;
  return pause;
}

/** Repeats `turn`, which resolves to the pause after it, ms. An error is logged, and ends nothing. */
export function loop(
  { clock, log, signal }: Pick<Relay, 'clock' | 'log' | 'signal'>,
  turn: () => Promise<number>,
): Loop {
  const tries: Tries = { due: 0, failures: 0 };
  const { trouble, well } = logOnce(log);
  /** Ends the pause under way. */
  let bell = new AbortController();
  /** When the pause under way ends by itself; none is under way: never. */
  let until = Number.NEGATIVE_INFINITY;
  /** When the next one is to end at the latest. */
  let latest = Number.POSITIVE_INFINITY;
  signal.addEventListener('abort', () => bell.abort(), { once: true });

  async function pauseAfterTurn(): Promise<number> {
    try {
      const pause = await turn();
      tries.failures = 0;
      well();
      return pause;
    } catch (error) {
      if (error instanceof StoppedError) return PAUSE;
      trouble(messageOf(error));
      return postpone({ clock }, tries, LONGEST_AFTER_ERROR);
    }
  }

  async function sleep(pause: number) {
    bell = new AbortController();
    until = clock.steady() + pause;
    await clock.sleep(pause, bell.signal).catch(error => {
      if (!(error instanceof StoppedError)) throw error;
    });
    until = Number.NEGATIVE_INFINITY;
  }

  async function repeat() {
    while (!signal.aborted) {
      const pause = await pauseAfterTurn();
      const least = Math.min(pause, Math.ceil(latest - clock.steady()));
      latest = Number.POSITIVE_INFINITY;
      if (least > 0 && !signal.aborted) await sleep(least);
    }
  }

  return {
    ring: (at = 0) => {
      if (until > at) bell.abort();
      else if (until < 0) latest = Math.min(latest, at);
    },
    done: repeat(),
  };
}
