import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Dispatch, DispatchOutcome } from '../github/dispatch.ts';
import { connect, type Qrs } from '../qrs/connection.ts';
import { callbackSecret, callbackUrl } from './callback.ts';
import type { RelayConfig, Subscription } from './config.ts';
import { deliver } from './deliver.ts';
import { createIntake } from './intake.ts';
import { createMetrics } from './metrics.ts';
import { receive } from './receive.ts';
import { type Review, review } from './review.ts';
import { openStore } from './store/open.ts';
import { withoutSecrets } from './store/redacted.ts';
import type { Store } from './store/store.ts';
import { endAll, type Watch, watch } from './subscribe.ts';

export interface Running {
  clock: Clock;
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
  /** Between renewals of a subscription, ms. */
  period?: number;
  random?: () => number;
  /** Called when it listens, with the port. */
  listening?: (port: number) => void;
}

const PRUNE = 3_600_000;
/** For the last calls to the sites when the relay stops, ms. */
const FAREWELL = 5_000;

/**
 * Runs the relay until the signal aborts: receive and subscribe, store, review, deliver. Then it stops in order:
 * no more calls are taken, what is being written is written, the call under way ends; the rest is kept. Throws
 * InputError for a port that cannot be had, StoreError for a file that cannot.
 */
export async function run(config: RelayConfig, given: Running): Promise<void> {
  const { clock, log, signal } = given;
  const store = withoutSecrets(await openStore(config.store), given.redact);
  const metrics = createMetrics();
  const secret = await callbackSecret(store, given.secret);
  const connections = new Map<string, Qrs>();
  const watches = new Map<string, Watch>();
  const late = new AbortController();
  const reviews: Review[] = [];
  const intake = createIntake({
    store,
    clock,
    limit: config.backlog,
    stored: () => {
      for (const { bell } of reviews) bell.ring();
    },
  });
  try {
    const receiver = await receive({
      listen: config.listen,
      subscriptions: config.subscriptions,
      secret,
      intake,
      store,
      metrics,
      clock,
      log,
      missed: ({ site }) => watches.get(site.name)?.missed(),
    });
    // Two relays on one store would take each other's calls for lost ones: they would need the same port, too.
    await recover(store, config, given);
    for (const site of watchedSites(config))
      connections.set(site.name, connect(site, { clock, log, signal }));
    const shared = { store, subscriptions: config.subscriptions, clock, log, metrics, signal };
    const delivering = deliver({
      ...shared,
      send: given.send,
      interval: given.interval ?? 1000,
      random: given.random ?? Math.random,
    });
    for (const [name, qrs] of connections) {
      const subscriptions = config.subscriptions.filter(({ site }) => site.name === name);
      const callback = (one: Subscription) => callbackUrl(config, one, secret);
      const period = given.period ?? 60_000;
      const reviewing = review({ ...shared, qrs, decided: delivering.bell.ring });
      reviews.push(reviewing);
      watches.set(
        name,
        watch({ ...shared, qrs, subscriptions, callback, intake, period, back: reviewing.back }),
      );
    }
    given.listening?.(receiver.port);
    log.info(`The relay listens on port ${receiver.port} for ${config.subscriptions.length} subscriptions.`);
    await pruning(store, config, given);
    await receiver.close();
    await intake.idle();
    await Promise.all([...watches.values(), ...reviews, delivering].map(({ done }) => done));
    const farewell = AbortSignal.any([late.signal, AbortSignal.timeout(FAREWELL)]);
    await Promise.all([...connections.values()].map(qrs => endAll(qrs.under(farewell), store, log)));
    log.info('The relay has stopped; what was not yet told is kept.');
  } finally {
    late.abort();
    await Promise.all([...connections.values()].map(qrs => qrs.close()));
    await store.close();
  }
}

async function recover(store: Store, { subscriptions }: RelayConfig, { clock, log }: Running): Promise<void> {
  const underway = await store.recover(clock.now());
  if (underway > 0)
    log.info(`${underway} dispatches were under way when the relay ended; they are repeated.`);
  const known = subscriptions.map(({ name, site }) => ({ subscription: name, site: site.name }));
  const orphans = await store.adopt(known, clock.now());
  if (orphans > 0)
    log.warning(`${orphans} changes are given up: their subscriptions are not in the configuration.`);
  // Credentials may have been mended in the meantime.
  await store.revive('credential', clock.now());
  await store.revive('repository', clock.now());
}

function watchedSites({ sites, subscriptions }: RelayConfig) {
  return sites.filter(({ name }) => subscriptions.some(({ site }) => site.name === name));
}

/** Takes the old ones away now and then, until the signal aborts. */
async function pruning(store: Store, config: RelayConfig, { clock, log, signal }: Running): Promise<void> {
  while (!signal.aborted) {
    const pruned = await store.prune(clock.now(), config.history).catch(() => 0);
    if (pruned > 0) log.debug(`${pruned} old changes were taken away.`);
    await clock.sleep(PRUNE, signal).catch(() => {});
  }
}
