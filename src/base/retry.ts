import type { Clock } from './clock.ts';
import { RemoteError } from './errors.ts';

export interface Patience {
  clock: Clock;
  signal: AbortSignal;
}

/** Pauses between tries, in milliseconds: four tries in about four seconds, enough for a dropped connection. */
const PAUSES = [500, 1000, 2000];
const LONGEST_PAUSE = 60_000;

/**
 * Runs `work` again after errors that another try may cure; `worth` decides which ones.
 * A Retry-After longer than our own pause is obeyed, up to a minute.
 */
export async function retry<T>(
  { clock, signal }: Patience,
  worth: (error: RemoteError) => boolean,
  work: () => Promise<T>,
): Promise<T> {
  for (const pause of PAUSES) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof RemoteError) || error.final || !worth(error)) throw error;
      const asked = Math.min(error.retryAfter ?? 0, LONGEST_PAUSE);
      await clock.sleep(Math.max(pause, asked), signal);
    }
  }
  return work();
}

/**
 * Makes a change whose answer can get lost. When it does, `look` asks the site itself: what it finds
 * counts as done, and only when it finds nothing is the change made again.
 */
export function settle<T>(
  patience: Patience,
  change: () => Promise<T>,
  look: () => Promise<T | undefined>,
): Promise<T> {
  let lost = false;
  let looking = false;
  return retry(
    patience,
    // A look is a read and was already tried again by itself.
    () => !looking,
    async () => {
      looking = lost;
      const found = lost ? await look() : undefined;
      looking = false;
      if (found !== undefined) return found;
      try {
        return await change();
      } catch (error) {
        if (error instanceof RemoteError && error.mayBeDone) lost = true;
        throw error;
      }
    },
  );
}
