import { randomBytes } from 'node:crypto';
import type { SteadyClock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { connect, type Qrs } from '../qrs/connection.ts';
import type { Limits } from '../qrs/limits.ts';
import type { RelayConfig, Subscription } from './config/settings.ts';
import { type Review, review } from './decide/review.ts';
import { type Delivering, deliver } from './deliver/deliver.ts';
import { createIntake, type Intake } from './hear/intake.ts';
import { receive } from './hear/receive.ts';
import { siteClock } from './hear/site-clock.ts';
import { endAll, forget } from './hear/subscribe.ts';
import { type Watch, watch } from './hear/watch.ts';
import { type Loop, loop } from './loop.ts';
import { createMetrics } from './metrics.ts';
import type { Relay } from './relay.ts';
import { openStore } from './store/store.ts';

export interface Running {
  clock: SteadyClock;
  log: Log;
  /** Calls GitHub. */
  send: Delivering['send'];
  signal: AbortSignal;
  /** Called with each secret that is made here. */
  secret: (value: string) => void;
  /** Takes secrets out of what a site or GitHub said, before it is kept. */
  redact?: (text: string) => string;
  /** Least time between two dispatches, ms: GitHub asks for a second. */
  interval?: number;
  /** Of calls to sites, in place of the usual ones. */
  limits?: Partial<Limits>;
  /** Between renewals of a subscription, ms. */
  period?: number;
  random?: () => number;
  /** Called when it listens, with the port. */
  listening?: (port: number) => void;
}

/** How often old changes are removed, ms. */
const PRUNE = 3_600_000;
/** How often the machine's clock is compared with the steady one, and what is no drift any more, ms. */
const COMPARE = 60_000;
const STEP = 2_000;
/** For the last calls to the sites when the relay stops, ms. */
const FAREWELL = 2_000;

/**
 * Runs the relay until the signal aborts: receive and subscribe, store, review, deliver. Then it stops in order:
 * no more calls are taken, what is being written is written, the call under way ends; the rest is kept. Throws
 * InputError for a port that cannot be had, StoreError for a file that cannot.
 */
export async function runRelay(config: RelayConfig, given: Running): Promise<void> {
  const { log, signal, redact = text => text } = given;
  const { subscriptions } = config;
  // Of the same order as the machine's clock, so that what an earlier relay wrote can be compared with it.
  const origin = given.clock.now() - given.clock.steady();
  const clock: SteadyClock = { ...given.clock, steady: () => origin + given.clock.steady() };
  const store = await openStore(config.store, 'run');
  const repositories = new Set(subscriptions.map(({ send }) => send.repository.toLowerCase()));
  const share = Math.max(1, Math.floor(config.backlog / repositories.size));
  const relay: Relay = { store, clock, log, metrics: createMetrics(), redact, share, signal };
  const roads = new Map<string, Road>();
  const sites: Qrs[] = [];
  const late = new AbortController();
  try {
    // The part of a callback's address that nobody can guess: made once, and kept with the store.
    const secret = await store.setting('secret', () => randomBytes(32).toString('base64url'));
    given.secret(secret);
    const intake = createIntake(relay, ({ added }) => {
      for (const [name, heard] of Map.groupBy(added, ({ reported }) => reported.subscription))
        roads.get(name)?.review.heard(heard);
      for (const { review } of new Set(roads.values())) review.ring();
    });
    const receiver = await receive({
      ...relay,
      listen: config.listen,
      subscriptions,
      secret,
      intake,
      missed: ({ name }) => roads.get(name)?.watch.missed(name),
      gap: ({ name }) => roads.get(name)?.watch.hasGap(name) ?? true,
    });
    await takeUp(relay, config);
    const { send, interval = 1000, random = Math.random } = given;
    const delivering = deliver(relay, { subscriptions, send, interval, random });
    const forgetting: Promise<void>[] = [];
    for (const [site, own] of Map.groupBy(subscriptions, ({ site }) => site)) {
      const qrs = connect(site, { clock, log, signal, ...(given.limits ? { limits: given.limits } : {}) });
      sites.push(qrs);
      forgetting.push(forget(relay, qrs, own).catch(error => log.warning(messageOf(error))));
      const callback = ({ name }: Subscription) => `${config.listen.url}/notify/${name}/${secret}`;
      const { period = 60_000 } = given;
      const made = roadsOf(relay, qrs, own, { intake, callback, period, decided: delivering.ring });
      for (const [name, road] of made) roads.set(name, road);
    }
    given.listening?.(receiver.port);
    log.info(`The relay listens on port ${receiver.port} for ${subscriptions.length} subscriptions.`);
    await housekeeping(relay, config).done;
    await receiver.close();
    await intake.idle();
    const loops = [...roads.values()].flatMap(({ watch, review }) => [watch.done, review.done]);
    await Promise.all([delivering.done, ...loops, ...forgetting]);
    const farewell = AbortSignal.any([late.signal, AbortSignal.timeout(FAREWELL)]);
    await Promise.all(sites.map(qrs => endAll(relay, qrs.under(farewell))));
    log.info('The relay has stopped; the changes that still wait are kept.');
  } finally {
    late.abort();
    await Promise.all(sites.map(qrs => qrs.close()));
    await store.close();
  }
}

/** What hears and decides changes of one type of one site: no type holds up another. */
interface Road {
  watch: Watch;
  review: Review;
}

/** By the name of the subscription. */
function roadsOf(
  relay: Relay,
  qrs: Qrs,
  subscriptions: readonly Subscription[],
  given: {
    intake: Intake;
    callback: (one: Subscription) => string;
    period: number;
    decided: () => void;
  },
): Map<string, Road> {
  const site = qrs.site.name;
  const types = Map.groupBy(subscriptions, ({ entity }) => entity.toLowerCase());
  const silent = new Set<string>();
  const siteTime = siteClock(relay, qrs);
  const roads = new Map<string, Road>();
  for (const [type, same] of types) {
    const answers = (yes: boolean) => {
      if (yes) silent.delete(type);
      else silent.add(type);
      relay.metrics.reachable.set({ site }, silent.size < types.size ? 1 : 0);
    };
    const reviewing = review(relay, {
      qrs,
      subscriptions: same,
      decided: given.decided,
      silent: () => watching.missed(),
      late: () => watching.askSoon(),
    });
    const watching = watch(relay, {
      ...given,
      ...{ qrs, subscriptions: same, siteTime, answers, back: reviewing.back },
    });
    for (const { name } of same) roads.set(name, { watch: watching, review: reviewing });
  }
  return roads;
}

/** Adapts what an earlier relay left in the store. */
async function takeUp({ store, clock, log }: Relay, { subscriptions }: RelayConfig): Promise<void> {
  const underway = await store.recover(clock.now());
  if (underway > 0)
    log.info(`${underway} dispatches were under way when the relay ended; they are repeated.`);
  const known = subscriptions.map(({ name, site, send }) => ({
    subscription: name,
    repository: send.repository.toLowerCase(),
    sites: [site.name, ...site.names],
  }));
  const orphans = await store.adopt(known, clock.now());
  if (orphans > 0)
    log.warning(`${orphans} changes are given up: their subscriptions are not in the configuration.`);
  for (const { name } of subscriptions) await store.trouble(name, undefined);
}

/** Notices that the machine's clock was set, and removes old changes now and then. */
function housekeeping(relay: Relay, { history }: RelayConfig): Loop {
  const { store, clock, log } = relay;
  let offset = clock.now() - clock.steady();
  let pruned = Number.NEGATIVE_INFINITY;
  return loop(relay, async () => {
    const step = clock.now() - clock.steady() - offset;
    if (Math.abs(step) > STEP) {
      const seconds = Math.round(Math.abs(step) / 1000);
      log.warning(`This machine's clock was set ${step > 0 ? 'forward' : 'back'} by ${seconds} s.`);
      offset += step;
    }
    if (clock.steady() - pruned >= PRUNE) {
      pruned = clock.steady();
      const gone = await store.prune(clock.now(), history).catch(error => log.debug(messageOf(error)));
      if (gone) log.debug(`${gone} old changes were removed.`);
    }
    return COMPARE;
  });
}
