import { randomUUID } from 'node:crypto';
import type { Relay } from '../relay.ts';
import type { Hold } from '../store/holding.ts';

/** What a relay does for a site while it holds it. */
export interface Held {
  /** Calls for this subscription could not be taken. */
  missed(subscription: string): void;
  hasGap(subscription: string): boolean;
  /** Resolves when it has ended, after the site was lost. */
  done: Promise<unknown>;
}

export interface Sharing {
  /** The names of the subscriptions of each site. */
  sites: ReadonlyMap<string, readonly string[]>;
  /** What this relay calls itself. */
  name: string;
}

export interface SharedGaps {
  /** Tells the other relays what they cannot know, and hears it from them. */
  run(): Promise<void>;
  /** What the others said counts no more. */
  forget(): void;
  missed(subscription: string): void;
  hasGap(subscription: string): boolean;
}

/**
 * What relays must know of each other: the calls of QRS that one could not take, so that the one that holds the site
 * asks for them, and which subscriptions have a gap, for any relay that receives their notifications.
 */
export function shareGaps(
  { store }: Pick<Relay, 'store'>,
  { sites, name }: Sharing,
  held: ReadonlyMap<string, Held>,
): SharedGaps {
  /** What this relay could not take, and the others do not know yet, with how often. At first: what came before it began. */
  const unshared = new Map<string, number>();
  if (!store.isAlone) for (const name of [...sites.values()].flat()) unshared.set(name, 1);
  const marks = new Map<string, string>();
  const published = new Map<string, string>();
  let others: readonly Hold[] = [];

  const siteOf = (subscription: string) =>
    [...sites].find(([, names]) => names.includes(subscription))?.[0] ?? '';
  const heldFor = (subscription: string) => held.get(siteOf(subscription));

  async function tellMisses() {
    const shared = [...unshared];
    const foreign = shared.map(([name]) => name).filter(name => !heldFor(name));
    if (foreign.length > 0) await store.miss(foreign, randomUUID());
    // What this relay has missed since, it tells the others the next time.
    for (const [name, times] of shared) if (unshared.get(name) === times) unshared.delete(name);
  }

  async function hearMisses() {
    for (const { subscription, mark } of await store.misses()) {
      if (marks.get(subscription) !== mark) heldFor(subscription)?.missed(subscription);
      marks.set(subscription, mark);
    }
  }

  async function tellGaps() {
    for (const [site, one] of held) {
      const gaps = (sites.get(site) ?? []).filter(one.hasGap);
      const text = JSON.stringify(gaps);
      if (published.get(site) === text) continue;
      await store.keepGaps({ site, relay: name, gaps });
      published.set(site, text);
    }
  }

  return {
    run: async () => {
      await tellMisses();
      await hearMisses();
      await tellGaps();
      others = await store.holds();
    },
    forget: () => {
      others = [];
      published.clear();
    },
    missed: subscription => {
      const own = heldFor(subscription);
      if (own) own.missed(subscription);
      else unshared.set(subscription, (unshared.get(subscription) ?? 0) + 1);
    },
    hasGap: subscription => {
      const own = heldFor(subscription);
      if (own) return own.hasGap(subscription);
      const other = others.find(({ site }) => site === siteOf(subscription));
      return unshared.has(subscription) || !other || other.gaps.includes(subscription);
    },
  };
}
