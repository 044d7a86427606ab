import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { Qrs } from '../../qrs/connection.ts';
import { type Change, subscribe, unsubscribe, type WatchedChange } from '../../qrs/subscriptions.ts';
import type { Subscription } from '../config/settings.ts';
import type { Store } from '../store/store.ts';
import type { Handle } from '../store/watches.ts';

export interface Subscribing {
  qrs: Qrs;
  store: Store;
  log: Log;
  /** What QRS calls for a subscription. */
  callback: (subscription: Subscription) => string;
}

/** What the handles of a site say. `same` and `new`: what it gave last; undefined before the second time. */
export type Handing = 'same' | 'new' | undefined;

/**
 * Makes a subscription with QRS, again; `handles` are those that were known before. Asked for the same, some sites
 * give the same handle, and some a new one each time (docs/qrs.md 9): only for the former a new one is a loss.
 */
export async function renew(
  { qrs, store, log, callback }: Subscribing,
  subscription: Subscription,
  handles: readonly Handle[],
): Promise<Handing> {
  let handing: Handing;
  for (const watch of watchesOf(subscription)) {
    const { change } = watch;
    const had = handles.find(one => isOf(one, subscription, change));
    const handle = await subscribe(qrs, watch, callback(subscription));
    if (had?.handle === handle) {
      handing ??= 'same';
      continue;
    }
    await store.keepHandle({ subscription: subscription.name, site: qrs.site.name, change, handle });
    if (!had) continue;
    handing = 'new';
    // The new one is there before the old one goes, so that no change falls between them.
    await unsubscribe(qrs, had.handle).catch(error => log.debug(messageOf(error)));
  }
  return handing;
}

/**
 * What QRS is asked to notify. Of a deletion it tells neither name nor whether the filter held (docs/qrs.md 7.1), so
 * who asks for deletions also hears of what is added, of what meets the filter later, and of apps that get another
 * name: a working copy that is published is an app like any other.
 */
function watchesOf({ entity, changes, filter, property }: Subscription): WatchedChange[] {
  const watches = changes.map(change => ({ entity, change, filter, property }));
  if (!changes.includes('delete')) return watches;
  const others = watches.filter(({ change }) => change !== 'add');
  if (!changes.includes('update') && (filter !== undefined || entity.toLowerCase() === 'app')) {
    others.push({ entity, change: 'update', filter, property: filter === undefined ? 'name' : undefined });
  }
  return [{ entity, change: 'add', filter: undefined, property: undefined }, ...others];
}

/** Ends what the configuration has no more. */
export async function forget(
  { qrs, store, log }: Subscribing,
  subscriptions: readonly Subscription[],
): Promise<void> {
  const names = [qrs.site.name, ...qrs.site.names].map(name => name.toLowerCase());
  for (const handle of await store.handles()) {
    const known = subscriptions.some(one => watchesOf(one).some(({ change }) => isOf(handle, one, change)));
    if (known || !names.includes(handle.site.toLowerCase())) continue;
    await unsubscribe(qrs, handle.handle).catch(error => log.debug(messageOf(error)));
    await store.dropHandle(handle);
  }
}

/** Ends all subscriptions of the site; what cannot be ended is forgotten by QRS itself one day. */
export async function endAll(qrs: Qrs, store: Store, log: Log): Promise<void> {
  const handles = (await store.handles()).filter(({ site }) => site === qrs.site.name);
  await Promise.all(
    handles.map(async handle => {
      try {
        await unsubscribe(qrs, handle.handle);
        await store.dropHandle(handle);
      } catch (error) {
        log.debug(messageOf(error));
      }
    }),
  );
}

function isOf(handle: Handle, { name }: Subscription, change: Change): boolean {
  return handle.subscription === name && handle.change === change;
}
