import { z } from 'zod';
import { insert } from './accept.ts';
import { rememberSent } from './reading.ts';
import { type Delivery, soundDeliveries } from './row.ts';
import type { Sql } from './sql.ts';
import type { FreeLane, Moment, Settlement } from './store.ts';

const candidate = z.object({ seq: z.number(), id: z.string() });

/** From now on nothing joins it: it is repeated as it is until GitHub takes it. */
export function claim(sql: Sql, at: Moment, lanes: readonly FreeLane[]): Promise<Delivery | undefined> {
  return sql.transaction(async inside => {
    let oldest: z.infer<typeof candidate> | undefined;
    for (const lane of lanes) {
      const found = await oldestOf(inside, lane, at.tick);
      if (found && (!oldest || found.seq < oldest.seq)) oldest = found;
    }
    if (!oldest) return undefined;
    const rows = await inside.all('SELECT * FROM delivery WHERE id = ?', oldest.id);
    const [delivery] = await soundDeliveries(inside, rows, at.now);
    return delivery && lease(inside, delivery, at);
  });
}

/**
 * An earlier delivery of the same entity goes first. The `+` keeps SQLite from searching all that waits for the
 * earlier one: by the entity's index it is found at once.
 */
async function oldestOf(sql: Sql, { repository, except = [] }: FreeLane, tick: number) {
  const found = await sql.get(
    `SELECT seq, id FROM delivery WHERE state = 'pending' AND payload IS NOT NULL AND repository = ? AND due <= ?
       AND id NOT IN (${except.map(() => '?').join(', ')})
       AND NOT EXISTS (SELECT 1 FROM delivery AS earlier WHERE earlier.subscription = delivery.subscription
         AND earlier.object = delivery.object AND earlier.state IN ('pending', 'leased')
         AND +earlier.seq < delivery.seq)
       ORDER BY seq LIMIT 1`,
    repository,
    tick,
    ...except,
  );
  return found === undefined ? undefined : candidate.parse(found);
}

async function lease(sql: Sql, delivery: Delivery, at: Moment): Promise<Delivery> {
  const { now } = at;
  const attempts = delivery.attempts + 1;
  await sql.run(
    "UPDATE delivery SET state = 'leased', open = 0, unread = 0, attempts = ?, updated = ? WHERE id = ?",
    attempts,
    now,
    delivery.id,
  );
  // A delivery that is sent again by hand must not take back what was decided since.
  if (delivery.attempts === 0) await rememberSent(sql, delivery, now);
  if (delivery.unread) await splitOff(sql, delivery, at);
  return { ...delivery, state: 'leased', attempts };
}

const readSchema = z.object({ count: z.number(), changed: z.array(z.string()) });

/** What has joined since the payload was made becomes a delivery of its own. */
async function splitOff(sql: Sql, delivery: Delivery, { now, tick }: Moment): Promise<void> {
  const read = readSchema.parse(JSON.parse(delivery.payload ?? ''));
  await sql.run(
    'UPDATE delivery SET count = ?, changed = ? WHERE id = ?',
    read.count,
    JSON.stringify(read.changed),
    delivery.id,
  );
  const changed = delivery.changed.filter(name => !read.changed.includes(name));
  const count = Math.max(1, delivery.count - read.count);
  const deadline = tick + Math.max(0, delivery.deadline - delivery.due);
  await insert(sql, { ...delivery, changed, count, due: tick, deadline, now });
}

export async function settle(sql: Sql, id: string, outcome: Settlement, now: number): Promise<void> {
  if (outcome.state === 'pending') {
    await sql.run(
      `UPDATE delivery SET state = 'pending', due = ?, reason = ?, updated = ?, refused = refused + ?,
         maybe_sent = CASE WHEN ? = 1 THEN 1 ELSE maybe_sent END WHERE id = ?`,
      outcome.due,
      outcome.reason,
      now,
      outcome.refused ? 1 : 0,
      outcome.maybeSent ? 1 : 0,
      id,
    );
    return;
  }
  const [reason, cause] = outcome.state === 'dead' ? [outcome.reason, outcome.cause] : [];
  await sql.run(
    'UPDATE delivery SET state = ?, reason = ?, cause = ?, updated = ? WHERE id = ?',
    outcome.state,
    reason,
    cause,
    now,
    id,
  );
}
