import type { Clock } from './clock.ts';
import { RemoteError } from './errors.ts';
import type { Log } from './log.ts';
import { whileWaiting } from './waiting.ts';

export interface Patience {
  clock: Clock;
  signal: AbortSignal;
  /** Where the pauses between tries are shown. */
  log?: Pick<Log, 'waiting'>;
}

/** Nothing is tried more often. */
export const TRIES = 4;
/** Pauses between tries, in milliseconds: four tries in about four seconds, enough for a dropped connection. */
const PAUSES = [500, 1000, 2000];
const LONGEST_PAUSE = 60_000;

/**
 * Runs `work` again after errors that another try may cure; `worth` decides which ones.
 * A Retry-After longer than our own pause is obeyed, up to a minute.
 */
export async function retry<T>(
  { clock, signal, log = {} }: Patience,
  worth: (error: RemoteError) => boolean,
  work: () => Promise<T>,
): Promise<T> {
  for (const pause of PAUSES) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof RemoteError) || error.final || !worth(error)) throw error;
      const asked = Math.min(error.retryAfter ?? 0, LONGEST_PAUSE);
      const what = (time: string) => `trying again after a pause, ${time} so far: ${error.message}`;
      await whileWaiting(log, what, () => clock.sleep(Math.max(pause, asked), signal));
    }
  }
  return work();
}

/**
 * Makes a change whose answer can get lost. When it does, `look` asks the site itself: what it finds
 * counts as done, and only when it finds nothing is the change made again. `told` hears of each lost answer: the site
 * may do later what it was asked for. From then on no error says that the change was surely not made, and where the look
 * itself fails, the error is that of the change.
 */
export async function settle<T>(
  patience: Patience,
  change: () => Promise<T>,
  look: () => Promise<T | undefined>,
  told: () => void = () => {},
): Promise<T> {
  let lost: RemoteError | undefined;
  let looking = false;
  const once = async () => {
    looking = lost !== undefined;
    const found = lost ? await look() : undefined;
    looking = false;
    if (found !== undefined) return found;
    try {
      return await change();
    } catch (error) {
      if (error instanceof RemoteError && error.mayBeDone) {
        lost ??= error;
        told();
      }
      throw error;
    }
  };
  try {
    // A look is a read and was already tried again by itself.
    return await retry(patience, () => !looking, once);
  } catch (error) {
    if (!lost || !(error instanceof RemoteError)) throw error;
    // A site that went away in the middle cannot be asked what became of the change: the change is what failed.
    throw (looking ? lost : error).but({ mayBeDone: true });
  }
}
