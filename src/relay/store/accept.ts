import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { type Delivery, HEARD, type Heard, type Moment, soundDeliveries } from './delivery.ts';
import { insert, type Sql, set, sql } from './sql.ts';

/** Names of changed properties that are kept of one delivery. */
const NAMES = 50;

/** A change that a site notified, or that catch-up found. */
export interface ReportedChange
  extends Pick<Delivery, 'subscription' | 'site' | 'repository' | 'entity' | 'object' | 'change' | 'since'> {
  /** Names of properties; undefined when the notification has none. */
  changed: readonly string[] | undefined;
  /** When it changed, by the site's clock, ms since the epoch. */
  date: number | undefined;
  /** The site may not have notified for a while: who wrote last proves nothing about who wrote before. */
  gap: boolean;
  /** Ms. */
  quiet: number;
  maxWait: number;
}

export interface NewDelivery {
  id: string;
  reported: ReportedChange;
}

export interface AcceptResult {
  stored: number;
  /** Of these, joined another one that waits. */
  joined: readonly ReportedChange[];
  /** Beyond the share of their repository. */
  rejected: readonly ReportedChange[];
  /** New rows that came by notification: they are read at once, to see who wrote. */
  added: readonly NewDelivery[];
}

export const accepting = (db: Sql) => ({
  /**
   * Adds changes, all or none but for those beyond a repository's share; a change of an entity that waits joins it.
   * It costs one commit, however many changes there are.
   */
  accept: (batch: readonly ReportedChange[], at: Moment, share: number): Promise<AcceptResult> =>
    db.transaction(inside => acceptAll(inside, batch, at, share)),
});

async function acceptAll(
  db: Sql,
  batch: readonly ReportedChange[],
  at: Moment,
  share: number,
): Promise<AcceptResult> {
  const [joined, rejected, added]: [ReportedChange[], ReportedChange[], NewDelivery[]] = [[], [], []];
  const hasRoom = roomIn(db, share);
  for (const reported of batch) {
    const waiting = await waitingOf(db, reported, at.now);
    if (await join(db, reported, waiting, at)) joined.push(reported);
    // After a delivery that was tried already one more may follow, and no more.
    else if ((await hasRoom(reported.repository)) || waiting.length > 0) {
      const id = await addDelivery(db, freshFrom(reported, at), at.now);
      if (reported.since === undefined && !reported.gap) added.push({ id, reported });
    } else rejected.push(reported);
  }
  return { stored: batch.length - rejected.length, joined, rejected, added };
}

/** Whether one more may wait for a repository. Counting takes longer the more there is: it is done once a batch. */
function roomIn(db: Sql, share: number): (repository: string) => Promise<boolean> {
  const left = new Map<string, number>();
  return async repository => {
    const room = left.get(repository) ?? share - (await countOf(db, repository));
    left.set(repository, room - 1);
    return room > 0;
  };
}

async function waitingOf(
  db: Sql,
  { subscription, object }: ReportedChange,
  now: number,
): Promise<Delivery[]> {
  const rows = await db.all(
    sql`SELECT * FROM delivery WHERE subscription = ${subscription} AND object = ${object}
          AND state IN ('pending', 'leased')`,
  );
  return soundDeliveries(rows, db, now);
}

async function countOf(db: Sql, repository: string): Promise<number> {
  const found = await db.get(
    sql`SELECT count(*) AS waiting FROM delivery
          WHERE state IN ('pending', 'leased') AND repository = ${repository}`,
  );
  return z.object({ waiting: z.number() }).parse(found).waiting;
}

/** Adds to the untried delivery of this entity, if there is one; the entity is to be read back anew. */
async function join(
  db: Sql,
  reported: ReportedChange,
  waiting: readonly Delivery[],
  { now, tick }: Moment,
): Promise<boolean> {
  const known = reported.since === undefined ? undefined : waiting.find(one => covers(one, reported));
  if (known) {
    // In a gap there may have been another change before it, of which QRS did not notify.
    if (reported.gap) await db.run(sql`UPDATE delivery SET own = 0 WHERE id = ${known.id}`);
    return true;
  }
  const open = waiting.find(({ state, attempts }) => state === 'pending' && attempts === 0);
  if (!open) return false;
  const joined = {
    change: stronger(open.change, reported.change),
    changed: JSON.stringify([...new Set([...open.changed, ...(reported.changed ?? [])])].slice(0, NAMES)),
    certain: open.certain && reported.changed !== undefined,
    since: outermost(Math.min, open.since, reported.since),
    // A change found by catch-up is no notification.
    count: open.count + (reported.since === undefined ? 1 : 0),
    last: now,
    date: outermost(Math.max, open.date, reported.date),
    due: Math.max(tick, Math.min(tick + reported.quiet, open.deadline)),
    own: open.own && !reported.gap && reported.since === undefined,
    looks: 0,
    version: open.version + 1,
    payload: undefined,
    unread: true,
    reason: undefined,
    updated: now,
  };
  await db.run(sql`UPDATE delivery SET ${set(joined)} WHERE id = ${open.id}`);
  return true;
}

/**
 * A change found by catch-up was probably notified too: then a delivery waits that will be read back, or that was
 * read back after this change.
 */
function covers({ unread, modified = 0, change }: Delivery, reported: ReportedChange): boolean {
  return stronger(change, reported.change) === change && (unread || (reported.date ?? 0) <= modified);
}

type Fresh = Pick<
  Delivery,
  'subscription' | 'site' | 'repository' | 'entity' | 'object' | 'change' | 'since'
> &
  Pick<Delivery, 'certain' | 'count' | 'date' | 'due' | 'deadline'> & { changed: readonly string[] };

function freshFrom(reported: ReportedChange, { tick }: Moment): Fresh {
  const [due, deadline] = [tick + Math.min(reported.quiet, reported.maxWait), tick + reported.maxWait];
  const { changed } = reported;
  return { ...reported, changed: changed ?? [], certain: changed !== undefined, count: 1, due, deadline };
}

/** A new delivery, unread, that further notifications join. Resolves to its id. */
export async function addDelivery(db: Sql, one: Fresh, now: number): Promise<string> {
  const id = randomUUID();
  const seq = sql`(SELECT coalesce(max(seq), 0) + 1 FROM delivery)`;
  const { subscription, site, repository, entity, object, change, since, certain, count, date } = one;
  const what = { subscription, site, repository, entity, object, change, since, certain, count, date };
  const changed = JSON.stringify(one.changed.slice(0, NAMES));
  const times = { due: one.due, deadline: one.deadline, first: now, last: now, updated: now };
  await db.run(insert('delivery', { id, seq, ...what, changed, ...times }));
  return id;
}

/** Of several changes of one entity the one that matters. */
function stronger(one: Heard, other: Heard): Heard {
  return HEARD.indexOf(other) > HEARD.indexOf(one) ? other : one;
}

function outermost(of: (...times: number[]) => number, ...times: (number | undefined)[]): number | undefined {
  const known = times.filter(time => time !== undefined);
  return known.length > 0 ? of(...known) : undefined;
}
