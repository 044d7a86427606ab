import { randomBytes } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { messageOf, RemoteError, StoppedError } from '../../base/errors.ts';
import { type Finding, ok, problem, warning } from '../../base/finding.ts';
import type { Log } from '../../base/log.ts';
import { inspectRepository } from '../../github/check/repository.ts';
import type { GitHub } from '../../github/client.ts';
import { readEntities } from '../../qrs/any-entity.ts';
import { changesSince } from '../../qrs/changes.ts';
import { connect, type Qrs } from '../../qrs/connection.ts';
import { subscribe, unsubscribe } from '../../qrs/subscriptions.ts';
import { checkDates } from '../../sites/expiry.ts';
import type { RelayConfig, Subscription } from '../config/settings.ts';
import { checkListen } from './listen.ts';
import { checkNames } from './names.ts';
import { checkStore } from './store.ts';

export interface Checking {
  github: GitHub;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

const NO_ID = '00000000-0000-0000-0000-000000000000';
/** A clock that is off by more than this is worth a word, ms. */
const OFF = 30_000;
/** To end what was made, even when the check itself is cancelled, ms. */
const TO_END = 5_000;

/** Tries all that a relay needs, and leaves nothing behind. What cannot be tried is not said to be well. */
export async function check(config: RelayConfig, given: Checking): Promise<Finding[]> {
  const findings = [await checkStore(config.store, given.clock)];
  findings.push(...(await checkListen(config.listen, given.clock)));
  for (const site of config.sites) {
    const subscriptions = config.subscriptions.filter(one => one.site.name === site.name);
    if (subscriptions.length === 0) continue;
    const qrs = connect(site, given);
    try {
      findings.push(...credentialFindings(qrs), ...(await checkSite(qrs, subscriptions, config)));
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

/** What has expired, or soon will: nobody thinks of it while all works. */
function credentialFindings({ site, clock }: Qrs): Finding[] {
  const name = `Site "${site.name}"`;
  const { faults, warnings } = checkDates(site.credentials, site.ca, clock.now());
  return [
    ...faults.map(({ text }) => problem(`${name}: ${text}`)),
    ...warnings.map(text => warning(`${name}: ${text}`)),
    ...(site.insecure ? [warning(`${name}: its certificate is not checked (insecure: true).`)] : []),
  ];
}

async function checkSite(
  qrs: Qrs,
  subscriptions: readonly Subscription[],
  config: RelayConfig,
): Promise<Finding[]> {
  const name = `Site "${qrs.site.name}"`;
  const findings: Finding[] = [];
  const made: Subscription[] = [];
  for (const subscription of subscriptions) {
    const well = `${name}: subscription "${subscription.name}" can be made and ended, and is not left behind.`;
    const tried = await trying(() => trySubscription(qrs, subscription, config), well);
    findings.push(tried.finding);
    if (tried.finding.level === 'ok') made.push(subscription);
    // Every further question would have the same end, each after its own time.
    if (tried.unreachable) return findings;
  }
  if (made.length > 0) {
    const entities = new Set(made.map(({ entity }) => entity));
    const now = new Date(qrs.clock.now()).toISOString();
    const well = `${name}: what was missed can be asked for.`;
    findings.push((await trying(() => changesSince(qrs, now, [...entities]), well)).finding);
  }
  findings.push(...(await checkNames(qrs, made)));
  return [...findings, ...clockFinding(qrs)];
}

/** The finding that a try amounts to. */
async function trying(
  work: () => Promise<unknown>,
  well: string,
): Promise<{ finding: Finding; unreachable: boolean }> {
  try {
    await work();
    return { finding: ok(well), unreachable: false };
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    return { finding: problem(messageOf(error)), unreachable: error.status === undefined };
  }
}

async function trySubscription(qrs: Qrs, subscription: Subscription, { listen }: RelayConfig): Promise<void> {
  const { entity, filter, property, changes } = subscription;
  // The address is nobody's: ending it must not end the subscription of a relay that runs.
  const callback = `${listen.url}/notify/check/${randomBytes(16).toString('hex')}`;
  for (const change of changes) {
    const handle = await subscribe(qrs, { entity, change, filter, property }, callback);
    await unsubscribe(qrs.under(AbortSignal.timeout(TO_END)), handle).catch(error => {
      if (!(error instanceof StoppedError)) throw error;
    });
  }
  await readEntities(qrs, entity, [NO_ID], filter);
}

function clockFinding(qrs: Qrs): Finding[] {
  const ahead = qrs.ahead();
  if (ahead === undefined) return [];
  const seconds = Math.round(Math.abs(ahead) / 1000);
  const name = `Site "${qrs.site.name}"`;
  if (Math.abs(ahead) <= OFF) return [ok(`${name}: its clock agrees with this machine's.`)];
  const way = ahead > 0 ? 'ahead of' : 'behind';
  return [
    warning(
      `${name}: its clock is ${seconds} s ${way} this machine's. That is allowed for, but put one of them right.`,
    ),
  ];
}
