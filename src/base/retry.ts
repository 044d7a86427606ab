import type { Clock } from './clock.ts';
import { RemoteError } from './errors.ts';
import type { Log } from './log.ts';
import { whileWaiting } from './waiting.ts';

export interface Patience {
  clock: Clock;
  signal: AbortSignal;
  /** Shows the pauses between tries. */
  log?: Pick<Log, 'waiting'>;
}

/** The most tries. */
export const TRIES = 4;
/** Pauses between tries, in milliseconds: four tries in about four seconds, enough for a dropped connection. */
const PAUSES = [500, 1000, 2000];
const LONGEST_PAUSE = 60_000;

/**
 * Runs `work` again after errors that another try may cure; `worth` decides which errors these are.
 * Waits as long as Retry-After says where that is longer than the own pause, up to a minute.
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
 * Makes a change whose answer can get lost. When it is lost, `look` asks the site: if the change is there, it counts as
 * done; if it is not, the change is made again. `unsure` is called for each lost answer, because the site may still make
 * the change later. From then on no error says that the change was surely not made. Where the look itself fails, the
 * error is that of the change.
 */
export async function settle<T>(
  patience: Patience,
  change: () => Promise<T>,
  look: () => Promise<T | undefined>,
  unsure: () => void = () => {},
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
        unsure();
      }
      throw error;
    }
  };
  try {
    // A look is a read, and reads have tried again already.
    return await retry(patience, () => !looking, once);
  } catch (error) {
    if (!lost || !(error instanceof RemoteError)) throw error;
    // The site does not answer the look: report that the change failed.
    throw (looking ? lost : error).but({ mayBeDone: true });
  }
}
