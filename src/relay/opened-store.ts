import type { SteadyClock } from '../base/clock.ts';
import { messageOf, StoppedError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { StoreAwayError } from './store/sql.ts';
import { openStore, type Store } from './store/store.ts';

/** Between tries, ms: doubled after each one, up to the longest. */
const FIRST = 1_000;
const LONGEST = 15_000;

/** A database may be away when the relay starts. Undefined: the relay was to stop before the database was there. */
export async function openedStore(
  place: string,
  { clock, log, signal }: { clock: SteadyClock; log: Log; signal: AbortSignal },
): Promise<Store | undefined> {
  const damaged = (id: string) =>
    log.warning(
      `The change ${id} is given up: its row in the store is damaged. "list --id ${id}" shows the rest.`,
    );
  for (let pause = FIRST; !signal.aborted; pause = Math.min(2 * pause, LONGEST)) {
    try {
      return await openStore(place, 'run', { damaged });
    } catch (error) {
      if (!(error instanceof StoreAwayError)) throw error;
      log.warning(`${messageOf(error)} The relay begins when it does.`);
      await clock.sleep(pause, signal).catch(stopped => {
        if (!(stopped instanceof StoppedError)) throw stopped;
      });
    }
  }
  return undefined;
}
