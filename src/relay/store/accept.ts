import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Change } from '../../qrs/subscriptions.ts';
import { type Delivery, stronger, type Told } from './delivery.ts';
import { deliveryOf } from './row.ts';
import type { Sql } from './sql.ts';
import type { Accepted } from './store.ts';

/** Names of changed properties that are kept of one delivery. */
const NAMES = 50;

const counted = z.object({ waiting: z.number() });

/** One entity's changes in a batch, put together as they would be one after the other. */
interface Joined {
  told: Told;
  changed: ReadonlySet<string>;
  certain: boolean;
  from: number | undefined;
  to: number | undefined;
  count: number;
}

/** Adds a batch in one transaction: its cost is that of one commit, however many changes it has. */
export function accept(sql: Sql, batch: readonly Told[], now: number, limit: number): Promise<Accepted> {
  const groups = Map.groupBy(
    batch,
    ({ subscription, object, since }) => `${subscription} ${object} ${since}`,
  );
  return sql.transaction(async inside => {
    let room: number | undefined;
    const rejected: Told[] = [];
    const joiners: Told[] = [];
    const result = { stored: 0, joined: joiners, rejected };
    for (const group of groups.values()) {
      const joined = joinAll(group);
      if (await join(inside, joined, now)) {
        result.stored += group.length;
        joiners.push(...group);
        continue;
      }
      // Counting takes longer the more there is, and a burst mostly joins what waits.
      room ??= limit - (await waiting(inside));
      if (room <= 0 && !(await waits(inside, joined.told))) {
        rejected.push(...group);
        continue;
      }
      await add(inside, joined, now);
      room -= 1;
      result.stored += group.length;
      joiners.push(...group.slice(1));
    }
    return result;
  });
}

async function waiting(sql: Sql): Promise<number> {
  const found = await sql.get(
    "SELECT count(*) AS waiting FROM delivery WHERE state IN ('pending', 'leased')",
  );
  return counted.parse(found).waiting;
}

/** Whether a change of this entity waits that nothing may join: there is at most one more for each. */
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
  return {
    told: {
      ...first,
      change: more.reduce((strongest, { change }) => stronger(strongest, change), first.change),
    },
    changed: new Set(group.flatMap(({ changed }) => changed ?? [])),
    certain: group.every(({ changed }) => changed !== undefined),
    from: least(group.map(({ date }) => date)),
    to: most(group.map(({ date }) => date)),
    // What was found by asking is no notification; alone, it stands for one.
    count: group.filter(({ since }) => since === undefined).length || 1,
  };
}

/** Adds to the delivery that is open for this entity, if there is one; it is to be read back anew. */
async function join(
  sql: Sql,
  { told, changed, certain, from, to, count }: Joined,
  now: number,
): Promise<boolean> {
  if (told.since !== undefined && (await isKnown(sql, told, to))) return true;
  const found = await sql.get(
    'SELECT * FROM delivery WHERE subscription = ? AND object = ? AND open = 1',
    told.subscription,
    told.object,
  );
  if (!found) return false;
  const open = deliveryOf(found);
  const names = [...new Set([...open.changed, ...changed])].slice(0, NAMES);
  const due = Math.min(now + told.quiet, open.first + told.maxWait);
  await sql.run(
    `UPDATE delivery SET change = ?, changed = ?, certain = ?, since = ?, count = ?, last = ?, changed_from = ?,
       changed_to = ?, due = ?, version = version + 1, payload = NULL, reason = NULL, updated = ? WHERE id = ?`,
    stronger(open.change, told.change),
    JSON.stringify(names),
    open.certain && certain ? 1 : 0,
    least([open.since, told.since]),
    open.count + (told.since === undefined ? count : 0),
    now,
    least([open.changedFrom, from]),
    most([open.changedTo, to]),
    due,
    now,
    open.id,
  );
  return true;
}

/**
 * What was found by asking is most likely what a notification has told of already: a delivery waits that will be read
 * back, or was when it had changed so.
 */
async function isKnown(sql: Sql, told: Told, to: number | undefined): Promise<boolean> {
  const rows = await sql.all(
    "SELECT * FROM delivery WHERE subscription = ? AND object = ? AND state IN ('pending', 'leased')",
    told.subscription,
    told.object,
  );
  const known = rows.map(deliveryOf).find(one => covers(one, told.change, to));
  // After a gap there may have been another change before it, of which nobody told.
  if (known && told.gap) await sql.run('UPDATE delivery SET certain = 0 WHERE id = ?', known.id);
  return known !== undefined;
}

function covers(
  { payload, modified, change: told }: Delivery,
  change: Change,
  to: number | undefined,
): boolean {
  if (stronger(told, change) !== told) return false;
  return payload === undefined || (to ?? 0) <= (modified ?? 0);
}

async function add(
  sql: Sql,
  { told, changed, certain, from, to, count }: Joined,
  now: number,
): Promise<void> {
  await sql.run(
    `INSERT INTO delivery (id, subscription, site, entity, object, change, changed, certain, since, count, first,
       last, changed_from, changed_to, due, state, open, version, attempts, maybe_sent, updated)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', 1, 1, 0, 0, ?)`,
    randomUUID(),
    told.subscription,
    told.site,
    told.entity,
    told.object,
    told.change,
    JSON.stringify([...changed].slice(0, NAMES)),
    certain ? 1 : 0,
    told.since,
    count,
    now,
    now,
    from,
    to,
    now + Math.min(told.quiet, told.maxWait),
    now,
  );
}

function least(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter(time => time !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}

function most(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter(time => time !== undefined);
  return known.length > 0 ? Math.max(...known) : undefined;
}
