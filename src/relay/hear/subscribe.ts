import { messageOf } from '../../base/errors.ts';
import type { Qrs } from '../../qrs/connection.ts';
import { type Change, subscribe, unsubscribe, type WatchedChange } from '../../qrs/subscriptions.ts';
import type { Subscription } from '../config/settings.ts';
import type { Relay } from '../relay.ts';
import type { Handle } from '../store/watches.ts';

/** What the handles of a site say. `same` and `new`: what it gave last; undefined before the second time. */
export type Handing = 'same' | 'new' | undefined;

/** To end what a new subscription has taken the place of: it does no harm if it stays. Ms. */
const TO_END = 5_000;

/**
 * Makes a subscription with QRS, again; `handles` are those that were known before. Asked for the same, some sites
 * give the same handle, and some a new one each time (docs/qrs.md 9): only for the former a new one is a loss.
 */
export async function renew(
  { store, log }: Relay,
  qrs: Qrs,
  asked: { subscription: Subscription; callback: string; handles: readonly Handle[] },
): Promise<Handing> {
  const { subscription, callback, handles } = asked;
  let handing: Handing;
  for (const watched of watchedBy(subscription)) {
    const { change } = watched;
    const had = handles.find(one => isOf(one, subscription, change));
    const handle = await subscribe(qrs, watched, callback);
    if (had?.handle === handle) {
      handing ??= 'same';
      continue;
    }
    await store.keepHandle({ subscription: subscription.name, site: qrs.site.name, change, handle });
    if (!had) continue;
    handing = 'new';
    // The new one is made before the old one is removed, so that no change falls between them.
    const soon = AbortSignal.any([qrs.signal, AbortSignal.timeout(TO_END)]);
    await unsubscribe(qrs.under(soon), had.handle).catch(error => log.debug(messageOf(error)));
  }
  return handing;
}

/**
 * What QRS is asked to notify. Of a deletion it says neither the name nor whether the filter held (docs/qrs.md 7.1), so
 * who asks for deletions also hears of what is added, of what meets the filter later, and of apps that get another
 * name: a working copy that is published is an app like any other.
 */
function watchedBy({ entity, changes, filter, property }: Subscription): WatchedChange[] {
  const asked = changes.map(change => ({ entity, change, filter, property }));
  if (!changes.includes('delete')) return asked;
  const others = asked.filter(({ change }) => change !== 'add');
  if (!changes.includes('update') && (filter !== undefined || entity.toLowerCase() === 'app')) {
    others.push({ entity, change: 'update', filter, property: filter === undefined ? 'name' : undefined });
  }
  return [{ entity, change: 'add', filter: undefined, property: undefined }, ...others];
}

/** Ends what QRS keeps of the site and no subscription of the configuration asks for. */
export async function forget(relay: Relay, qrs: Qrs, subscriptions: readonly Subscription[]): Promise<void> {
  const names = [qrs.site.name, ...qrs.site.names].map(name => name.toLowerCase());
  const isAsked = (handle: Handle) =>
    subscriptions.some(one => watchedBy(one).some(({ change }) => isOf(handle, one, change)));
  await end(relay, qrs, handle => names.includes(handle.site.toLowerCase()) && !isAsked(handle));
}

/** Ends all subscriptions of the site; what cannot be ended is forgotten by QRS itself one day. */
export async function endAll(relay: Relay, qrs: Qrs): Promise<void> {
  await end(relay, qrs, ({ site }) => site === qrs.site.name);
}

async function end({ store, log }: Relay, qrs: Qrs, isMeant: (handle: Handle) => boolean): Promise<void> {
  const handles = (await store.handles()).filter(isMeant);
  const ends = handles.map(async handle => {
    await unsubscribe(qrs, handle.handle);
    await store.dropHandle(handle);
  });
  for (const ended of await Promise.allSettled(ends)) {
    if (ended.status === 'rejected') log.debug(messageOf(ended.reason));
  }
}

function isOf(handle: Handle, { name }: Subscription, change: Change): boolean {
  return handle.subscription === name && handle.change === change;
}
