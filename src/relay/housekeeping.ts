import { messageOf } from '../base/errors.ts';
import type { RelayConfig } from './config/settings.ts';
import { type Loop, loop } from './loop.ts';
import type { Relay } from './relay.ts';

/** How often old changes are removed, ms. */
const PRUNE = 3_600_000;
/** How often the machine's clock is compared with the steady one, and what is no drift any more, ms. */
const COMPARE = 60_000;
const STEP = 2_000;

export interface Keeping {
  /** Follows the database's clock, where there is one; resolves to how far behind it the relay was, ms. */
  behind: (() => Promise<number>) | undefined;
}

/** Notices that a clock was set, and removes old changes now and then. */
export function housekeeping(relay: Relay, { history }: RelayConfig, { behind }: Keeping): Loop {
  const { store, clock, log } = relay;
  let offset = clock.now() - clock.steady();
  let pruned = Number.NEGATIVE_INFINITY;
  return loop(relay, async () => {
    const step = clock.now() - clock.steady() - offset;
    if (Math.abs(step) > STEP) {
      log.warning(`This machine's clock was set ${inWords(step)}.`);
      offset += step;
    }
    // A database that is away is said elsewhere.
    const ahead = (await behind?.().catch(() => 0)) ?? 0;
    offset -= ahead;
    if (Math.abs(ahead) > STEP) {
      log.warning(`The database's clock was set ${inWords(ahead)}.`);
      await store.hurry(clock.steady());
    }
    if (clock.steady() - pruned >= PRUNE) {
      pruned = clock.steady();
      const gone = await store.prune(clock.now(), history).catch(error => log.debug(messageOf(error)));
      if (gone) log.debug(`${gone} old changes were removed.`);
    }
    return COMPARE;
  });
}

const inWords = (step: number) =>
  `${step > 0 ? 'forward' : 'back'} by ${Math.round(Math.abs(step) / 1000)} s`;
