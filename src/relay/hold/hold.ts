import { type Loop, loop } from '../loop.ts';
import type { Relay } from '../relay.ts';
import type { Holding } from '../store/holding.ts';
import { type Held, type SharedGaps, type Sharing, shareGaps } from './shared-gaps.ts';

/** How often a relay looks for sites that nobody holds any more, and for what others could not take, ms. */
const TRY_EVERY = 5_000;
/** Where there can be no other relay, ms. */
const NEVER = 3_600_000;

export interface Holders extends Pick<Loop, 'done'>, Pick<SharedGaps, 'missed' | 'hasGap'> {
  /** Resolves after the first try to hold the sites. */
  tried: Promise<void>;
  /** Whether the relay has the configuration of the others: without it, it neither holds sites nor dispatches. */
  agrees(): boolean;
  /** Whether other relays live that have the same configuration. */
  hasOthers(): Promise<boolean>;
  /** Leaves the sites to others. */
  close(): Promise<void>;
}

export interface HoldWorks extends Sharing {
  digest: string;
  /** Called when all relays have this configuration, and before a site is held. */
  agreed: () => Promise<void>;
  /** Called after that. */
  ready: () => void;
  /** Begins with a site, until the signal aborts. */
  begin: (site: string, lost: AbortSignal) => Held;
}

type Holder = Awaited<ReturnType<Holding['holder']>>;

/**
 * Holds sites for this relay, each as soon as no other relay does. A relay that dies, or that the database does not
 * hear any more, loses its sites to the others.
 */
export function holdSites(relay: Relay, works: HoldWorks): Holders {
  const { store, clock, log, metrics } = relay;
  const { sites, digest, name } = works;
  const held = new Map<string, Held>();
  /** What a relay did for a site that it lost. */
  const ending = new Map<string, Promise<unknown>>();
  const shared = shareGaps(relay, works, held);
  const agreement = agreeing(relay, works);
  const first = Promise.withResolvers<void>();
  let holder: Holder | undefined;

  async function turn(): Promise<number> {
    try {
      if (holder?.lost.aborted) letGo();
      holder ??= await opened();
      if (!(await agreement.reached())) return TRY_EVERY;
      for (const site of sites.keys()) await tryToHold(holder, site);
      if (store.isAlone) return NEVER;
      await shared.run();
      return TRY_EVERY;
    } finally {
      first.resolve();
    }
  }

  async function opened(): Promise<Holder> {
    const made = await store.holder(digest);
    made.lost.addEventListener('abort', () => holding.ring());
    return made;
  }

  function letGo() {
    if (held.size > 0) log.warning(`The relay lost its hold of ${[...held.keys()].join(', ')}.`);
    for (const [site, { done }] of held) {
      ending.set(site, done);
      metrics.holds.set({ site }, 0);
    }
    held.clear();
    shared.forget();
    agreement.forget();
    holder = undefined;
  }

  async function tryToHold({ keepSite, lost }: Holder, site: string) {
    if (held.has(site) || !(await keepSite(site))) return;
    await ending.get(site);
    // Another relay may hold it by now.
    if (lost.aborted) return;
    await store.hold({ site, relay: name, since: clock.now(), gaps: sites.get(site) ?? [] });
    held.set(site, works.begin(site, lost));
    metrics.holds.set({ site }, 1);
    if (!store.isAlone) log.info(`The relay holds site "${site}".`);
  }

  const holding = loop(relay, turn);
  const ended = async () => {
    await holding.done;
    await Promise.all([...[...held.values()].map(({ done }) => done), ...ending.values()]);
  };
  return {
    ...{ done: ended(), tried: first.promise, agrees: agreement.isReached },
    ...{ missed: shared.missed, hasGap: shared.hasGap },
    hasOthers: async () => !store.isAlone && (await store.relays(digest)) > 1,
    close: async () => holder?.close(),
  };
}

/** Whether all relays on the store have the same sites and subscriptions. */
function agreeing({ store, log, metrics }: Relay, { digest, agreed, ready }: HoldWorks) {
  let isReached = false;
  let isLogged = false;

  function say() {
    metrics.differs.set(isReached ? 0 : 1);
    if (isLogged === !isReached) return;
    isLogged = !isReached;
    if (isReached) return log.info('All relays have the same configuration again.');
    const what = 'its sites or subscriptions differ from those of the relays that run on this store';
    log.warning(`This relay holds no site and dispatches nothing: ${what}. Give all of them the same.`);
  }

  return {
    reached: async () => {
      if (isReached) return true;
      const all = await store.agree(digest);
      if (all) await agreed();
      isReached = all;
      say();
      if (all) ready();
      return all;
    },
    isReached: () => isReached,
    forget: () => {
      isReached = false;
    },
  };
}
