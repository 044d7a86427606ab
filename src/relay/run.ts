import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { SteadyClock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { count } from '../base/units.ts';
import { connect, type Qrs } from '../qrs/connection.ts';
import type { Limits } from '../qrs/limits.ts';
import type { RelayConfig, Subscription } from './config/settings.ts';
import { type Delivering, deliver } from './deliver/deliver.ts';
import { createIntake } from './hear/intake.ts';
import { receive } from './hear/receive.ts';
import { endAll } from './hear/subscribe.ts';
import { digestOf } from './hold/digest.ts';
import { type Holders, holdSites } from './hold/hold.ts';
import type { Held } from './hold/shared-gaps.ts';
import { housekeeping, type Keeping } from './housekeeping.ts';
import { createMetrics } from './metrics.ts';
import { openedStore } from './opened-store.ts';
import type { Relay } from './relay.ts';
import { callsTo, type SiteWork, siteWork } from './roads.ts';
import { sharedClock } from './shared-clock.ts';

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
  /** Whether relays on one database follow its clock, rather than each its own. */
  databaseTime?: boolean;
  /** Between renewals of a subscription, ms. */
  period?: number;
  random?: () => number;
  /** What this relay calls itself to the others. */
  name?: string;
  /** Called when it listens, with the port. */
  listening?: (port: number) => void;
}

/** For the last calls to the sites when the relay stops, ms. */
const FAREWELL = 2_000;

/**
 * Runs the relay until the signal aborts: receive and subscribe, store, review, deliver. Then it stops in order:
 * no more calls are taken, what is being written is written, the call under way ends; the rest is kept. Throws
 * InputError for a port that cannot be used, StoreError for a file that cannot.
 */
export async function runRelay(config: RelayConfig, given: Running): Promise<void> {
  const { log, signal, redact = text => text } = given;
  const { clock, follow } = sharedClock(given.clock);
  const opened = await openedStore(config, { ...given, clock }, async store => {
    const isShared = given.databaseTime === true && !store.isAlone;
    if (isShared) await follow(store.time);
    // The part of a callback's address that nobody can guess: made once, and kept with the store.
    return { isShared, secret: await store.setting('secret', () => randomBytes(32).toString('base64url')) };
  });
  if (!opened) return;
  const { store } = opened;
  const { isShared, secret } = opened.found;
  const repositories = new Set(config.subscriptions.map(({ send }) => send.repository.toLowerCase()));
  const share = Math.max(1, Math.floor(config.backlog / repositories.size));
  const relay: Relay = { store, clock, log, metrics: createMetrics(), redact, share, signal };
  const bySite = Map.groupBy(config.subscriptions, ({ site }) => site);
  // By this time site-clock.ts reckons.
  const steady = { ...clock, now: clock.steady };
  const sites = [...bySite].map(([site, own]) =>
    connect(site, { clock: steady, log, signal, calls: callsTo(own), ...limitsIn(given) }),
  );
  try {
    given.secret(secret);
    await runSites(relay, config, {
      ...given,
      secret,
      sites,
      behind: isShared ? () => follow(store.time) : undefined,
    });
    log.info('The relay has stopped; the changes that still wait are kept.');
  } finally {
    await Promise.all(sites.map(qrs => qrs.close()));
    await store.close();
  }
}

const limitsIn = ({ limits }: Running) => (limits ? { limits } : {});

async function runSites(
  relay: Relay,
  config: RelayConfig,
  given: Omit<Running, 'secret'> & { secret: string; sites: readonly Qrs[] } & Keeping,
): Promise<void> {
  const { log } = relay;
  const { subscriptions, listen } = config;
  const { sites, secret, send, interval = 1000, period = 60_000, random = Math.random } = given;
  const works = new Map<string, SiteWork>();
  const intake = createIntake(relay, (added, concerned) => {
    for (const work of works.values()) work.stored(added, concerned);
  });
  let holders: Holders | undefined;
  const receiver = await receive({
    ...{ ...relay, listen, subscriptions, secret, intake },
    agrees: () => holders?.agrees() ?? true,
    missed: ({ name }) => holders?.missed(name),
    gap: ({ name }) => holders?.hasGap(name) ?? true,
  });
  const agrees = () => holders?.agrees() ?? false;
  const delivering = deliver(relay, { subscriptions, send, interval, random, agrees });
  const callback = ({ name }: Subscription) => `${listen.url}/notify/${name}/${secret}`;
  const own = (qrs: Qrs) => subscriptions.filter(({ site }) => site === qrs.site);
  for (const qrs of sites) {
    const more = { intake, callback, period, decided: delivering.ring };
    works.set(qrs.site.name, siteWork(relay, qrs, own(qrs), more));
  }
  holders = holdSites(relay, {
    sites: new Map(sites.map(qrs => [qrs.site.name, own(qrs).map(({ name }) => name)])),
    digest: digestOf(config),
    name: given.name ?? `${hostname()}:${process.pid}`,
    agreed: () => takeUp(relay, config),
    ready: delivering.ring,
    begin: (site, lost) => works.get(site)?.begin(lost) ?? NOTHING,
  });
  await holders.tried;
  given.listening?.(receiver.port);
  log.info(`The relay listens on port ${receiver.port} for ${count(subscriptions.length, 'subscription')}.`);
  await housekeeping(relay, config, given).done;
  await receiver.close();
  await intake.idle();
  await Promise.all([delivering.done, holders.done, ...[...works.values()].map(one => one.settled())]);
  await farewell(relay, sites, holders);
}

const NOTHING: Held = { missed: () => {}, hasGap: () => true, done: Promise.resolve() };

/** Ends what QRS keeps for the relay, unless others live that go on with it. */
async function farewell(relay: Relay, sites: readonly Qrs[], holders: Holders): Promise<void> {
  try {
    if (await holders.hasOthers()) return;
    const soon = AbortSignal.timeout(FAREWELL);
    await Promise.all(sites.map(qrs => endAll(relay, qrs.under(soon))));
  } catch (error) {
    relay.log.debug(messageOf(error));
  } finally {
    await holders.close();
  }
}

/** Adapts what an earlier relay left in the store. */
async function takeUp({ store, clock, log }: Relay, { subscriptions }: RelayConfig): Promise<void> {
  const at = { now: clock.now(), tick: clock.steady() };
  // Beside other relays, what is under way may be theirs; the leases of one that died end by themselves.
  const underway = store.isAlone ? await store.recover(at) : 0;
  if (underway > 0)
    log.info(`${underway} dispatches were under way when the relay ended; they are repeated.`);
  const known = subscriptions.map(({ name, site, send }) => ({
    subscription: name,
    repository: send.repository.toLowerCase(),
    sites: [site.name, ...site.names],
  }));
  const orphans = await store.adopt(known, at);
  if (orphans > 0)
    log.warning(`${orphans} changes are given up: their subscriptions are not in the configuration.`);
  for (const { name } of subscriptions) await store.trouble(name, undefined);
}
