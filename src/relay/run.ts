import type { SteadyClock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Dispatch, DispatchOutcome } from '../github/dispatch.ts';
import { connect, type Qrs } from '../qrs/connection.ts';
import type { Limits } from '../qrs/limits.ts';
import type { RelayConfig, Subscription } from './config/settings.ts';
import { type Review, review } from './decide/review.ts';
import { type Witness, witness } from './decide/witness.ts';
import { deliver } from './deliver/deliver.ts';
import { callbackSecret, callbackUrl } from './hear/callback.ts';
import { createIntake } from './hear/intake.ts';
import { receive } from './hear/receive.ts';
import { endAll } from './hear/subscribe.ts';
import { type Watch, watch } from './hear/watch.ts';
import { createMetrics } from './metrics.ts';
import { openStore, type Store } from './store/store.ts';

export interface Running {
  clock: SteadyClock;
  log: Log;
  /** Calls GitHub. */
  send: (dispatch: Dispatch, signal: AbortSignal) => Promise<DispatchOutcome>;
  signal: AbortSignal;
  /** Told each secret that is made here. */
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

const PRUNE = 3_600_000;
/** How often the machine's clock is compared with the steady one, and what is no drift any more, ms. */
const COMPARE = 60_000;
const STEP = 2_000;
/** For the last calls to the sites when the relay stops, ms. */
const FAREWELL = 5_000;

/**
 * Runs the relay until the signal aborts: receive and subscribe, store, review, deliver. Then it stops in order:
 * no more calls are taken, what is being written is written, the call under way ends; the rest is kept. Throws
 * InputError for a port that cannot be had, StoreError for a file that cannot.
 */
export async function run(config: RelayConfig, given: Running): Promise<void> {
  const { log, signal, redact = text => text } = given;
  // Of the same order as the machine's clock, so that what an earlier relay wrote can be compared with it.
  const origin = given.clock.now() - given.clock.steady();
  const clock: SteadyClock = { ...given.clock, steady: () => origin + given.clock.steady() };
  const store = await openStore(config.store, 'run');
  const metrics = createMetrics();
  const sites: Site[] = [];
  const late = new AbortController();
  try {
    const secret = await callbackSecret(store, given.secret);
    const at = (name: string) => sites.find(one => one.qrs.site.name === name);
    const repositories = new Set(config.subscriptions.map(({ send }) => send.repository.toLowerCase()));
    const share = Math.max(1, Math.floor(config.backlog / repositories.size));
    const shared = { store, subscriptions: config.subscriptions, clock, log, metrics, signal, redact, share };
    const intake = createIntake({
      ...shared,
      stored: ({ added }) => {
        for (const [name, heard] of Map.groupBy(added, ({ told }) => told.site))
          at(name)?.witness.heard(heard);
        for (const { review } of sites) review.bell.ring();
      },
    });
    const receiver = await receive({
      ...shared,
      listen: config.listen,
      secret,
      intake,
      missed: ({ site, name }) => at(site.name)?.watch.missed(name),
      gap: ({ site, name }) => at(site.name)?.watch.hasGap(name) ?? true,
    });
    await takeUp(store, config, given);
    const { send, interval = 1000, random = Math.random, period = 60_000 } = given;
    const delivering = deliver({ ...shared, send, interval, random });
    for (const site of watchedSites(config)) {
      const qrs = connect(site, { clock, log, signal, ...(given.limits ? { limits: given.limits } : {}) });
      const subscriptions = config.subscriptions.filter(one => one.site.name === site.name);
      const callback = (one: Subscription) => callbackUrl(config, one, secret);
      const here = { ...shared, qrs, subscriptions };
      const seeing = witness({ ...here, done: () => reviewing.bell.ring() });
      const decided = delivering.bell.ring;
      const silent = () => at(site.name)?.watch.missed();
      const reviewing = review({ ...here, witness: seeing, decided, silent });
      const watching = watch({ ...here, callback, intake, period, back: reviewing.back });
      sites.push({ qrs, witness: seeing, review: reviewing, watch: watching });
    }
    given.listening?.(receiver.port);
    log.info(`The relay listens on port ${receiver.port} for ${config.subscriptions.length} subscriptions.`);
    await housekeeping(store, config, given);
    await receiver.close();
    await intake.idle();
    await Promise.all([...sites.flatMap(({ watch, review }) => [watch.done, review.done]), delivering.done]);
    await Promise.all(sites.map(one => one.witness.settled()));
    const farewell = AbortSignal.any([late.signal, AbortSignal.timeout(FAREWELL)]);
    await Promise.all(sites.map(({ qrs }) => endAll(qrs.under(farewell), store, log)));
    log.info('The relay has stopped; the changes that still wait are kept.');
  } finally {
    late.abort();
    await Promise.all(sites.map(({ qrs }) => qrs.close()));
    await store.close();
  }
}

/** All that goes on for one site. */
interface Site {
  qrs: Qrs;
  witness: Witness;
  review: Review;
  watch: Watch;
}

async function takeUp(store: Store, { subscriptions }: RelayConfig, { clock, log }: Running): Promise<void> {
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
}

function watchedSites({ sites, subscriptions }: RelayConfig) {
  return sites.filter(({ name }) => subscriptions.some(({ site }) => site.name === name));
}

/** Notices that the machine's clock was set, and removes old changes now and then, until the signal aborts. */
async function housekeeping(
  store: Store,
  config: RelayConfig,
  { clock, log, signal }: Running,
): Promise<void> {
  let offset = clock.now() - clock.steady();
  let pruned = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    const step = clock.now() - clock.steady() - offset;
    try {
      if (Math.abs(step) > STEP) {
        const seconds = Math.round(Math.abs(step) / 1000);
        log.warning(`This machine's clock was set ${step > 0 ? 'forward' : 'back'} by ${seconds} s.`);
        offset += step;
      }
      if (clock.steady() - pruned >= PRUNE) {
        pruned = clock.steady();
        const gone = await store.prune(clock.now(), config.history);
        if (gone > 0) log.debug(`${gone} old changes were removed.`);
      }
    } catch (error) {
      log.debug(messageOf(error));
    }
    await clock.sleep(COMPARE, signal).catch(() => {});
  }
}
