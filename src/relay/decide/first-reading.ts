import { within } from '../../base/deadline.ts';
import { messageOf } from '../../base/errors.ts';
import { type AnyEntity, readEntities } from '../../qrs/any-entity.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { Subscription } from '../config/settings.ts';
import type { Relay } from '../relay.ts';
import type { NewDelivery } from '../store/accept.ts';
import type { Copy } from '../store/read.ts';
import { isDecided, isIgnored, markedState, SLACK, WORKING_COPY } from './decide.ts';

/** A first reading counts only so soon after the notification: later, others may have written in between. Ms. */
const IN_TIME = 2_000;

export interface FirstReadings {
  /** The relay has just heard of these for the first time. */
  heard(added: readonly NewDelivery[]): void;
  /** How long the first reading of this delivery may still take, ms; 0: it has ended, or counts no more. */
  left(id: string): number;
  /** Resolves when no reading is under way. */
  settled(): Promise<void>;
}

interface First extends NewDelivery {
  subscription: Subscription;
  /** On the steady clock. */
  at: number;
}

interface Seen extends First {
  watched: AnyEntity;
}

/**
 * Reads entities of one type when the relay first hears of a change. QRS says who wrote last, and no more
 * (docs/qrs.md 7.2): a change is an ignored user's own only if nobody else's state was seen at the first reading and
 * again when the entity is quiet. `done`: first readings have ended.
 */
export function firstReadings(
  { store, clock, log }: Relay,
  { qrs, subscriptions, done }: { qrs: Qrs; subscriptions: readonly Subscription[]; done: () => void },
): FirstReadings {
  const waiting = new Map<string, First>();
  let reading: Promise<void> | undefined;

  async function readAll() {
    while (waiting.size > 0) {
      // What arrives in one turn of the event loop is read in one request.
      await new Promise(resolve => setImmediate(resolve));
      const batch = [...waiting.values()];
      await readBatch(batch.filter(({ at }) => leftAt(at) > 0)).catch(error => log.debug(messageOf(error)));
      for (const { id } of batch) waiting.delete(id);
      done();
    }
    reading = undefined;
  }

  const leftAt = (at: number) => Math.ceil(Math.max(0, at + IN_TIME - clock.steady()));

  async function readBatch(batch: readonly First[]) {
    const [one] = batch;
    if (!one) return;
    const ids = new Set(batch.map(({ reported }) => reported.object));
    // If the site is slow with these, the next ones still get their first reading.
    const { found } = await within(qrs, IN_TIME, inTime =>
      readEntities(qrs.under(inTime), one.reported.entity, [...ids]),
    );
    const seen = batch.flatMap((first): Seen[] => {
      const watched = found.get(first.reported.object);
      return watched ? [{ ...first, watched }] : [];
    });
    const copies = seen.flatMap(copyIn);
    const own = await ownOf(
      store,
      seen.filter(({ at }) => leftAt(at) > 0),
    );
    if (own.length + copies.length > 0) await store.witness(own, copies, clock.now());
  }

  return {
    heard: added => {
      for (const one of added) {
        const subscription = subscriptions.find(({ name }) => name === one.reported.subscription);
        if (!subscription) continue;
        if (subscription.ignoreUsers.length === 0 && !subscription.changes.includes('delete')) continue;
        waiting.set(one.id, { ...one, subscription, at: clock.steady() });
      }
      if (waiting.size > 0) reading ??= readAll();
    },
    left: id => {
      const first = waiting.get(id);
      return first ? leftAt(first.at) : 0;
    },
    settled: async () => {
      await reading;
    },
  };
}

/** Ids of those that show no change by another user: an ignored one wrote the state, or it was decided before. */
async function ownOf(store: Relay['store'], seen: readonly Seen[]): Promise<string[]> {
  const memoryOf = await store.memories(seen.filter(one => !isOwn(one)).map(({ reported }) => reported));
  const isKnown = ({ watched, subscription, reported }: Seen) =>
    isDecided(watched, markedState(watched, subscription), memoryOf(reported));
  return seen.filter(one => isOwn(one) || isKnown(one)).map(({ id }) => id);
}

/** An ignored user wrote the state, or it is older than the notification. */
function isOwn({ subscription, reported, watched }: Seen): boolean {
  if (isIgnored(subscription, watched.entity.modifiedByUserName)) return true;
  const { modified } = markedState(watched, subscription);
  return reported.date !== undefined && modified > 0 && reported.date > modified + SLACK;
}

/** A working copy may be deleted before it is quiet, and QRS does not name what was deleted. */
function copyIn({ subscription, reported, watched }: Seen): Copy[] {
  const { name } = watched.entity;
  if (typeof name !== 'string' || !WORKING_COPY.test(name)) return [];
  if (!subscription.changes.includes('delete')) return [];
  const { object } = reported;
  return [{ subscription: subscription.name, object, name, met: subscription.filter === undefined }];
}
