import * as z from 'zod';
import { nextSeq, putDeliveries } from './accept.ts';
import { type Cause, type Damaged, type Delivery, jsonIn, type Moment, soundDeliveries } from './delivery.ts';
import { newDelivery } from './join.ts';
import { remember } from './read.ts';
import { joined, type Sql, set, sql } from './sql.ts';

/** A repository that GitHub may be called for. */
export interface FreeLane {
  repository: string;
  /** Leave these out: they failed, and another one is to show whether the whole lane does. */
  except?: readonly string[];
}

export type Settlement =
  | { state: 'delivered' }
  | { state: 'dead'; reason: string; cause: Cause }
  | { state: 'pending'; reason: string; due: number; maybeSent: boolean; refused: boolean };

export const dispatching = (db: Sql, damaged: Damaged) => ({
  /**
   * The oldest one that is ready in any of these lanes, marked as under way. From now on nothing joins it: it is
   * repeated as it is until GitHub takes it.
   */
  claim: (at: Moment, lanes: readonly FreeLane[]): Promise<Delivery | undefined> =>
    db.transaction(async inside => {
      let oldest: Delivery | undefined;
      for (const lane of lanes) {
        const rows = await inside.all(oldestOf(lane, at.tick));
        const [found] = await soundDeliveries(rows, { db: inside, now: at.now, damaged });
        if (found && (!oldest || found.seq < oldest.seq)) oldest = found;
      }
      return oldest && lease(inside, oldest, at);
    }),

  /** Writes what came of the call. */
  settle: async (id: string, outcome: Settlement, now: number): Promise<void> => {
    const { state } = outcome;
    const ended = { state, reason: undefined, cause: undefined, updated: now };
    if (state !== 'pending') {
      await db.run(sql`UPDATE delivery SET ${set({ ...ended, ...outcome })} WHERE id = ${id}`);
      return;
    }
    const { reason, due, refused, maybeSent } = outcome;
    const again = { ...ended, reason, due, ...(maybeSent ? { maybe_sent: true } : {}) };
    await db.run(sql`UPDATE delivery SET ${set(again)}, refused = refused + ${refused} WHERE id = ${id}`);
  },
});

/**
 * An earlier delivery of the same entity is sent first. The `+` keeps SQLite from searching all that waits for the
 * earlier one: by the entity's index it is found at once.
 */
function oldestOf({ repository, except = [] }: FreeLane, tick: number) {
  return sql`SELECT * FROM delivery WHERE state = 'pending' AND payload IS NOT NULL
    AND repository = ${repository} AND due <= ${tick} AND id NOT IN (${joined(except)})
    AND NOT EXISTS (SELECT 1 FROM delivery AS earlier WHERE earlier.subscription = delivery.subscription
      AND earlier.object = delivery.object AND earlier.state IN ('pending', 'leased')
      AND +earlier.seq < delivery.seq)
    ORDER BY seq LIMIT 1`;
}

async function lease(db: Sql, delivery: Delivery, at: Moment): Promise<Delivery> {
  const { id, modified = 0, mark = '' } = delivery;
  const leased = {
    state: 'leased',
    unread: false,
    attempts: delivery.attempts + 1,
    updated: at.now,
  } as const;
  await db.run(sql`UPDATE delivery SET ${set(leased)} WHERE id = ${id}`);
  // The state in its payload is decided from now on, whatever comes of the call. But a delivery that is sent again
  // by hand must not take back what was decided since.
  if (delivery.attempts === 0) await remember(db, delivery, { modified, mark, sent: true }, at.now);
  if (delivery.unread) await splitOff(db, delivery, at);
  return { ...delivery, ...leased };
}

const readSchema = z.object({ count: z.number(), changed: z.array(z.string()) });

/** What has joined since the payload was made becomes a delivery of its own. */
async function splitOff(db: Sql, delivery: Delivery, { now, tick }: Moment): Promise<void> {
  // Where that cannot be known, all is read back anew.
  const read = readSchema.safeParse(jsonIn(delivery.payload ?? '')).data ?? { count: 0, changed: [] };
  const known = { count: read.count, changed: JSON.stringify(read.changed) };
  await db.run(sql`UPDATE delivery SET ${set(known)} WHERE id = ${delivery.id}`);
  const changed = delivery.changed.filter(name => !read.changed.includes(name));
  const count = Math.max(1, delivery.count - read.count);
  const deadline = tick + Math.max(0, delivery.deadline - delivery.due);
  const rest = { ...delivery, changed, count, due: tick, deadline };
  await putDeliveries(db, [newDelivery(rest, await nextSeq(db), now)]);
}
