import type { SteadyClock } from '../base/clock.ts';
import { messageOf, StoppedError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { RelayConfig } from './config/settings.ts';
import { answerAway } from './hear/answer-away.ts';
import { isPostgres } from './store/postgres-place.ts';
import { StoreAwayError } from './store/sql.ts';
import { openStore, type Store } from './store/store.ts';

/** Between tries, ms: doubled after each one, up to the longest. */
const FIRST = 1_000;
const LONGEST = 15_000;
/** What a relay that is to stop still writes may take so long, ms; then it waits for its database no longer. */
const LAST_WRITES = 6_000;

/**
 * Opens the store, and reads from it what `first` reads. A database may be away when the relay starts: until it
 * answers, QRS gets 503. Undefined: the relay was to stop before the database was there.
 */
export async function openedStore<T>(
  { store: place, listen }: Pick<RelayConfig, 'store' | 'listen'>,
  { clock, log, signal }: { clock: SteadyClock; log: Log; signal: AbortSignal },
  first: (store: Store) => Promise<T>,
): Promise<{ store: Store; found: T } | undefined> {
  // Only a database of its own can be away, and it may take long to say so.
  const away = isPostgres(place) ? await answerAway({ listen }) : undefined;
  const given = new AbortController();
  let grace = 0;
  signal.addEventListener('abort', () => setTimeout(() => given.abort(), grace).unref(), { once: true });
  try {
    for (let pause = FIRST; !signal.aborted; pause = Math.min(2 * pause, LONGEST)) {
      try {
        const opened = await openAndRead(place, { log, signal: given.signal }, first);
        grace = LAST_WRITES;
        return opened;
      } catch (error) {
        if (signal.aborted) break;
        if (!(error instanceof StoreAwayError)) throw error;
        log.warning(`${messageOf(error)} The relay begins when the store answers.`);
        await clock.sleep(pause, signal).catch(stopped => {
          if (!(stopped instanceof StoppedError)) throw stopped;
        });
      }
    }
    return undefined;
  } finally {
    await away?.close();
  }
}

async function openAndRead<T>(
  place: string,
  { log, signal }: { log: Log; signal: AbortSignal },
  first: (store: Store) => Promise<T>,
) {
  const damaged = (id: string) =>
    log.warning(
      `The change ${id} is given up: its row in the store is damaged. "list --id ${id}" shows the rest.`,
    );
  const store = await openStore(place, 'run', { damaged, signal });
  try {
    return { store, found: await first(store) };
  } catch (error) {
    await store.close();
    throw error;
  }
}
