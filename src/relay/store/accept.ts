import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { type Delivery, HEARD, type Heard, type Moment, soundDeliveries } from './delivery.ts';
import { insert, type Sql, set, sql } from './sql.ts';

/** Names of changed properties that are kept of one delivery. */
const NAMES = 50;

/** A change that a site notified, or that was found by asking it. */
export interface Told
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

export interface Added {
  id: string;
  told: Told;
}

export interface Accepted {
  stored: number;
  /** Of these, joined another one that waits. */
  joined: readonly Told[];
  /** Beyond the share of their repository. */
  rejected: readonly Told[];
  /** New rows that came by notification: they are read at once, to see who wrote. */
  added: readonly Added[];
}

export const accepting = (db: Sql) => ({
  /**
   * Adds changes, all or none but for those beyond a repository's share; a change of an entity that waits joins it.
   * It costs one commit, however many changes there are.
   */
  accept: (batch: readonly Told[], at: Moment, share: number): Promise<Accepted> =>
    db.transaction(inside => acceptAll(inside, batch, at, share)),
});

async function acceptAll(db: Sql, batch: readonly Told[], at: Moment, share: number): Promise<Accepted> {
  const [joined, rejected, added]: [Told[], Told[], Added[]] = [[], [], []];
  const hasRoom = roomIn(db, share);
  for (const told of batch) {
    const waiting = await waitingOf(db, told, at.now);
    if (await join(db, told, waiting, at)) joined.push(told);
    // After a delivery that was tried already one more may follow, and no more.
    else if ((await hasRoom(told.repository)) || waiting.length > 0) {
      const id = await addDelivery(db, freshFrom(told, at), at.now);
      if (told.since === undefined && !told.gap) added.push({ id, told });
    } else rejected.push(told);
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

async function waitingOf(db: Sql, { subscription, object }: Told, now: number): Promise<Delivery[]> {
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
  told: Told,
  waiting: readonly Delivery[],
  { now, tick }: Moment,
): Promise<boolean> {
  const known = told.since === undefined ? undefined : waiting.find(one => covers(one, told));
  if (known) {
    // In a gap there may have been another change before it, of which QRS did not notify.
    if (told.gap) await db.run(sql`UPDATE delivery SET own = 0 WHERE id = ${known.id}`);
    return true;
  }
  const open = waiting.find(({ state, attempts }) => state === 'pending' && attempts === 0);
  if (!open) return false;
  const joined = {
    change: stronger(open.change, told.change),
    changed: JSON.stringify([...new Set([...open.changed, ...(told.changed ?? [])])].slice(0, NAMES)),
    certain: open.certain && told.changed !== undefined,
    since: outermost(Math.min, open.since, told.since),
    // What was found by asking is no notification.
    count: open.count + (told.since === undefined ? 1 : 0),
    last: now,
    date: outermost(Math.max, open.date, told.date),
    due: Math.max(tick, Math.min(tick + told.quiet, open.deadline)),
    own: open.own && !told.gap && told.since === undefined,
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
 * What was found by asking has most likely been notified already: a delivery waits that will be read back, or that
 * was read back after this change.
 */
function covers({ unread, modified = 0, change }: Delivery, told: Told): boolean {
  return stronger(change, told.change) === change && (unread || (told.date ?? 0) <= modified);
}

type Fresh = Pick<
  Delivery,
  'subscription' | 'site' | 'repository' | 'entity' | 'object' | 'change' | 'since'
> &
  Pick<Delivery, 'certain' | 'count' | 'date' | 'due' | 'deadline'> & { changed: readonly string[] };

function freshFrom(told: Told, { tick }: Moment): Fresh {
  const [due, deadline] = [tick + Math.min(told.quiet, told.maxWait), tick + told.maxWait];
  const { changed } = told;
  return { ...told, changed: changed ?? [], certain: changed !== undefined, count: 1, due, deadline };
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
