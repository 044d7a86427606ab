import { z } from 'zod';
import type { Delivery, Seen } from './delivery.ts';
import { deliveryOf } from './row.ts';
import { see } from './see.ts';
import { type Sql, without } from './sql.ts';

/** Read back at a time. */
const BATCH = 100;

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
