import { jsonIn } from '../../base/json.ts';
import { count, formatDuration } from '../../base/units.ts';
import { type Delivery, objectName } from '../store/delivery.ts';
import type { Store } from '../store/store.ts';

export type Facts = Awaited<ReturnType<typeof factsOf>>;

export interface Fared {
  store: Store;
  /** How many relays run on it. */
  running: number;
  /** Of the configuration, where there is one. */
  digest: string | undefined;
}

/** The state of a store and its relays, as `status --json` shows it: all times are dates in ISO 8601. */
export async function factsOf({ store, running, digest }: Fared) {
  const agreed = await store.configuration();
  const held = running > 0 ? await store.holds() : [];
  const { oldest, ...counts } = await store.counts();
  return {
    running: running > 0,
    relays: running,
    /** Which relays hold which sites. */
    holds: held.map(({ site, relay, since }) => ({ site, relay, since: dateOf(since) })),
    /** Whether the configuration is another one than that of the relays that run. */
    differs: running > 0 && digest !== undefined && agreed !== undefined && digest !== agreed,
    ...counts,
    ...(oldest === undefined ? {} : { oldest: dateOf(oldest) }),
    /** That sites keep. */
    subscriptions: (await store.handles()).length,
    ...(await store.delays()),
  };
}

const dateOf = (ms: number) => new Date(ms).toISOString();

/** The same for people. Pure. */
export function statusText(facts: Facts, now: number): string[] {
  const { pending, leased, delivered, unwanted, dead } = facts.states;
  const age = (date: string) => formatDuration(Math.max(0, now - Date.parse(date)));
  const oldest = facts.oldest === undefined ? '' : `, the oldest for ${age(facts.oldest)}`;
  const counted = (repository: string) =>
    `${repository} (${count(facts.waiting[repository] ?? 0, 'change')})`;
  const lines = [
    `relay      ${runsIn(facts)}`,
    `waiting    ${pending + leased}${oldest}`,
    `delivered  ${delivered}`,
    `unwanted   ${unwanted}`,
    `dead       ${dead}`,
    `handles    ${count(facts.subscriptions, 'subscription')} with QRS`,
  ];
  for (const { site, relay, since } of facts.holds)
    lines.push(`holds      site ${site}: ${relay}, for ${age(since)}`);
  if (facts.differs)
    lines.push(
      'differs    the sites or subscriptions of this configuration are not those of the relays that run',
    );
  for (const { repository, kind, failures, until, reason } of facts.paused) {
    const who = repository === 'all' ? 'all repositories' : counted(repository);
    const left = Date.parse(until) - now;
    const when = left > 0 ? `for another ${formatDuration(left)}` : 'until it is tried again now';
    lines.push(`paused     ${who}, ${kind} ${failures} times in a row, ${when}: ${reason}`);
  }
  for (const { subscription, trouble } of facts.troubles)
    lines.push(`trouble    subscription ${subscription}: ${trouble}`);
  for (const { subscription, number, oldest, reason } of facts.unreadable)
    lines.push(
      `unread     ${number} of subscription ${subscription}, the oldest for ${age(oldest)}: ${reason}`,
    );
  if (dead > 0) lines.push('See the dead ones with "list --state dead"; send them again with "redeliver".');
  return lines;
}

function runsIn({ relays }: Facts): string {
  if (relays === 0) return 'does not run';
  return relays === 1 ? 'runs' : `${relays} run`;
}

/** A line each. Pure. */
export function listText(deliveries: readonly Delivery[]): string[] {
  if (deliveries.length === 0) return ['There is none.'];
  return deliveries.map(one => {
    const times = one.count === 1 ? '' : ` ×${one.count}`;
    const tries = one.attempts > 1 ? `, ${one.attempts} tries` : '';
    const twice = one.maybeSent ? ', maybe accepted before' : '';
    const why = one.reason === undefined ? '' : `: ${one.reason}`;
    const known = objectName(one)?.replace(/\s+/g, ' ');
    const name = known === undefined ? '' : `"${known}" `;
    return `${dateOf(one.last)}  ${one.state.padEnd(9)}  ${one.id}  ${one.subscription} ${one.change} ${name}${one.object}${times}${tries}${twice}${why}`;
  });
}

/** What is shown as JSON: the payload as it is, not as text in text. Pure. */
export function listJson(deliveries: readonly Delivery[]): unknown[] {
  return deliveries.map(({ payload, first, last, ...rest }) => ({
    ...rest,
    first: dateOf(first),
    last: dateOf(last),
    payload: jsonIn(payload ?? '') ?? null,
  }));
}
