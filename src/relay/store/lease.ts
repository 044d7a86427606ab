import type { Cause, Delivery } from './delivery.ts';
import { deliveryOf } from './row.ts';
import { see } from './see.ts';
import { type Sql, without } from './sql.ts';
import type { Settlement, Skip } from './store.ts';

/**
 * The oldest one that is wanted and due; an earlier one of the same entity goes first. While it is under way, new
 * notifications begin another delivery. The `+` keeps SQLite from searching all that waits for the earlier one: by
 * the entity's index it is found at once.
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
    return { ...delivery, state: 'leased', attempts, began };
  });
}

/** What came of the call. Once GitHub may have heard of it, the entity counts as told as it was. */
export function settle(sql: Sql, id: string, outcome: Settlement, now: number): Promise<void> {
  return sql.transaction(async inside => {
    if (outcome.state === 'pending') return wait(inside, id, outcome, now);
    const [reason, cause] = outcome.state === 'dead' ? [outcome.reason, outcome.cause] : [];
    await inside.run(
      'UPDATE delivery SET state = ?, open = 0, reason = ?, cause = ?, updated = ? WHERE id = ?',
      outcome.state,
      reason,
      cause,
      now,
      id,
    );
    await seeTold(inside, id, now);
  });
}

async function wait(
  sql: Sql,
  id: string,
  outcome: Settlement & { state: 'pending' },
  now: number,
): Promise<void> {
  const untouched = outcome.attempted ? 0 : 1;
  await sql.run(
    `UPDATE delivery SET state = 'pending', due = ?, reason = ?, updated = ?,
       maybe_sent = CASE WHEN ? = 1 THEN 1 ELSE maybe_sent END,
       began = CASE WHEN attempts = ? THEN NULL ELSE began END, attempts = attempts - ? WHERE id = ?`,
    outcome.due,
    outcome.reason,
    now,
    outcome.maybeSent ? 1 : 0,
    untouched,
    untouched,
    id,
  );
  if (outcome.maybeSent) return seeTold(sql, id, now);
  // GitHub has not heard of it: further notifications may join it, unless another one has begun meanwhile.
  await sql.run(
    `UPDATE delivery SET open = 1 WHERE id = ? AND maybe_sent = 0 AND NOT EXISTS (SELECT 1 FROM delivery AS other
       WHERE other.subscription = delivery.subscription AND other.object = delivery.object AND other.open = 1)`,
    id,
  );
}

async function seeTold(sql: Sql, id: string, now: number): Promise<void> {
  const found = await sql.get('SELECT * FROM delivery WHERE id = ?', id);
  if (!found) return;
  const { subscription, object, modified, mark = '', digest = '', attempts } = deliveryOf(found);
  // What was given up before it was sent has not been told.
  if (modified === undefined || attempts === 0) return;
  await see(sql, subscription, object, { modified, mark, digest, sent: true, ignored: false }, now);
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

export function adopt(
  sql: Sql,
  known: readonly { subscription: string; site: string }[],
  now: number,
): Promise<number> {
  return sql.transaction(async inside => {
    for (const { subscription, site } of known) {
      await inside.run(
        `UPDATE delivery SET state = 'pending', due = ?, first = ?, updated = ? WHERE state = 'dead'
           AND cause IN ('site', 'configuration') AND subscription = ? AND site = ?`,
        now,
        now,
        now,
        subscription,
        site,
      );
    }
    const ours = known.map(() => '(subscription = ? AND site = ?)').join(' OR ');
    return inside.run(
      `UPDATE delivery SET state = 'dead', open = 0, cause = 'configuration', updated = ?,
         reason = 'its subscription is not in the configuration any more'
         WHERE state = 'pending' AND NOT (${ours})`,
      now,
      ...known.flatMap(({ subscription, site }) => [subscription, site]),
    );
  });
}
