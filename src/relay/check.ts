import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { messageOf, StoppedError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { GitHub } from '../github/connect.ts';
import type { Finding } from '../github/finding.ts';
import { inspectRepository } from '../github/inspect.ts';
import { changesSince } from '../qrs/changes.ts';
import { connect, type Qrs } from '../qrs/connection.ts';
import { subscribe, unsubscribe } from '../qrs/subscriptions.ts';
import { readWatched } from '../qrs/watched.ts';
import { checkListen } from './check-listen.ts';
import type { RelayConfig, Subscription } from './config.ts';
import { openStore } from './store/open.ts';

export interface Checking {
  github: GitHub;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

const NO_ID = '00000000-0000-0000-0000-000000000000';
/** A clock that is off by more than this is worth a word, ms. */
const OFF = 30_000;

/** Tries all that a relay needs, and leaves nothing behind. What cannot be tried is not said to be well. */
export async function check(config: RelayConfig, given: Checking): Promise<Finding[]> {
  const findings = [await checkStore(config, given), ...(await checkListen(config.listen, given.clock))];
  for (const site of config.sites) {
    const subscriptions = config.subscriptions.filter(one => one.site.name === site.name);
    if (subscriptions.length === 0) continue;
    const qrs = connect(site, given);
    try {
      findings.push(...(await checkSite(qrs, subscriptions, config)));
    } finally {
      await qrs.close();
    }
  }
  const repositories = Map.groupBy(config.subscriptions, ({ send }) => send.repository);
  for (const [repository, subscriptions] of repositories) {
    const events = [...new Set(subscriptions.map(({ send }) => send.event))];
    findings.push(...(await inspectRepository(given.github, repository, events, given.signal)));
  }
  return findings;
}

async function checkStore({ store: path }: RelayConfig, { clock }: Checking): Promise<Finding> {
  try {
    const store = await openStore(path);
    await store.probe(clock.now());
    await store.close();
    return { level: 'ok', what: `The store ${path} can be written.` };
  } catch (error) {
    return { level: 'problem', what: messageOf(error) };
  }
}

async function checkSite(
  qrs: Qrs,
  subscriptions: readonly Subscription[],
  config: RelayConfig,
): Promise<Finding[]> {
  const name = `Site "${qrs.site.name}"`;
  const findings: Finding[] = [];
  for (const subscription of subscriptions) {
    const said = await trying(() => trySubscription(qrs, subscription, config));
    findings.push(
      said ?? { level: 'ok', what: `${name}: subscription "${subscription.name}" can be made and ended.` },
    );
    if (said) continue;
  }
  const entities = [...new Set(subscriptions.map(({ entity }) => entity))];
  const listed = await trying(() => changesSince(qrs, new Date(qrs.clock.now()).toISOString(), entities));
  findings.push(listed ?? { level: 'ok', what: `${name}: what was missed can be asked for.` });
  return [...findings, ...clockFinding(qrs)];
}

/** The finding that an error amounts to, if there is one. */
async function trying(work: () => Promise<unknown>): Promise<Finding | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof StoppedError) throw error;
    return { level: 'problem', what: messageOf(error) };
  }
}

async function trySubscription(qrs: Qrs, subscription: Subscription, { listen }: RelayConfig): Promise<void> {
  const { entity, filter, property, changes } = subscription;
  // The address is nobody's: ending it must not end the subscription of a relay that runs.
  const callback = `${listen.url}/notify/check/${randomBytes(16).toString('hex')}`;
  for (const change of changes) {
    await unsubscribe(qrs, await subscribe(qrs, { entity, change, filter, property }, callback));
  }
  await readWatched(qrs, entity, NO_ID, filter);
}

function clockFinding(qrs: Qrs): Finding[] {
  const ahead = qrs.ahead();
  if (ahead === undefined) return [];
  const seconds = Math.round(Math.abs(ahead) / 1000);
  const name = `Site "${qrs.site.name}"`;
  if (Math.abs(ahead) <= OFF)
    return [{ level: 'ok', what: `${name}: its clock agrees with this machine's.` }];
  const way = ahead > 0 ? 'ahead of' : 'behind';
  const what = `${name}: its clock is ${seconds} s ${way} this machine's. That is allowed for, but put one of them right.`;
  return [{ level: 'warning', what }];
}
