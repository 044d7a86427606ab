import type { SteadyClock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { type AnyEntity, readEntities } from '../../qrs/any-entity.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { Subscription } from '../config/settings.ts';
import type { Added } from '../store/accept.ts';
import type { Copy } from '../store/read.ts';
import type { Store } from '../store/store.ts';
import { isDecided, isIgnored, markedState, SLACK, WORKING_COPY } from './decide.ts';

/** A first reading counts only so soon after the notification: later, others may have written in between. Ms. */
const IN_TIME = 2_000;

export interface Witness {
  /** The relay has just heard of these for the first time. */
  heard(added: readonly Added[]): void;
  /** Whether the first reading of this one is under way. */
  isReading(id: string): boolean;
  /** Resolves when the readings that are under way have ended. */
  settled(): Promise<void>;
}

interface First extends Added {
  subscription: Subscription;
  /** On the steady clock. */
  at: number;
}

/**
 * Reads entities when the relay first hears of them. QRS says who wrote last, and no more (docs/qrs.md 7.2): a change
 * is an ignored user's own only if nobody else's was seen here and again when the entity is quiet.
 */
export function witness(given: {
  qrs: Qrs;
  store: Store;
  subscriptions: readonly Subscription[];
  clock: SteadyClock;
  log: Log;
  /** First readings have ended. */
  done: () => void;
}): Witness {
  const { qrs, store, clock, log } = given;
  const waiting = new Map<string, First>();
  let reading: Promise<void> | undefined;

  async function readBatch() {
    // What arrives in one turn is read in one request.
    await new Promise(resolve => setImmediate(resolve));
    const batch = [...waiting.values()];
    const current = batch.filter(({ at }) => clock.steady() - at <= IN_TIME);
    for (const same of Map.groupBy(current, ({ told }) => told.entity.toLowerCase()).values()) {
      await readType(same).catch(error => log.debug(messageOf(error)));
    }
    for (const { id } of batch) waiting.delete(id);
    given.done();
    reading = waiting.size > 0 ? readBatch() : undefined;
  }

  async function readType(same: readonly First[]) {
    const [one] = same;
    if (!one) return;
    const { found } = await readEntities(qrs, one.told.entity, [
      ...new Set(same.map(({ told }) => told.object)),
    ]);
    const own: string[] = [];
    const copies: Copy[] = [];
    for (const first of same) {
      const watched = found.get(first.told.object);
      copies.push(...copyIn(first, watched));
      if (clock.steady() - first.at > IN_TIME || !watched) continue;
      if (await isOwn(first, watched)) own.push(first.id);
    }
    if (own.length + copies.length > 0) await store.witness(own, copies, clock.now());
  }

  /** The state was decided before, is older than the notification, or was written by an ignored user. */
  async function isOwn({ subscription, told }: First, watched: AnyEntity): Promise<boolean> {
    if (isIgnored(subscription, watched.entity.modifiedByUserName)) return true;
    const state = { ...markedState(watched, subscription), sent: false, name: undefined, met: true };
    if (told.date !== undefined && state.modified > 0 && told.date > state.modified + SLACK) return true;
    return isDecided(watched, state, await store.memory(told.subscription, told.object));
  }

  return {
    heard: added => {
      for (const one of added) {
        const subscription = given.subscriptions.find(({ name }) => name === one.told.subscription);
        if (!subscription || one.told.change === 'delete') continue;
        if (subscription.ignoreUsers.length === 0 && !subscription.changes.includes('delete')) continue;
        waiting.set(one.id, { ...one, subscription, at: clock.steady() });
      }
      if (waiting.size > 0) reading ??= readBatch();
    },
    isReading: id => waiting.has(id),
    settled: async () => {
      await reading;
    },
  };
}

/** A working copy may be gone again before its entity is quiet: then nobody could say what was deleted. */
function copyIn({ subscription, told }: First, watched: AnyEntity | undefined): Copy[] {
  const name = watched?.entity.name;
  if (typeof name !== 'string' || !WORKING_COPY.test(name)) return [];
  if (!subscription.changes.includes('delete')) return [];
  const { object } = told;
  return [{ subscription: subscription.name, object, name, met: subscription.filter === undefined }];
}
