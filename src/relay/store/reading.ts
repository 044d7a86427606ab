import { z } from 'zod';
import type { Memory } from './delivery.ts';
import { type Delivery, soundDeliveries } from './row.ts';
import { putRow, type Sql } from './sql.ts';
import type { Copy, Decision, Moment } from './store.ts';

/** Read back at a time. */
const BATCH = 200;

export async function toRead(sql: Sql, tick: number, site: string): Promise<Delivery[]> {
  const rows = await sql.all(
    `SELECT * FROM delivery WHERE unread = 1 AND state = 'pending' AND due <= ? AND site = ?
       ORDER BY due LIMIT ${BATCH}`,
    tick,
    site,
  );
  return soundDeliveries(sql, rows, tick);
}

export async function nextDue(sql: Sql, site: string): Promise<number | undefined> {
  const found = await sql.get(
    "SELECT min(due) AS due FROM delivery WHERE unread = 1 AND state = 'pending' AND site = ?",
    site,
  );
  return z.object({ due: z.number().nullable() }).parse(found).due ?? undefined;
}

/** What was postponed because its site could not show it is due again. */
export async function hasten(sql: Sql, site: string, tick: number): Promise<void> {
  await sql.run(
    `UPDATE delivery SET due = ? WHERE unread = 1 AND state = 'pending' AND reason IS NOT NULL AND site = ?
       AND due > ?`,
    tick,
    site,
    tick,
  );
}

export function witness(
  sql: Sql,
  own: readonly string[],
  copies: readonly Copy[],
  now: number,
): Promise<void> {
  return sql.transaction(async inside => {
    for (const { name, met, ...copy } of copies) {
      if (await memoryOf(inside, copy.subscription, copy.object)) continue;
      await remember(inside, copy, { modified: 0, mark: '', sent: false, name, met }, now);
    }
    for (const id of own) {
      await inside.run(
        "UPDATE delivery SET own = 1 WHERE id = ? AND state = 'pending' AND since IS NULL",
        id,
      );
    }
  });
}

export function conclude(sql: Sql, decisions: readonly Decision[], at: Moment): Promise<Decision[]> {
  return sql.transaction(async inside => {
    const held: Decision[] = [];
    for (const decision of decisions) if (await write(inside, decision, at)) held.push(decision);
    return held;
  });
}

async function write(sql: Sql, decision: Decision, at: Moment): Promise<boolean> {
  const { delivery, memory } = decision;
  const { now } = at;
  const { id, version } = delivery;
  const unchanged = "WHERE id = ? AND version = ? AND state = 'pending'";
  if (decision.kind === 'again') {
    const { due, looks, reason, change } = decision;
    const set = `UPDATE delivery SET due = ?, looks = ?, reason = ?, change = coalesce(?, change) ${unchanged}`;
    return (await sql.run(set, due, looks, reason, change, id, version)) === 1;
  }
  if (decision.kind === 'unwanted') {
    const set = `UPDATE delivery SET state = 'unwanted', open = 0, unread = 0, reason = ?, updated = ? ${unchanged}`;
    const held = (await sql.run(set, decision.reason, now, id, version)) === 1;
    if (held && memory) await remember(sql, delivery, memory, now);
    return held;
  }
  // The state counts as decided once it was sent: until then a further reading may find a newer one.
  if (memory) await remember(sql, delivery, { ...memory, ...(await decidedOf(sql, delivery)) }, now);
  return want(sql, delivery, decision.payload, memory, at);
}

/**
 * An entity that is notified during each reading would never be sent. So once `max-wait` is over, the payload counts
 * although more has joined, and stays unread: `claim` splits off the rest.
 */
async function want(
  sql: Sql,
  { id, version, count, deadline }: Delivery,
  payload: string,
  memory: Memory | undefined,
  { now, tick }: Moment,
): Promise<boolean> {
  const changed = await sql.run(
    `UPDATE delivery SET payload = ?, modified = ?, mark = ?, reason = NULL, updated = ?,
       unread = CASE WHEN version = ? THEN 0 ELSE 1 END
       WHERE id = ? AND state = 'pending' AND (version = ? OR (? <= ? AND count > ?))`,
    payload,
    memory?.modified,
    memory?.mark,
    now,
    version,
    id,
    version,
    deadline,
    tick,
    count,
  );
  return changed === 1;
}

const memorySchema = z
  .object({
    modified: z.number(),
    mark: z.string(),
    sent: z.number(),
    name: z.string().nullable(),
    met: z.number(),
  })
  .transform(
    ({ sent, name, met, ...same }): Memory => ({
      ...same,
      sent: sent === 1,
      name: name ?? undefined,
      met: met === 1,
    }),
  );

export async function memoryOf(sql: Sql, subscription: string, object: string): Promise<Memory | undefined> {
  const found = await sql.get(
    'SELECT modified, mark, sent, name, met FROM memory WHERE subscription = ? AND object = ?',
    subscription,
    object,
  );
  return found === undefined ? undefined : memorySchema.parse(found);
}

type Entity = Pick<Delivery, 'subscription' | 'object'>;

async function decidedOf(sql: Sql, { subscription, object }: Entity): Promise<Partial<Memory>> {
  const before = await memoryOf(sql, subscription, object);
  return { modified: before?.modified ?? 0, mark: before?.mark ?? '', sent: before?.sent ?? false };
}

function remember(
  sql: Sql,
  { subscription, object }: Entity,
  { sent, met, ...memory }: Memory,
  now: number,
): Promise<void> {
  const flags = { sent: sent ? 1 : 0, met: met ? 1 : 0 };
  const row = { subscription, object, ...memory, ...flags, updated: now };
  return putRow(sql, 'memory', ['subscription', 'object'], row);
}

/** The state in its payload is decided from now on, whatever comes of the call. */
export async function rememberSent(sql: Sql, delivery: Delivery, now: number): Promise<void> {
  const { modified = 0, mark = '' } = delivery;
  const before = await memoryOf(sql, delivery.subscription, delivery.object);
  const { name, met = true } = before ?? {};
  await remember(sql, delivery, { modified, mark, sent: true, name, met }, now);
}
