import { z } from 'zod';
import { STATES } from './delivery.ts';
import { type Delivery, soundDeliveries } from './row.ts';
import type { Sql, Value } from './sql.ts';
import type { Counts, Query } from './store.ts';

/** Dead ones are kept so long for somebody to look at, ms. */
const DEAD_AGE = 365 * 86_400_000;
/** So many entities are remembered of each subscription. It is independent of `history`, or old news would be new. */
const REMEMBERED = 10_000;

const statesSchema = z.array(z.object({ state: z.enum(STATES), number: z.number() }));
const waitingSchema = z.array(z.object({ repository: z.string(), number: z.number() }));
const oldestSchema = z.object({ oldest: z.number().nullable() });
const idsSchema = z.array(z.object({ subscription: z.string() }));

export async function counts(sql: Sql): Promise<Counts> {
  const rows = statesSchema.parse(
    await sql.all('SELECT state, count(*) AS number FROM delivery GROUP BY state'),
  );
  const waiting = waitingSchema.parse(
    await sql.all(
      `SELECT repository, count(*) AS number FROM delivery WHERE state IN ('pending', 'leased')
         GROUP BY repository`,
    ),
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
    waiting: Object.fromEntries(waiting.map(({ repository, number }) => [repository, number])),
    oldest: oldest ?? undefined,
  };
}

/** The newest first. */
export async function list(sql: Sql, query: Query): Promise<Delivery[]> {
  const { states, subscription, repository, ids, from, to, limit } = query;
  const conditions: string[] = [];
  const values: Value[] = [];
  const among = (column: string, wanted: readonly string[]) => {
    conditions.push(`${column} IN (${wanted.map(() => '?').join(', ') || 'NULL'})`);
    values.push(...wanted);
  };
  if (states) among('state', states);
  if (ids) among('id', ids);
  if (subscription !== undefined) among('subscription', [subscription]);
  if (repository !== undefined) among('repository', [repository]);
  if (from !== undefined) conditions.push('last >= ?');
  if (from !== undefined) values.push(from);
  if (to !== undefined) conditions.push('last <= ?');
  if (to !== undefined) values.push(to);
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  const rows = await sql.all(
    `SELECT * FROM delivery ${where} ORDER BY last DESC, seq DESC LIMIT ?`,
    ...values,
    limit,
  );
  return readable(rows);
}

/** A damaged row is left out: who looks changes nothing. */
async function readable(rows: readonly unknown[]): Promise<Delivery[]> {
  return soundDeliveries({ run: async () => 0 }, rows, 0);
}

/** What was tried is repeated as it was; what was never read is read first. */
export function redeliver(sql: Sql, ids: readonly string[], now: number): Promise<number> {
  return sql.transaction(async inside => {
    let changed = 0;
    for (const id of ids) {
      changed += await inside.run(
        `UPDATE delivery SET state = 'pending', open = 0, due = 0, refused = 0, reason = NULL, cause = NULL,
           unread = CASE WHEN payload IS NULL THEN 1 ELSE 0 END,
           maybe_sent = CASE WHEN attempts > 0 THEN 1 ELSE maybe_sent END, updated = ?
           WHERE id = ? AND state IN ('delivered', 'dead')`,
        now,
        id,
      );
    }
    return changed;
  });
}

export function discard(sql: Sql, ids: readonly string[]): Promise<number> {
  return sql.transaction(async inside => {
    let gone = 0;
    for (const id of ids)
      gone += await inside.run("DELETE FROM delivery WHERE id = ? AND state <> 'leased'", id);
    return gone;
  });
}

export function prune(sql: Sql, now: number, { age, rows }: { age: number; rows: number }): Promise<number> {
  return sql.transaction(async inside => {
    const done = "state IN ('delivered', 'unwanted')";
    const old = await inside.run(`DELETE FROM delivery WHERE ${done} AND updated < ?`, now - age);
    const many = await inside.run(
      `DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE ${done}
         ORDER BY updated DESC, id LIMIT 1000000 OFFSET ?)`,
      rows,
    );
    const dead = await inside.run(
      "DELETE FROM delivery WHERE state = 'dead' AND updated < ?",
      now - DEAD_AGE,
    );
    const known = idsSchema.parse(await inside.all('SELECT DISTINCT subscription FROM memory'));
    for (const { subscription } of known) {
      await inside.run(
        `DELETE FROM memory WHERE subscription = ? AND object IN (SELECT object FROM memory WHERE subscription = ?
           ORDER BY updated DESC LIMIT 1000000 OFFSET ${REMEMBERED})`,
        subscription,
        subscription,
      );
    }
    return old + many + dead;
  });
}
