import { z } from 'zod';
import type { Delivery, Seen } from './delivery.ts';
import { deliveryOf } from './row.ts';
import { see } from './see.ts';
import type { Sql } from './sql.ts';

/** Read back at a time. */
const BATCH = 100;

export async function toDecide(sql: Sql, now: number, site: string): Promise<Delivery[]> {
  const rows = await sql.all(
    `SELECT * FROM delivery WHERE state = 'pending' AND payload IS NULL AND due <= ? AND site = ?
       ORDER BY due LIMIT ${BATCH}`,
    now,
    site,
  );
  return rows.map(deliveryOf);
}

export async function nextDue(sql: Sql, site: string): Promise<number | undefined> {
  const found = await sql.get(
    "SELECT min(due) AS due FROM delivery WHERE state = 'pending' AND payload IS NULL AND site = ?",
    site,
  );
  return z.object({ due: z.number().nullable() }).parse(found).due ?? undefined;
}

/** What was put off because its site could not show it is due again. */
export async function hasten(sql: Sql, site: string, now: number): Promise<void> {
  await sql.run(
    `UPDATE delivery SET due = ? WHERE state = 'pending' AND payload IS NULL AND reason IS NOT NULL AND site = ?
       AND due > ?`,
    now,
    site,
    now,
  );
}

export async function shut(sql: Sql, id: string): Promise<void> {
  await sql.run('UPDATE delivery SET open = 0 WHERE id = ? AND open = 1', id);
}

export async function want(
  sql: Sql,
  { id, version }: Delivery,
  payload: string,
  { modified, mark, digest }: Seen,
  now: number,
): Promise<boolean> {
  const changed = await sql.run(
    `UPDATE delivery SET payload = ?, modified = ?, mark = ?, digest = ?, updated = ?
       WHERE id = ? AND version = ? AND state = 'pending'`,
    payload,
    modified,
    mark,
    digest,
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
