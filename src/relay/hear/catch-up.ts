import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { changesSince, type PastChange } from '../../qrs/changes.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { Subscription } from '../config/settings.ts';
import type { Metrics } from '../metrics.ts';
import type { Told } from '../store/accept.ts';
import type { Heard } from '../store/delivery.ts';
import type { Store } from '../store/store.ts';
import type { Intake } from './intake.ts';
import { fixedOf, heardAs } from './notification.ts';

export interface CatchingUp {
  qrs: Qrs;
  store: Store;
  intake: Intake;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  /** Warns of a clock that is off. */
  watchClock: (ahead: number) => void;
}

/**
 * A change may be listed a while after its date. So much of what is known is asked for again, ms; what was decided
 * already is left out.
 */
const OVERLAP = 120_000;
/** Without a gap, the notification of a change of the last moments may still be on its way, ms. */
const ON_ITS_WAY = 10_000;
/** How far back the first question goes where the site does not tell its time, ms. */
const BLIND = 3_600_000;
/** A site tells its time in whole seconds: what it is at the least, ms. */
const RESOLUTION = 1000;
/** A clock that is off by more than this is worth a word, ms. */
const OFF = 30_000;

/**
 * Asks the site what has changed since all was known, for subscriptions to one type, and puts what it did not notify
 * on the same road as notifications. `gaps`: names of those that may have been told nothing for a while. Resolves to
 * the names of those whose changes the backlog did not take.
 */
export async function catchUp(
  given: CatchingUp,
  subscriptions: readonly Subscription[],
  gaps: ReadonlySet<string>,
): Promise<Set<string>> {
  const { qrs, store, log, metrics } = given;
  const site = qrs.site.name;
  const until = siteTime(given);
  const rows = new Map((await store.watches()).map(row => [row.subscription, row]));
  const asked: Asked[] = subscriptions.flatMap(subscription => {
    const { first, until: known } = rows.get(subscription.name) ?? {};
    if (first === undefined || known === undefined) return [];
    // A clock that was set back would hide what changes until it is again where it was.
    const since = Math.max(Math.min(known, until) - OVERLAP, Math.min(first, until));
    return [{ subscription, since, gap: gaps.has(subscription.name) }];
  });
  const [one] = asked;
  const told: Told[] = [];
  if (one) {
    const since = Math.min(...asked.map(({ since }) => since));
    const changes = await changesSince(qrs, new Date(since).toISOString(), [one.subscription.entity]);
    told.push(...(await unknown(store, toldOf(changes, asked, until))));
  }
  const accepted = await given.intake.accept(told);
  const found = accepted.stored - accepted.joined.length;
  if (found > 0) log.info(`Site "${site}": ${found} changes were found by asking.`);
  metrics.finds.inc({ site }, found);
  const rejected = new Set(accepted.rejected.map(({ subscription }) => subscription));
  for (const { name } of subscriptions) if (!rejected.has(name)) await store.know(name, until);
  return rejected;
}

/** The time on the site's own clock at the least, ms since the epoch. */
function siteTime({ qrs, clock, metrics, watchClock }: CatchingUp): number {
  const ahead = qrs.ahead();
  if (ahead === undefined) return clock.now() - BLIND;
  metrics.ahead.set({ site: qrs.site.name }, ahead / 1000);
  watchClock(ahead);
  return clock.now() + ahead - RESOLUTION;
}

/** Says that a site's clock is off when it becomes so, and when it is off by something else: not at each look. */
export function clockWarnings(site: string, log: Log): (ahead: number) => void {
  let said = 0;
  return ahead => {
    const off = Math.abs(ahead) > OFF ? ahead : 0;
    if (Math.abs(off - said) <= OFF) return;
    said = off;
    if (off === 0) return log.info(`Site "${site}": its clock is right again.`);
    const way = off > 0 ? 'ahead of' : 'behind';
    log.warning(
      `Site "${site}": its clock is ${Math.round(Math.abs(off) / 1000)} s ${way} this machine's; ` +
        'that is allowed for, but one of the two should be put right.',
    );
  };
}

interface Asked {
  subscription: Subscription;
  since: number;
  gap: boolean;
}

/** Each change under each subscription that it concerns. Pure. */
function toldOf(changes: readonly PastChange[], asked: readonly Asked[], until: number): Told[] {
  // Every change of an entity may be listed, or its newest alone: what it is now is read back in any case.
  const newest = [...new Map(changes.map(past => [past.id, past])).values()];
  return asked.flatMap(({ subscription, since, gap }) =>
    newest.flatMap((past): Told[] => {
      const change = changeFor(subscription, past, since);
      const date = Date.parse(past.date);
      if (!change || date < since || (!gap && Math.abs(until - date) < ON_ITS_WAY)) return [];
      const found = {
        ...fixedOf(subscription),
        object: past.id,
        change,
        changed: undefined,
        date: Number.isNaN(date) ? undefined : date,
        since,
        gap,
      };
      return [found];
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
async function unknown(store: Store, told: readonly Told[]): Promise<Told[]> {
  const left: Told[] = [];
  for (const one of told) {
    const memory = await store.memory(one.subscription, one.object);
    // To the millisecond: what came just after the entity was read back is another change, and so is what came
    // before it by a clock that was set back.
    const decided = one.change === 'delete' ? memory?.mark === '(deleted)' : memory?.modified === one.date;
    if (!memory || !decided) left.push(one);
  }
  return left;
}
