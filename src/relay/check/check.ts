import { randomBytes } from 'node:crypto';
import { CLOCK_TOLERANCE } from '../../base/clock.ts';
import { messageOf, RemoteError, StoppedError } from '../../base/errors.ts';
import { type Finding, ok, problem, warning } from '../../base/finding.ts';
import { inspectRepository } from '../../github/check/repository.ts';
import type { GitHub } from '../../github/client.ts';
import { readEntities } from '../../qrs/any-entity.ts';
import { changesSince } from '../../qrs/changes.ts';
import { type ConnectOptions, connect, type Qrs } from '../../qrs/connection.ts';
import { NO_ID } from '../../qrs/shape.ts';
import { subscribe, unsubscribe } from '../../qrs/subscriptions.ts';
import { checkDates } from '../../sites/expiry.ts';
import type { RelayConfig, Subscription } from '../config/settings.ts';
import { checkListen } from './listen.ts';
import { checkNames } from './names.ts';
import { checkStore } from './store.ts';

/** To end what was made, even when the check itself is cancelled, ms. */
const TO_END = 5_000;

/** Tries everything that a relay needs, and removes what it made. It reports as working only what it has tried. */
export async function checkRelay(
  { store, listen, sites, subscriptions }: RelayConfig,
  given: ConnectOptions & { github: GitHub },
): Promise<Finding[]> {
  const findings = [...(await checkStore(store, given.clock)), ...(await checkListen(listen, given.clock))];
  for (const site of sites) {
    const own = subscriptions.filter(one => one.site.name === site.name);
    if (own.length === 0) continue;
    const qrs = connect(site, given);
    try {
      findings.push(...credentialFindings(qrs), ...(await checkSite(qrs, own, listen.url)));
    } finally {
      await qrs.close();
    }
  }
  for (const [repository, own] of Map.groupBy(subscriptions, ({ send }) => send.repository)) {
    const events = [...new Set(own.map(({ send }) => send.event))];
    findings.push(...(await inspectRepository(given.github, repository, events, given.signal)));
  }
  return findings;
}

const nameOf = ({ site }: Qrs) => `Site "${site.name}"`;

/** Credentials that have expired, or soon will. */
function credentialFindings(qrs: Qrs): Finding[] {
  const { credentials, ca, insecure } = qrs.site;
  const { faults, warnings } = checkDates(credentials, ca, qrs.clock.now());
  if (insecure) warnings.push('its certificate is not checked (insecure: true).');
  return [
    ...faults.map(({ text }) => problem(`${nameOf(qrs)}: ${text}`)),
    ...warnings.map(text => warning(`${nameOf(qrs)}: ${text}`)),
  ];
}

async function checkSite(qrs: Qrs, subscriptions: readonly Subscription[], url: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  const made: Subscription[] = [];
  for (const one of subscriptions) {
    try {
      await trySubscription(qrs, one, url);
      made.push(one);
      const well = `subscription "${one.name}" can be made and ended, and is not left behind.`;
      findings.push(ok(`${nameOf(qrs)}: ${well}`));
    } catch (error) {
      findings.push(problemOf(error));
      // Every further call would fail the same way, each after its own timeout.
      if (error instanceof RemoteError && error.status === undefined) return findings;
    }
  }
  if (made.length > 0) {
    const types = [...new Set(made.map(({ entity }) => entity))];
    const asking = changesSince(qrs, new Date(qrs.clock.now()).toISOString(), types);
    const well = ok(`${nameOf(qrs)}: the relay can ask for missed changes.`);
    findings.push(await asking.then(() => well, problemOf));
  }
  return [...findings, ...(await checkNames(qrs, made)), ...clockFinding(qrs)];
}

function problemOf(error: unknown): Finding {
  if (!(error instanceof RemoteError)) throw error;
  return problem(messageOf(error));
}

async function trySubscription(qrs: Qrs, one: Subscription, url: string): Promise<void> {
  const { entity, filter, property, changes } = one;
  // The callback differs from a real one: ending this subscription must not end that of a running relay.
  const callback = `${url}/notify/check/${randomBytes(16).toString('hex')}`;
  for (const change of changes) {
    const handle = await subscribe(qrs, { entity, change, filter, property }, callback);
    await unsubscribe(qrs.under(AbortSignal.timeout(TO_END)), handle).catch(error => {
      if (!(error instanceof StoppedError)) throw error;
    });
  }
  await readEntities(qrs, entity, [NO_ID], { filter });
}

function clockFinding(qrs: Qrs): Finding[] {
  const ahead = qrs.ahead();
  if (ahead === undefined) return [];
  if (Math.abs(ahead) <= CLOCK_TOLERANCE)
    return [ok(`${nameOf(qrs)}: its clock agrees with this machine's.`)];
  const off = `${Math.round(Math.abs(ahead) / 1000)} s ${ahead > 0 ? 'ahead of' : 'behind'} this machine's`;
  return [warning(`${nameOf(qrs)}: its clock is ${off}. The relay allows for that; correct one of them.`)];
}
