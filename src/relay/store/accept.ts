import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { stronger, type Told } from './delivery.ts';
import { type Delivery, deliveryOf } from './row.ts';
import { insertRow, type Sql } from './sql.ts';
import type { Accepted, Added, Moment } from './store.ts';

/** Names of changed properties that are kept of one delivery. */
const NAMES = 50;

const counted = z.object({ waiting: z.number() });

/** One entity's changes in a batch, put together as they would be one after the other. */
interface Joined {
  told: Told;
  changed: ReadonlySet<string>;
  certain: boolean;
  date: number | undefined;
  count: number;
}

/** Adds a batch in one transaction: its cost is that of one commit, however many changes it has. */
export function accept(sql: Sql, batch: readonly Told[], at: Moment, share: number): Promise<Accepted> {
  const groups = Map.groupBy(
    batch,
    ({ subscription, object, since }) => `${subscription} ${object} ${since}`,
  );
  return sql.transaction(async inside => {
    const room = new Map<string, number>();
    const rejected: Told[] = [];
    const joiners: Told[] = [];
    const added: Added[] = [];
    for (const group of groups.values()) {
      const joined = joinAll(group);
      const { told } = joined;
      if (await join(inside, joined, at)) {
        joiners.push(...group);
        continue;
      }
      // Counting takes longer the more there is, and a burst mostly joins what waits.
      const left = room.get(told.repository) ?? share - (await waiting(inside, told.repository));
      room.set(told.repository, left);
      if (left <= 0 && !(await waits(inside, told))) {
        rejected.push(...group);
        continue;
      }
      const id = await add(inside, joined, at);
      room.set(told.repository, left - 1);
      joiners.push(...group.slice(1));
      if (told.since === undefined && !told.gap) added.push({ id, told: { ...told, date: joined.date } });
    }
    return { stored: batch.length - rejected.length, joined: joiners, rejected, added };
  });
}

async function waiting(sql: Sql, repository: string): Promise<number> {
  const found = await sql.get(
    "SELECT count(*) AS waiting FROM delivery WHERE state IN ('pending', 'leased') AND repository = ?",
    repository,
  );
  return counted.parse(found).waiting;
}

/** Whether a delivery of this entity waits that was tried already: one more may follow it, and no more. */
async function waits(sql: Sql, { subscription, object }: Told): Promise<boolean> {
  const found = await sql.get(
    `SELECT 1 AS one FROM delivery WHERE subscription = ? AND object = ? AND state IN ('pending', 'leased')
       LIMIT 1`,
    subscription,
    object,
  );
  return found !== undefined;
}

function joinAll(group: readonly Told[]): Joined {
  const [first, ...more] = group;
  if (!first) throw new Error('a group of no changes');
  const change = more.reduce((strongest, { change }) => stronger(strongest, change), first.change);
  return {
    told: { ...first, change, gap: group.some(({ gap }) => gap) },
    changed: new Set(group.flatMap(({ changed }) => changed ?? [])),
    certain: group.every(({ changed }) => changed !== undefined),
    date: most(group.map(({ date }) => date)),
    // What was found by asking is no notification; alone, it stands for one.
    count: group.filter(({ since }) => since === undefined).length || 1,
  };
}

/** Adds to the untried delivery of this entity, if there is one; the entity is to be read back anew. */
async function join(
  sql: Sql,
  { told, changed, certain, date, count }: Joined,
  { now, tick }: Moment,
): Promise<boolean> {
  if (told.since !== undefined && (await isKnown(sql, told, date))) return true;
  const found = await sql.get(
    'SELECT * FROM delivery WHERE subscription = ? AND object = ? AND open = 1',
    told.subscription,
    told.object,
  );
  if (!found) return false;
  const open = deliveryOf(found);
  const names = [...new Set([...open.changed, ...changed])].slice(0, NAMES);
  const due = Math.max(tick, Math.min(tick + told.quiet, open.deadline));
  await sql.run(
    `UPDATE delivery SET change = ?, changed = ?, certain = ?, since = ?, count = ?, last = ?, date = ?, due = ?,
       own = ?, looks = 0, version = version + 1, payload = NULL, unread = 1, reason = NULL, updated = ?
       WHERE id = ?`,
    stronger(open.change, told.change),
    JSON.stringify(names),
    open.certain && certain ? 1 : 0,
    least([open.since, told.since]),
    open.count + (told.since === undefined ? count : 0),
    now,
    most([open.date, date]),
    due,
    open.own && !told.gap && told.since === undefined ? 1 : 0,
    now,
    open.id,
  );
  return true;
}

/**
 * What was found by asking has most likely been notified already: a delivery waits that will be read back, or that
 * was read back after this change.
 */
async function isKnown(sql: Sql, told: Told, date: number | undefined): Promise<boolean> {
  const rows = await sql.all(
    "SELECT * FROM delivery WHERE subscription = ? AND object = ? AND state IN ('pending', 'leased')",
    told.subscription,
    told.object,
  );
  const known = rows.map(deliveryOf).find(one => covers(one, told, date));
  // In a gap there may have been another change before it, of which QRS did not notify.
  if (known && told.gap) await sql.run('UPDATE delivery SET own = 0 WHERE id = ?', known.id);
  return known !== undefined;
}

function covers({ unread, modified, change }: Delivery, told: Told, date: number | undefined): boolean {
  if (stronger(change, told.change) !== change) return false;
  return unread || (date ?? 0) <= (modified ?? 0);
}

async function add(
  sql: Sql,
  { told, changed, certain, date, count }: Joined,
  { now, tick }: Moment,
): Promise<string> {
  const names = [...changed].slice(0, NAMES);
  const due = tick + Math.min(told.quiet, told.maxWait);
  const deadline = tick + told.maxWait;
  return insert(sql, { ...told, changed: names, certain, date, count, due, deadline, now });
}

type Fresh = Pick<
  Delivery,
  'subscription' | 'site' | 'repository' | 'entity' | 'object' | 'change' | 'changed' | 'certain' | 'since'
> &
  Pick<Delivery, 'count' | 'date' | 'due' | 'deadline'> & { now: number };

const seqSchema = z.object({ seq: z.number() });

/** A new delivery, unread, that further notifications join. Resolves to its id. */
export async function insert(sql: Sql, one: Fresh): Promise<string> {
  const id = randomUUID();
  const { seq } = seqSchema.parse(await sql.get('SELECT coalesce(max(seq), 0) + 1 AS seq FROM delivery'));
  const { subscription, site, repository, entity, object, change, since, count, date, due, deadline, now } =
    one;
  const what = { subscription, site, repository, entity, object, change, since, count, date, due, deadline };
  const lists = { changed: JSON.stringify(one.changed), certain: one.certain ? 1 : 0 };
  const times = { first: now, last: now, updated: now };
  const fresh = { state: 'pending', open: 1, unread: 1, version: 1, attempts: 0, maybe_sent: 0 };
  await insertRow(sql, 'delivery', { id, seq, ...what, ...lists, ...times, ...fresh });
  return id;
}

function least(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter(time => time !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}

function most(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter(time => time !== undefined);
  return known.length > 0 ? Math.max(...known) : undefined;
}
