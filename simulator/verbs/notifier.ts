import { randomUUID } from 'node:crypto';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Tree } from '../shown/filter.ts';
import { matches } from '../shown/filter.ts';
import { full } from '../shown/render.ts';
import type { EntityType } from '../site/entities.ts';
import { noId } from '../site/entities.ts';
import type { Change, ChangeType, Site } from '../site/site.ts';
import { changeTypes } from '../site/site.ts';

/** A change subscription (docs/qrs.md 7). */
export interface Subscription {
  readonly url: string;
  readonly type: EntityType;
  /** The zero id: every entity of the type. */
  readonly id: string;
  readonly filterText: string;
  readonly filter: Tree | undefined;
  /** Undefined: every change. */
  readonly change: ChangeType | undefined;
  /** Empty: every property; with `!` in front: every change but that one's. */
  readonly property: string;
}

interface Callback {
  readonly url: string;
  readonly item: object;
}

const silence = 10_000;

export function createNotifier(site: Site) {
  const subscriptions = new Map<string, Subscription>();
  const stopping = new AbortController();
  const underway = new Set<Promise<void>>();
  const random = randomNumbers();
  let waiting: Callback[] = [];
  let sent = 0;

  function notify(change: Change) {
    const item = notificationOf(site, change);
    for (const subscription of subscriptions.values()) {
      if (!wants(subscription, change, site)) continue;
      for (let copy = 0; copy < site.switches.burst; copy++) waiting.push({ url: subscription.url, item });
    }
    track(flush());
  }

  // Sends all changes of one turn together, so that a burst can be shuffled across them.
  async function flush() {
    await nextTurn();
    const callbacks = waiting;
    waiting = [];
    for (const [url, same] of Map.groupBy(callbacks, callback => callback.url)) {
      const items = same.map(({ item }) => item);
      const arrays = site.switches.burst > 1 ? shuffledArrays(items, random) : items.map(item => [item]);
      for (const array of arrays) if (!loses()) track(post(url, array, stopping.signal));
    }
  }

  function loses(): boolean {
    sent += 1;
    const { loseEvery } = site.switches;
    return loseEvery > 0 && sent % loseEvery === 0;
  }

  function track(work: Promise<void>) {
    underway.add(work);
    void work.finally(() => underway.delete(work));
  }

  /** Resolves when no notification is under way: the last one was answered, or given up. */
  async function idle(): Promise<void> {
    while (underway.size > 0) await Promise.all(underway);
  }

  return {
    idle,
    subscribe(subscription: Subscription): string {
      const equal = subscriptions.entries().find(([, other]) => sameSubscription(other, subscription));
      if (equal && site.switches.duplicateSubscriptions === 'same-handle') return equal[0];
      const handle = randomUUID();
      subscriptions.set(handle, subscription);
      return handle;
    },
    unsubscribe: (handle: string) => subscriptions.delete(handle),
    notify,
    /** A restart of the repository service loses all subscriptions (docs/qrs.md 7). */
    wipe: () => subscriptions.clear(),
    async stop() {
      subscriptions.clear();
      stopping.abort();
      await idle();
    },
  };
}

export type Notifier = ReturnType<typeof createNotifier>;

function sameSubscription(a: Subscription, b: Subscription): boolean {
  const key = ({ url, type, id, filterText, change, property }: Subscription) =>
    JSON.stringify([url, type, id, filterText, change, property]);
  return key(a) === key(b);
}

function wants(subscription: Subscription, change: Change, site: Site): boolean {
  const { entity, type, properties } = change;
  if (subscription.type !== entity.schemaPath) return false;
  if (subscription.id !== noId && subscription.id !== entity.id) return false;
  if (subscription.change && subscription.change !== type) return false;
  // QRS applies neither filter nor property to a deletion (docs/qrs.md 7).
  if (type === 'Delete') return true;
  if (type === 'Update' && !site.switches.propertyLeak && !namesProperty(subscription, properties))
    return false;
  return !subscription.filter || matches(subscription.filter, full(entity), site.switches);
}

function namesProperty({ property }: Subscription, changed: readonly string[]): boolean {
  const wanted = property.toLowerCase();
  const others = changed.map(name => name.toLowerCase()).filter(name => name !== 'modifieddate');
  if (wanted === '') return true;
  if (wanted.startsWith('!')) return others.length === 0 || others.some(name => name !== wanted.slice(1));
  return changed.some(name => name.toLowerCase() === wanted);
}

function notificationOf(site: Site, { entity, type, properties }: Change) {
  const now = site.now();
  return {
    changeType: changeTypes.indexOf(type) + 1,
    objectType: entity.schemaPath,
    objectID: entity.id,
    changedProperties: properties,
    engineID: '',
    engineType: '',
    originatorNodeID: site.nodeId,
    originatorHostName: site.name,
    originatorContextID: null,
    createdDate: now,
    modifiedDate: now,
    schemaPath: 'ExternalChangeInfo',
  };
}

/** Posts once. QRS ignores a receiver that is away, slow or not trusted (docs/qrs.md 7). */
function post(url: string, items: object[], signal: AbortSignal): Promise<void> {
  const body = JSON.stringify(items);
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
  const send = url.startsWith('https:') ? requestHttps : requestHttp;
  return new Promise(done => {
    const request = send(url, { method: 'POST', headers, agent: false, timeout: silence, signal });
    request.on('response', response => response.resume().on('error', () => {}));
    request.on('timeout', () => request.destroy());
    request.on('error', () => {});
    request.on('close', done);
    request.end(body);
  });
}

/** The same numbers in every run, so that a failing test fails again. */
function randomNumbers() {
  let state = 1;
  return () => {
    state = (state * 48271) % 0x7fffffff;
    return state / 0x7fffffff;
  };
}

/** The items in random order, one or two to an array: a client must read the whole array. */
function shuffledArrays(items: readonly object[], random: () => number): object[][] {
  const left = items
    .map(item => ({ item, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
  const arrays: object[][] = [];
  while (left.length > 0) arrays.push(left.splice(0, random() < 0.5 ? 1 : 2));
  return arrays;
}
