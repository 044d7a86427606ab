import { z } from 'zod';
import { type Delivery, STATES } from './delivery.ts';
import { deliveryOf } from './row.ts';
import type { Sql, Value } from './sql.ts';
import type { Counts, Query } from './store.ts';

/** Dead ones are kept so long for somebody to look at, ms. */
const DEAD_AGE = 365 * 86_400_000;

const statesSchema = z.array(z.object({ state: z.enum(STATES), number: z.number() }));
const oldestSchema = z.object({ oldest: z.number().nullable() });

export async function counts(sql: Sql): Promise<Counts> {
  const rows = statesSchema.parse(
    await sql.all('SELECT state, count(*) AS number FROM delivery GROUP BY state'),
  );
  const { oldest } = oldestSchema.parse(
    await sql.get("SELECT min(first) AS oldest FROM delivery WHERE state IN ('pending', 'leased')"),
  );
  const number = (state: string) => rows.find(row => row.state === state)?.number ?? 0;
  return {
    states: {
      pending: number('pending'),
      leased: number('leased'),
      delivered: number('delivered'),
      unwanted: number('unwanted'),
      dead: number('dead'),
    },
    oldest: oldest ?? undefined,
  };
}

/** The newest first. */
export async function list(
  sql: Sql,
  { states, subscription, ids, from, to, limit }: Query,
): Promise<Delivery[]> {
  const conditions: string[] = [];
  const values: Value[] = [];
  const among = (column: string, wanted: readonly string[]) => {
    conditions.push(`${column} IN (${wanted.map(() => '?').join(', ') || 'NULL'})`);
    values.push(...wanted);
  };
  if (states) among('state', states);
  if (ids) among('id', ids);
  if (subscription !== undefined) among('subscription', [subscription]);
  if (from !== undefined) conditions.push('last >= ?');
  if (from !== undefined) values.push(from);
  if (to !== undefined) conditions.push('last <= ?');
  if (to !== undefined) values.push(to);
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  const rows = await sql.all(
    `SELECT * FROM delivery ${where} ORDER BY last DESC, id LIMIT ?`,
    ...values,
    limit,
  );
  return rows.map(deliveryOf);
}

export function redeliver(sql: Sql, ids: readonly string[], now: number): Promise<number> {
  return sql.transaction(async inside => {
    let changed = 0;
    for (const id of ids) {
      changed += await inside.run(
        `UPDATE delivery SET state = 'pending', due = ?, began = NULL, reason = NULL, cause = NULL, maybe_sent =
           CASE WHEN attempts > 0 THEN 1 ELSE maybe_sent END, updated = ?
           WHERE id = ? AND state IN ('delivered', 'dead')`,
        now,
        now,
        id,
      );
    }
    return changed;
  });
}

export function prune(sql: Sql, now: number, { age, rows }: { age: number; rows: number }): Promise<number> {
  return sql.transaction(async inside => {
    const old = await inside.run(
      "DELETE FROM delivery WHERE state IN ('delivered', 'unwanted') AND updated < ?",
      now - age,
    );
    const many = await inside.run(
      `DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE state IN ('delivered', 'unwanted')
         ORDER BY updated DESC, id LIMIT 1000000 OFFSET ?)`,
      rows,
    );
    const dead = await inside.run(
      "DELETE FROM delivery WHERE state = 'dead' AND updated < ?",
      now - DEAD_AGE,
    );
    // Much longer than any question about the past reaches back.
    await inside.run('DELETE FROM seen WHERE updated < ?', now - age);
    return old + many + dead;
  });
}
