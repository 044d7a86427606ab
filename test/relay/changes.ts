import assert from 'node:assert/strict';
import type { Delivery } from '../../src/relay/store/delivery.ts';
import type { ReportedChange } from '../../src/relay/store/join.ts';
import type { Memory } from '../../src/relay/store/read.ts';
import type { Store } from '../../src/relay/store/store.ts';

/** A change as a notification tells it, for tests of the store. */
export function change(more: Partial<ReportedChange> = {}): ReportedChange {
  return {
    subscription: 'apps',
    site: 'dev',
    repository: 'acme/events',
    entity: 'App',
    object: 'one',
    change: 'update',
    changed: ['name'],
    date: 900,
    since: undefined,
    gap: false,
    quiet: 10,
    maxWait: 10,
    ...more,
  };
}

/** A delivery of that change, which is on its way for the first time. */
export function waitingDelivery(more: Partial<Delivery> = {}): Delivery {
  const { subscription, site, repository, entity, object, since, date } = change();
  return {
    ...{ id: 'id-1', seq: 1, subscription, site, repository, entity, object, change: 'update', since, date },
    ...{ changed: ['name'], certain: true, count: 1, first: 1, last: 1, due: 0, deadline: 0, version: 1 },
    ...{ state: 'leased', looks: 0, own: false, unread: false, attempts: 1, refused: 0, maybeSent: false },
    ...{ payload: '{}', modified: undefined, mark: undefined, lease: undefined, failed: undefined },
    ...{ reason: undefined, cause: undefined, updated: 1, ...more },
  };
}

/** Both clocks agree. */
export const moment = (now: number) => ({ now, tick: now });

export const LANE = [{ repository: 'acme/events' }];

export const memory = (modified = 1000): Memory => ({
  modified,
  mark: '',
  sent: true,
  name: 'One',
  met: true,
});

/** Reads an entity's delivery back, and wants it. */
export async function want(store: Store, object: string, now: number, modified = 1000): Promise<Delivery> {
  const delivery = (await store.toRead(now, { site: 'dev' }, 200)).find(one => one.object === object);
  if (!delivery) return assert.fail('it is not due');
  const { id, count, changed } = delivery;
  const payload = JSON.stringify({ delivery: id, count, changed });
  const decision = { kind: 'wanted', delivery, payload, memory: memory(modified) } as const;
  assert.equal((await store.conclude([decision], moment(now))).length, 1);
  return delivery;
}
