import { z } from 'zod';
import type { Cause, Delivery, Seen } from './delivery.ts';
import { deliveryOf } from './row.ts';
import type { Sql } from './sql.ts';
import type { Settlement, Skip } from './store.ts';

/** Read back at a time. */
const BATCH = 100;

/** `NOT IN` of nothing is not SQL that every database takes. */
function without(column: string, names: readonly string[]): string {
  return names.length > 0 ? `AND ${column} NOT IN (${names.map(() => '?').join(', ')})` : '';
}

export async function toDecide(sql: Sql, now: number, skipSites: readonly string[]): Promise<Delivery[]> {
  const rows = await sql.all(
    `SELECT * FROM delivery WHERE state = 'pending' AND payload IS NULL AND due <= ?
       ${without('site', skipSites)} ORDER BY due LIMIT ${BATCH}`,
    now,
    ...skipSites,
  );
  return rows.map(deliveryOf);
}

export async function nextDue(sql: Sql, skipSites: readonly string[]): Promise<number | undefined> {
  const found = await sql.get(
    `SELECT min(due) AS due FROM delivery WHERE state = 'pending' AND payload IS NULL
       ${without('site', skipSites)}`,
    ...skipSites,
  );
  return z.object({ due: z.number().nullable() }).parse(found).due ?? undefined;
}

export async function want(
  sql: Sql,
  { id, version }: Delivery,
  payload: string,
  { modified, mark }: Seen,
  now: number,
): Promise<boolean> {
  const changed = await sql.run(
    `UPDATE delivery SET payload = ?, modified = ?, mark = ?, updated = ?
       WHERE id = ? AND version = ? AND state = 'pending'`,
    payload,
    modified,
    mark,
    now,
    id,
    version,
  );
  return changed === 1;
}

export function refuse(
  sql: Sql,
  delivery: Delivery,
  reason: string,
  seen: Seen | undefined,
  now: number,
): Promise<boolean> {
  return sql.transaction(async inside => {
    const changed = await inside.run(
      `UPDATE delivery SET state = 'unwanted', open = 0, reason = ?, updated = ?
         WHERE id = ? AND version = ? AND state = 'pending'`,
      reason,
      now,
      delivery.id,
      delivery.version,
    );
    if (changed === 1 && seen) await see(inside, delivery.subscription, delivery.object, seen, now);
    return changed === 1;
  });
}

export async function postpone(
  sql: Sql,
  { id, version }: Delivery,
  due: number,
  reason: string,
): Promise<void> {
  await sql.run(
    "UPDATE delivery SET due = ?, reason = ? WHERE id = ? AND version = ? AND state = 'pending'",
    due,
    reason,
    id,
    version,
  );
}

/**
 * The oldest one that is wanted and due; an earlier one of the same entity goes first. From here on its entity
 * counts as told, and new notifications begin another delivery. The `+` keeps SQLite from searching all that waits
 * for the earlier one: by the entity's index it is found at once.
 */
export function claim(sql: Sql, now: number, skip: Skip): Promise<Delivery | undefined> {
  return sql.transaction(async inside => {
    const found = await inside.get(
      `SELECT * FROM delivery WHERE state = 'pending' AND payload IS NOT NULL AND due <= ?
         ${without('subscription', skip.subscriptions)} ${without('id', skip.ids)}
         AND NOT EXISTS (SELECT 1 FROM delivery AS earlier WHERE earlier.subscription = delivery.subscription
           AND earlier.object = delivery.object AND earlier.state IN ('pending', 'leased')
           AND earlier.open = 0 AND +earlier.first < delivery.first)
         ORDER BY first, id LIMIT 1`,
      now,
      ...skip.subscriptions,
      ...skip.ids,
    );
    if (!found) return undefined;
    const delivery = deliveryOf(found);
    const began = delivery.began ?? now;
    const attempts = delivery.attempts + 1;
    await inside.run(
      "UPDATE delivery SET state = 'leased', open = 0, attempts = ?, began = ?, updated = ? WHERE id = ?",
      attempts,
      began,
      now,
      delivery.id,
    );
    const { modified, mark } = delivery;
    if (modified !== undefined) {
      await see(
        inside,
        delivery.subscription,
        delivery.object,
        { modified, mark: mark ?? '', sent: true },
        now,
      );
    }
    return { ...delivery, state: 'leased', attempts, began };
  });
}

export async function settle(sql: Sql, id: string, outcome: Settlement, now: number): Promise<void> {
  if (outcome.state === 'delivered') {
    await sql.run(
      "UPDATE delivery SET state = 'delivered', reason = NULL, cause = NULL, updated = ? WHERE id = ?",
      now,
      id,
    );
  } else if (outcome.state === 'dead') {
    await sql.run(
      "UPDATE delivery SET state = 'dead', open = 0, reason = ?, cause = ?, updated = ? WHERE id = ?",
      outcome.reason,
      outcome.cause,
      now,
      id,
    );
  } else {
    await sql.run(
      `UPDATE delivery SET state = 'pending', due = ?, reason = ?, updated = ?,
         maybe_sent = CASE WHEN ? = 1 THEN 1 ELSE maybe_sent END,
         began = CASE WHEN attempts = ? THEN NULL ELSE began END, attempts = attempts - ? WHERE id = ?`,
      outcome.due,
      outcome.reason,
      now,
      outcome.maybeSent ? 1 : 0,
      outcome.attempted ? 0 : 1,
      outcome.attempted ? 0 : 1,
      id,
    );
  }
}

/** What was under way when a relay was killed may have reached GitHub. */
export function recover(sql: Sql, now: number): Promise<number> {
  return sql.run(
    "UPDATE delivery SET state = 'pending', due = ?, maybe_sent = 1, updated = ? WHERE state = 'leased'",
    now,
    now,
  );
}

export function revive(sql: Sql, cause: Cause, now: number): Promise<number> {
  return sql.run(
    "UPDATE delivery SET state = 'pending', due = ?, began = NULL, updated = ? WHERE state = 'dead' AND cause = ?",
    now,
    now,
    cause,
  );
}

async function see(sql: Sql, subscription: string, object: string, seen: Seen, now: number): Promise<void> {
  await sql.run(
    `INSERT INTO seen (subscription, object, modified, mark, sent, updated) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (subscription, object) DO UPDATE SET modified = excluded.modified, mark = excluded.mark,
       sent = excluded.sent, updated = excluded.updated`,
    subscription,
    object,
    seen.modified,
    seen.mark,
    seen.sent ? 1 : 0,
    now,
  );
}
