import type { Clock } from '../base/clock.ts';
import { messageOf, RemoteError, StoppedError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Qrs } from '../qrs/connection.ts';
import { type Bell, createBell } from './bell.ts';
import type { Subscription } from './config.ts';
import { decide } from './decide.ts';
import type { Metrics } from './metrics.ts';
import type { Delivery } from './store/delivery.ts';
import type { Store } from './store/store.ts';

export interface Reviewing {
  store: Store;
  subscriptions: readonly Subscription[];
  /** By the name of the site. */
  connections: ReadonlyMap<string, Qrs>;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  signal: AbortSignal;
  /** Something new is wanted. */
  decided: () => void;
}

/** The store is looked at so often even if nothing rings, ms: another process may have changed it. */
const LOOK = 5_000;
/** Read back at a time, of all sites. */
const AT_A_TIME = 4;
/** What a site refuses for one entity is asked again after this, and given up after a day. Ms. */
const AGAIN = 300_000;
const DAY = 86_400_000;

export interface Review {
  bell: Bell;
  done: Promise<void>;
}

/** Reads back what is due, and decides, until the signal aborts. */
export function review(given: Reviewing): Review {
  const bell = createBell();
  const pauses = new Map<string, { until: number; length: number }>();
  const pausedSites = () => {
    const now = given.clock.now();
    return [...pauses].filter(([, { until }]) => until > now).map(([site]) => site);
  };

  /** A site that is away is asked again after a while, at most a minute. */
  function pause(site: string, words: string) {
    const length = Math.min((pauses.get(site)?.length ?? 500) * 2, 60_000);
    if (!pauses.has(site)) given.log.warning(`Changes of site "${site}" wait until it answers: ${words}`);
    pauses.set(site, { until: given.clock.now() + length, length });
  }

  async function one(delivery: Delivery) {
    const { store, clock, metrics, log } = given;
    const subscription = given.subscriptions.find(({ name }) => name === delivery.subscription);
    const qrs = subscription && given.connections.get(subscription.site.name);
    if (!subscription || !qrs)
      return giveUp(delivery, 'its subscription is not in the configuration any more', 'configuration');
    try {
      const before = await store.seen(delivery.subscription, delivery.object);
      const verdict = await decide(qrs, subscription, delivery, before);
      if (pauses.delete(delivery.site)) log.info(`Site "${delivery.site}" answers again.`);
      if (verdict.wanted) {
        await store.want(delivery, JSON.stringify(verdict.payload), verdict.seen, clock.now());
        given.decided();
      } else if (await store.refuse(delivery, verdict.reason, verdict.seen, clock.now())) {
        metrics.unwanted.inc({ subscription: delivery.subscription });
        log.debug(`${delivery.subscription}: ${delivery.object} is not wanted: ${verdict.reason}.`);
      }
    } catch (error) {
      await failed(delivery, error);
    }
  }

  async function failed(delivery: Delivery, error: unknown) {
    if (error instanceof StoppedError) return;
    const { clock, store } = given;
    if (!(error instanceof RemoteError)) throw error;
    if (!error.final) return pause(delivery.site, messageOf(error));
    if (clock.now() - delivery.first > DAY) return giveUp(delivery, messageOf(error), 'site');
    await store.postpone(delivery, clock.now() + AGAIN, messageOf(error));
    given.log.warning(
      `${delivery.subscription}: ${delivery.object} cannot be read back: ${messageOf(error)}`,
    );
  }

  async function giveUp(delivery: Delivery, reason: string, cause: 'site' | 'configuration') {
    await given.store.settle(delivery.id, { state: 'dead', reason, cause }, given.clock.now());
    given.metrics.dead.inc({ cause });
    given.log.warning(`${delivery.subscription}: ${delivery.object} is given up: ${reason}.`);
  }

  async function turn(): Promise<number> {
    const { store, clock } = given;
    const due = await store.toDecide(clock.now(), pausedSites());
    for (let at = 0; at < due.length && !given.signal.aborted; at += AT_A_TIME) {
      const paused = pausedSites();
      const some = due.slice(at, at + AT_A_TIME).filter(({ site }) => !paused.includes(site));
      await Promise.all(some.map(one));
    }
    if (due.length > 0) return 0;
    const next = await store.nextDue(pausedSites());
    const ends = [...pauses.values()].map(({ until }) => until).filter(until => until > clock.now());
    return Math.min(...[next ?? Number.POSITIVE_INFINITY, ...ends].map(at => at - clock.now()), LOOK);
  }

  async function loop() {
    while (!given.signal.aborted) {
      const wait = await turn().catch(error => {
        given.log.warning(messageOf(error));
        return 1000;
      });
      await bell.wait(wait, given.clock, given.signal);
    }
  }
  return { bell, done: loop() };
}
