import * as z from 'zod';
import { jsonIn } from '../../base/json.ts';
import { nextSeq, putDeliveries } from './accept.ts';
import { type Cause, type Damaged, type Delivery, type Moment, soundDeliveries } from './delivery.ts';
import { newDelivery } from './join.ts';
import { changeLaneBook, type LaneBook } from './lane-book.ts';
import { remember } from './read.ts';
import { type Database, joined, type Sql, set, sql } from './sql.ts';

/** A repository that GitHub may be called for. */
export interface FreeLane {
  repository: string;
  /** Leave out these deliveries, which failed: another one shows whether the whole lane fails. */
  except?: readonly string[];
}

export type Settlement =
  | { state: 'delivered' }
  | { state: 'dead'; reason: string; cause: Cause }
  | {
      state: 'pending';
      reason: string;
      due: number;
      maybeSent: boolean;
      refused: boolean;
      /** GitHub gave no usable answer. */
      failed?: number | undefined;
    };

/** A call takes 15 seconds at most; a relay that has written no outcome after this time is gone, ms. */
const LEASE = 60_000;

/** The changes to deliveries that a turn may make. */
export type DispatchTurn = ReturnType<typeof calling>;

const calling = (db: Sql, damaged: Damaged) => ({
  /**
   * The oldest one that is ready in any of these lanes, marked as under way. From now on nothing joins it: it is
   * repeated as it is until GitHub takes it.
   */
  claim: (at: Moment, lanes: readonly FreeLane[]): Promise<Delivery | undefined> =>
    db.transaction(async inside => {
      await takeBack(inside, at);
      let oldest: Delivery | undefined;
      for (const lane of lanes) {
        const rows = await inside.all(oldestOf(inside, lane, at.tick));
        const [found] = await soundDeliveries(rows, { db: inside, now: at.now, damaged });
        if (found && (!oldest || found.seq < oldest.seq)) oldest = found;
      }
      return oldest && lease(inside, oldest, at);
    }),

  /**
   * Writes the outcome of the attempt with this number. If another relay has taken the delivery over since, only a
   * success is written.
   */
  settle: async (id: string, outcome: Settlement, now: number, attempt?: number): Promise<void> => {
    const { state } = outcome;
    const ended = { state, reason: undefined, cause: undefined, lease: undefined, updated: now };
    const own = attempt === undefined ? sql`` : sql`AND state = 'leased' AND attempts = ${attempt}`;
    if (state === 'delivered') {
      await db.run(sql`UPDATE delivery SET ${set(ended)} WHERE id = ${id}`);
    } else if (state === 'dead') {
      const { reason, cause } = outcome;
      await db.run(sql`UPDATE delivery SET ${set({ ...ended, reason, cause })} WHERE id = ${id} ${own}`);
    } else {
      const { reason, due, refused, maybeSent, failed } = outcome;
      const again = { ...ended, reason, due, ...(maybeSent ? { maybe_sent: true } : {}) };
      await db.run(
        sql`UPDATE delivery SET ${set(again)}, refused = refused + ${refused},
              failed = coalesce(failed, ${failed}) WHERE id = ${id} ${own}`,
      );
    }
  },
});

export const dispatching = (db: Database, damaged: Damaged) => ({
  ...calling(db, damaged),

  /**
   * One relay's turn with the pace and the lanes that all relays share: `work` sees them as they are, and returns
   * them as they are to be, unless they stay. What it does to deliveries is written together with them.
   */
  turn: <T>(
    work: (book: LaneBook, turn: DispatchTurn) => Promise<{ book?: LaneBook | undefined; result: T }>,
  ): Promise<T> =>
    db.transaction(inside => changeLaneBook(inside, book => work(book, calling(inside, damaged)))),
});

/** A relay that is gone may have reached GitHub: its dispatches are repeated. */
async function takeBack(db: Sql, { now, tick }: Moment): Promise<void> {
  if (db.engine.alone) return;
  const again = { state: 'pending', due: tick, maybe_sent: true, lease: undefined, updated: now };
  await db.run(sql`UPDATE delivery SET ${set(again)} WHERE state = 'leased' AND lease <= ${tick}`);
}

/**
 * An earlier delivery of the same entity is sent first. The `+` keeps SQLite from searching all that waits for the
 * earlier one: by the entity's index it is found at once.
 */
function oldestOf(db: Sql, { repository, except = [] }: FreeLane, tick: number) {
  return sql`SELECT * FROM delivery WHERE state = 'pending' AND payload IS NOT NULL
    AND repository = ${repository} AND due <= ${tick} AND id NOT IN (${joined(except)})
    AND NOT EXISTS (SELECT 1 FROM delivery AS earlier WHERE earlier.subscription = delivery.subscription
      AND earlier.object = delivery.object AND earlier.state IN ('pending', 'leased')
      AND +earlier.seq < delivery.seq)
    ORDER BY seq LIMIT 1 ${db.engine.skipLocked}`;
}

async function lease(db: Sql, delivery: Delivery, at: Moment): Promise<Delivery> {
  const { id, modified = 0, mark = '' } = delivery;
  const leased = {
    state: 'leased',
    unread: false,
    lease: at.tick + LEASE,
    attempts: delivery.attempts + 1,
    updated: at.now,
  } as const;
  await db.run(sql`UPDATE delivery SET ${set(leased)} WHERE id = ${id}`);
  // From now on the state in its payload counts as decided, whatever the call's outcome. But a delivery that a person
  // sends again must not undo a later decision.
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
