import type { Clock } from '../base/clock.ts';
import { messageOf, StoppedError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Qrs } from '../qrs/connection.ts';
import { type Change, subscribe, unsubscribe } from '../qrs/subscriptions.ts';
import { type Bell, createBell } from './bell.ts';
import { catchUp } from './catchup.ts';
import type { Subscription } from './config.ts';
import type { Intake } from './intake.ts';
import type { Metrics } from './metrics.ts';
import type { Handle, Store } from './store/store.ts';

export interface Watching {
  qrs: Qrs;
  /** Those of this site. */
  subscriptions: readonly Subscription[];
  /** What QRS calls for a subscription. */
  callback: (subscription: Subscription) => string;
  store: Store;
  intake: Intake;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  signal: AbortSignal;
  /** Between renewals, ms. */
  period: number;
  /** The site answers again. */
  back: () => void;
}

/** Even if all seems well, ms: QRS loses calls, and nobody tells. */
const CATCH_UP = 600_000;
/** Between tries while the site is away, ms: the first one, and the longest. */
const SOON = 1_000;
const LATER = 10_000;

export interface Watch {
  /** Something was missed: the site is asked what. */
  missed(): void;
  done: Promise<void>;
}

/**
 * Keeps the subscriptions of a site alive until the signal aborts: QRS forgets them when its service restarts, and
 * can be asked neither for them nor for a handle (docs/qrs.md 7.4). After every gap it is asked what was missed.
 */
export function watch(given: Watching): Watch {
  const { clock, log, metrics, signal, qrs } = given;
  const site = qrs.site.name;
  const bell: Bell = createBell();
  let gap = true;
  let caughtUp = 0;
  let away = 0;

  async function close() {
    // Not afterwards: what is missed meanwhile is another gap.
    const missed = gap;
    gap = false;
    if (!(await catchUp(given, missed))) gap = true;
    caughtUp = clock.now();
  }

  async function turn(): Promise<number> {
    try {
      if (await renew(given)) gap = true;
      // Subscribed first: what changes in between is told.
      if (gap || clock.now() - caughtUp >= CATCH_UP) await close();
      if (away > 0) {
        log.info(`Site "${site}" is back; its subscriptions are renewed.`);
        given.back();
      }
      away = 0;
      metrics.reachable.set({ site }, 1);
      return given.period;
    } catch (error) {
      if (error instanceof StoppedError) return 0;
      if (away === 0) log.warning(`Site "${site}" cannot be watched: ${messageOf(error)}`);
      away += 1;
      gap = true;
      metrics.reachable.set({ site }, 0);
      return Math.min(SOON * 2 ** (away - 1), LATER);
    }
  }

  async function loop() {
    await forget(given).catch(error => log.warning(messageOf(error)));
    while (!signal.aborted) await bell.wait(await turn(), clock, signal);
  }

  return {
    missed: () => {
      gap = true;
    },
    done: loop(),
  };
}

/** Makes every subscription, again; true when QRS did not know one of them any more, or may not have. */
async function renew(given: Watching): Promise<boolean> {
  const { qrs, store, metrics } = given;
  const handles = await store.handles();
  let lost = false;
  for (const subscription of given.subscriptions) {
    for (const change of subscription.changes) {
      const { entity, filter, property } = subscription;
      const had = handles.find(one => isOf(one, subscription, change));
      const handle = await subscribe(qrs, { entity, change, filter, property }, given.callback(subscription));
      metrics.renewals.inc({ site: qrs.site.name });
      if (had?.handle === handle) continue;
      lost = true;
      await store.keepHandle({ subscription: subscription.name, site: qrs.site.name, change, handle });
      // The new one is there before the old one goes, so that no change falls between them.
      if (had) await unsubscribe(qrs, had.handle).catch(error => given.log.debug(messageOf(error)));
    }
  }
  return lost;
}

/** Ends subscriptions that the configuration has no more. */
async function forget({ qrs, store, subscriptions, log }: Watching): Promise<void> {
  for (const handle of await store.handles()) {
    const known = subscriptions.some(one => one.changes.some(change => isOf(handle, one, change)));
    if (handle.site !== qrs.site.name || known) continue;
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
