import { count } from '../../base/units.ts';
import { changesSince, type PastChange } from '../../qrs/changes.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { Subscription } from '../config/settings.ts';
import type { Relay } from '../relay.ts';
import type { Heard } from '../store/delivery.ts';
import type { ReportedChange } from '../store/join.ts';
import { DELETED } from '../store/read.ts';
import type { Store } from '../store/store.ts';
import type { Intake } from './intake.ts';
import { fixedOf, heardAs } from './notification.ts';
import type { SiteClock } from './site-clock.ts';

export interface CatchingUp {
  qrs: Qrs;
  intake: Intake;
  siteTime: SiteClock;
}

/**
 * QRS may list a change some time after its date, so catch-up asks again for so much known time, ms. It leaves out
 * what was decided already.
 */
const OVERLAP = 120_000;
/** Without a gap, the notification of a change that is younger may still arrive, ms. */
const ON_ITS_WAY = 10_000;

/** A subscription, and what catch-up knows of it. */
export interface Asking {
  subscription: Subscription;
  /** Whether QRS may have missed notifications for it. */
  gap: boolean;
}

/**
 * Asks the site what has changed since all was known, for subscriptions to one type, and puts what it did not notify
 * on the same road as notifications. Resolves to the names of those whose changes the backlog did not take.
 */
export async function catchUp(
  { store, log, metrics }: Relay,
  { qrs, intake, siteTime }: CatchingUp,
  asking: readonly Asking[],
): Promise<Set<string>> {
  const site = qrs.site.name;
  const until = siteTime.now();
  const began = siteTime.began();
  const rows = new Map((await store.watches()).map(row => [row.subscription, row]));
  const asked = asking.map((one): Asked => {
    const { first = began, until: known = began } = rows.get(one.subscription.name) ?? {};
    // A clock that was set back would hide what changes until it is again where it was.
    return { ...one, first, since: Math.max(Math.min(known, until) - OVERLAP, Math.min(first, until)) };
  });
  const [one] = asked;
  const reported: ReportedChange[] = [];
  if (one) {
    const since = new Date(Math.min(...asked.map(({ since }) => since))).toISOString();
    const changes = await changesSince(qrs, since, [one.subscription.entity]);
    reported.push(...(await undecided(store, reportedChanges(changes, asked, until))));
  }
  const accepted = await intake.accept(reported);
  const found = accepted.stored - accepted.joined.length;
  if (found > 0) log.info(`Site "${site}": the relay found ${count(found, 'change')} by asking.`);
  metrics.finds.inc({ site }, found);
  const rejected = new Set(accepted.rejected.map(({ subscription }) => subscription));
  for (const { subscription, first } of asked)
    if (!rejected.has(subscription.name)) await store.know(subscription.name, { first, until });
  return rejected;
}

interface Asked extends Asking {
  /** By the site's clock: since when it is watched, and since when its changes are not all known. */
  first: number;
  since: number;
}

/** Each change under each subscription that it concerns. Pure. */
function reportedChanges(
  changes: readonly PastChange[],
  asked: readonly Asked[],
  until: number,
): ReportedChange[] {
  // Every change of an entity may be listed, or its newest alone: what it is now is read back in any case.
  const newest = [...new Map(changes.map(past => [past.id, past])).values()];
  return asked.flatMap(({ subscription, since, gap }) =>
    newest.flatMap((past): ReportedChange[] => {
      const change = changeFor(subscription, past, since);
      const date = Date.parse(past.date);
      if (!change || date < since || (!gap && Math.abs(until - date) < ON_ITS_WAY)) return [];
      const known = Number.isNaN(date) ? undefined : date;
      return [
        { ...fixedOf(subscription), object: past.id, change, changed: undefined, date: known, since, gap },
      ];
    }),
  );
}

/** The change to report to this subscription, or undefined. */
function changeFor(subscription: Subscription, past: PastChange, since: number): Heard | undefined {
  const { entity, changes } = subscription;
  if (entity.toLowerCase() !== past.entity.toLowerCase()) return undefined;
  const added = past.change === 'update' && past.created >= since;
  if (added && changes.includes('add')) return 'add';
  if (past.updated && !changes.includes(past.change) && changes.includes('update')) return 'update';
  return heardAs(subscription, past.change);
}

/** Leaves out what was decided since it changed. */
async function undecided(store: Store, reported: readonly ReportedChange[]): Promise<ReportedChange[]> {
  const memoryOf = await store.memories(reported);
  return reported.filter(one => {
    const memory = memoryOf(one);
    // To the millisecond: what came just after the entity was read back is another change, and so is what came
    // before it by a clock that was set back.
    return !memory || (one.change === 'delete' ? memory.mark !== DELETED : memory.modified !== one.date);
  });
}
