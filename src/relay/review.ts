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
  qrs: Qrs;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  signal: AbortSignal;
  /** Something new is wanted. */
  decided: () => void;
}

/** The store is looked at so often even if nothing rings, ms: another process may have changed it. */
const LOOK = 5_000;
/** Read back at a time. */
const AT_A_TIME = 4;
/** Between tries for one entity, ms; it is given up after a day of clear answers. */
const SOONEST = 2_000;
const LATEST = 300_000;
const DAY = 86_400_000;
/** The longest pause while a site is away, ms. */
const LONGEST = 60_000;
const ORPHAN = 'its subscription is not in the configuration any more';

export interface Review {
  bell: Bell;
  /** The site is known to answer again. */
  back(): void;
  done: Promise<void>;
}

/** Reads back what is due of one site, and decides, until the signal aborts. */
export function review(given: Reviewing): Review {
  const { store, clock, log, metrics, qrs } = given;
  const site = qrs.site.name;
  const bell = createBell();
  let paused = { until: 0, length: 0 };

  async function one(delivery: Delivery) {
    const subscription = given.subscriptions.find(({ name }) => name === delivery.subscription);
    if (!subscription || subscription.site.name !== site) return giveUp(delivery, ORPHAN, 'configuration');
    // It has waited as long as it may: what is told from now on is another change.
    if (clock.now() - delivery.first >= subscription.maxWait) await store.shut(delivery.id);
    try {
      const before = await store.seen(delivery.subscription, delivery.object);
      const verdict = await decide(qrs, subscription, delivery, before);
      await answered();
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

  async function answered() {
    if (paused.length === 0) return;
    paused = { until: 0, length: 0 };
    log.info(`Site "${site}" answers again.`);
    await store.hasten(site, clock.now());
  }

  /**
   * It goes to the back, so that it holds up no other; where the site does not say a clear no, all of them wait a
   * while, as it may be the site.
   */
  async function failed(delivery: Delivery, error: unknown) {
    if (error instanceof StoppedError) return;
    if (!(error instanceof RemoteError)) throw error;
    const now = clock.now();
    const words = messageOf(error);
    if (error.status !== undefined && now - delivery.first > DAY) return giveUp(delivery, words, 'site');
    const again = error.final ? LATEST : Math.max(SOONEST, Math.min((now - delivery.first) / 4, LATEST));
    await store.postpone(delivery, now + again, words);
    if (error.final)
      log.warning(`${delivery.subscription}: ${delivery.object} cannot be read back: ${words}`);
    else pause(words);
  }

  function pause(words: string) {
    if (paused.length === 0) log.warning(`Changes of site "${site}" wait until it answers: ${words}`);
    const length = Math.min(Math.max(500, paused.length) * 2, LONGEST);
    paused = { until: clock.now() + length, length };
  }

  async function giveUp(delivery: Delivery, reason: string, cause: 'site' | 'configuration') {
    await store.settle(delivery.id, { state: 'dead', reason, cause }, clock.now());
    metrics.dead.inc({ cause });
    log.warning(`${delivery.subscription}: ${delivery.object} is given up: ${reason}.`);
  }

  async function turn(): Promise<number> {
    const wait = paused.until - clock.now();
    if (wait > 0) return Math.min(wait, LOOK);
    const due = await store.toDecide(clock.now(), site);
    for (let at = 0; at < due.length && !given.signal.aborted; at += AT_A_TIME) {
      await Promise.all(due.slice(at, at + AT_A_TIME).map(one));
      if (paused.until > clock.now()) return 0;
    }
    if (due.length > 0) return 0;
    const next = await store.nextDue(site);
    return Math.min((next ?? Number.POSITIVE_INFINITY) - clock.now(), LOOK);
  }

  async function loop() {
    while (!given.signal.aborted) {
      const wait = await turn().catch(error => {
        log.warning(messageOf(error));
        return 1000;
      });
      await bell.wait(wait, clock, given.signal);
    }
  }
  return {
    bell,
    back: () => {
      paused = { ...paused, until: 0 };
      void store
        .hasten(site, clock.now())
        .catch(error => log.warning(messageOf(error)))
        .finally(bell.ring);
    },
    done: loop(),
  };
}
