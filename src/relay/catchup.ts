import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { changesSince, type PastChange } from '../qrs/changes.ts';
import type { Qrs } from '../qrs/connection.ts';
import type { Change } from '../qrs/subscriptions.ts';
import type { Subscription } from './config.ts';
import type { Intake } from './intake.ts';
import type { Metrics } from './metrics.ts';
import type { Told } from './store/delivery.ts';
import type { Store } from './store/store.ts';

export interface CatchingUp {
  qrs: Qrs;
  subscriptions: readonly Subscription[];
  store: Store;
  intake: Intake;
  clock: Clock;
  log: Log;
  metrics: Metrics;
}

/**
 * A change may be listed a while after its date. So much of what is known is asked for again, ms; what was decided
 * already is left out.
 */
const OVERLAP = 120_000;
/** How far back the first question goes where the site does not tell its time, ms. */
const BLIND = 3_600_000;
/** A site tells its time in whole seconds: what it is at the least, ms. */
const RESOLUTION = 1000;
/** A clock that is off by more than this is worth a word, ms. */
const OFF = 30_000;

/**
 * Asks the site what has changed since all was known, and puts what nobody told of on the same road as
 * notifications. False when not all of it could be taken. `gap`: QRS may have told nothing for a while.
 */
export async function catchUp(given: CatchingUp, gap: boolean): Promise<boolean> {
  const { qrs, store, log, subscriptions, metrics } = given;
  const site = qrs.site.name;
  const until = await siteTime(given);
  const known = await store.known(site);
  if (known === undefined) {
    await store.know(site, until);
    return true;
  }
  // A clock that was set back would hide what changes until it is again where it was.
  const since = Math.max(Math.min(known.until, until) - OVERLAP, Math.min(known.first, until));
  const entities = [...new Set(subscriptions.map(({ entity }) => entity))];
  const changes = await changesSince(qrs, new Date(since).toISOString(), entities);
  const told = await unknown(store, toldOf(changes, subscriptions, { since, gap }));
  const accepted = await given.intake.accept(told);
  const found = accepted.stored - accepted.joined.length;
  if (found > 0) log.info(`Site "${site}": ${found} changes were found by asking.`);
  metrics.finds.inc({ site }, found);
  if (accepted.rejected.length > 0) return false;
  await store.know(site, until);
  return true;
}

/** The time on the site's own clock at the least, ms since the epoch. */
async function siteTime({ qrs, clock, log, metrics }: CatchingUp): Promise<number> {
  const ahead = qrs.ahead();
  if (ahead === undefined) return clock.now() - BLIND;
  metrics.ahead.set({ site: qrs.site.name }, ahead / 1000);
  if (Math.abs(ahead) > OFF) {
    const way = ahead > 0 ? 'ahead of' : 'behind';
    log.warning(
      `Site "${qrs.site.name}": its clock is ${Math.round(Math.abs(ahead) / 1000)} s ${way} this machine's; ` +
        'that is allowed for, but one of the two should be put right.',
    );
  }
  return clock.now() + ahead - RESOLUTION;
}

/** Each change under each subscription that it concerns. Pure. */
function toldOf(
  changes: readonly PastChange[],
  subscriptions: readonly Subscription[],
  asked: Asked,
): Told[] {
  // Every change of an entity may be listed, or its newest alone: what it is now is read back in any case.
  const newest = new Map(changes.map(past => [`${past.entity} ${past.id}`, past]));
  return subscriptions.flatMap(subscription =>
    [...newest.values()].flatMap(past => {
      const change = changeFor(subscription, past, asked.since);
      return change ? [told(subscription, past, change, asked)] : [];
    }),
  );
}

interface Asked {
  since: number;
  gap: boolean;
}

/** As what a subscription is told of it, if at all. */
function changeFor({ entity, changes }: Subscription, past: PastChange, since: number): Change | undefined {
  if (entity.toLowerCase() !== past.entity.toLowerCase()) return undefined;
  const added = past.change === 'update' && past.created >= since;
  if (added && changes.includes('add')) return 'add';
  if (changes.includes(past.change)) return past.change;
  return past.updated && changes.includes('update') ? 'update' : undefined;
}

function told(subscription: Subscription, past: PastChange, change: Change, { since, gap }: Asked): Told {
  const time = Date.parse(past.date);
  return {
    subscription: subscription.name,
    site: subscription.site.name,
    entity: subscription.entity,
    object: past.id,
    change,
    changed: undefined,
    date: Number.isNaN(time) ? undefined : time,
    since,
    gap,
    quiet: subscription.quiet,
    maxWait: subscription.maxWait,
  };
}

/** Leaves out what was decided since it changed. */
async function unknown(store: Store, told: readonly Told[]): Promise<Told[]> {
  const left: Told[] = [];
  for (const one of told) {
    const seen = await store.seen(one.subscription, one.object);
    // To the millisecond: what came just after the entity was read back is another change, and so is what came
    // before it by a clock that was set back. In a gap, another change may hide behind one that was ignored.
    const decided = seen && one.date === seen.modified && !(one.gap && seen.ignored);
    if (!decided || (one.change === 'delete' && seen.mark !== '(deleted)')) left.push(one);
  }
  return left;
}
