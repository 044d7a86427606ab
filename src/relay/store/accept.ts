import * as z from 'zod';
import {
  bySubject,
  type Damaged,
  type Delivery,
  type Moment,
  soundDeliveries,
  subjectKey,
} from './delivery.ts';
import { beginningOf, covers, joinedBy, newDelivery, type ReportedChange } from './join.ts';
import { markOwn } from './read.ts';
import { type Columns, insertAll, keepPlans, lockNames, pipelined, type Sql, sql } from './sql.ts';
import { waitingCounts } from './waiting-counts.ts';

export interface NewDelivery {
  id: string;
  reported: ReportedChange;
}

export interface AcceptResult {
  stored: number;
  /** Of these, joined another one that waits. */
  joined: readonly ReportedChange[];
  /** Beyond the share of their repository. */
  rejected: readonly ReportedChange[];
  /** New rows that came by notification: they are read at once, to see who wrote. */
  added: readonly NewDelivery[];
}

export function accepting(db: Sql, damaged: Damaged) {
  const counting = waitingCounts();
  return {
    /**
     * Adds changes, all or none but for those beyond a repository's share; a change of an entity that waits joins it.
     * It costs one commit and a few statements, however many changes there are.
     */
    accept: (batch: readonly ReportedChange[], at: Moment, share: number): Promise<AcceptResult> =>
      db.transaction(async inside => {
        const [, waits, counts] = await pipelined([
          keepPlans(inside),
          waitingOf(inside, batch, at.now, damaged),
          counting.countsFor(inside, batch, at, share),
        ]);
        const shelf: Shelf = { ...waits, counts, touched: new Map(), disowned: [] };
        const result = sorted(batch, shelf, at, share);
        await pipelined([
          putDeliveries(inside, [...shelf.touched.values()]),
          markOwn(inside, { own: false, ids: shelf.disowned }),
        ]);
        counting.keep(counts);
        return result;
      }),
  };
}

/** What waits of the entities of a batch, and what becomes of it. */
interface Shelf {
  /** By subscription and entity. */
  waiting: Map<string, Delivery[]>;
  /** How many wait for each repository. */
  counts: Map<string, number>;
  /** The place of the next new one. */
  seq: number;
  /** By id: new, or changed. */
  touched: Map<string, Delivery>;
  disowned: string[];
}

async function waitingOf(
  db: Sql,
  batch: readonly ReportedChange[],
  now: number,
  damaged: Damaged,
): Promise<Pick<Shelf, 'waiting' | 'seq'>> {
  const subjects = [...new Map(batch.map(one => [subjectKey(one), one])).values()].sort(bySubject);
  const asked = subjects.map(({ subscription, object }) => ({ subscription, object }));
  const ofEntity = sql`delivery.subscription = (asked.value ->> 'subscription')
    AND delivery.object = (asked.value ->> 'object') AND state IN ('pending', 'leased')`;
  const waitingRows = sql`SELECT delivery.* FROM
    ${db.engine.found(JSON.stringify(asked), sql`delivery`, ofEntity)} ${db.engine.forUpdate}`;
  const [, , rows, seq] = await pipelined([
    lockNames(db, subjects.map(subjectKey)),
    // Whoever held these rows may have split one. A statement that waited for that does not see the new row yet, and
    // the entity would get a second delivery that is read apart from it.
    db.engine.alone ? Promise.resolve([]) : db.all(waitingRows),
    db.all(waitingRows),
    nextSeq(db),
  ]);
  const waiting = Map.groupBy(await soundDeliveries(rows, { db, now, damaged }), subjectKey);
  return { waiting, seq };
}

const nextRow = z.object({ next: z.number() });

/** The place after all others. Entities may share one; of one entity, only a transaction that locks it asks. */
export async function nextSeq(db: Sql): Promise<number> {
  const found = await db.get(sql`SELECT coalesce(max(seq), 0) + 1 AS next FROM delivery`);
  return nextRow.parse(found).next;
}

/** Changes the shelf, as each change of the batch asks. */
function sorted(batch: readonly ReportedChange[], shelf: Shelf, at: Moment, share: number): AcceptResult {
  const [joined, rejected, added]: [ReportedChange[], ReportedChange[], NewDelivery[]] = [[], [], []];
  for (const reported of batch) {
    const waiting = shelf.waiting.get(subjectKey(reported)) ?? [];
    const count = shelf.counts.get(reported.repository) ?? 0;
    if (join(reported, waiting, shelf, at)) joined.push(reported);
    // After a delivery that was tried already one more may follow, and no more.
    else if (count < share || waiting.length > 0) {
      const delivery = newDelivery(beginningOf(reported, at), shelf.seq, at.now);
      shelf.seq += 1;
      shelf.counts.set(reported.repository, count + 1);
      put(shelf, [...waiting, delivery], delivery);
      if (reported.since === undefined && !reported.gap) added.push({ id: delivery.id, reported });
    } else rejected.push(reported);
  }
  return { stored: batch.length - rejected.length, joined, rejected, added };
}

/** Adds to what waits of this entity, if there is something that it can join. */
function join(reported: ReportedChange, waiting: readonly Delivery[], shelf: Shelf, at: Moment): boolean {
  const known = reported.since === undefined ? undefined : waiting.find(one => covers(one, reported));
  if (known) {
    // In a gap there may have been another change before it, of which QRS did not notify.
    if (reported.gap) shelf.disowned.push(known.id);
    return true;
  }
  const open = waiting.find(({ attempts }) => attempts === 0);
  if (!open) return false;
  const both = joinedBy(open, reported, at);
  put(
    shelf,
    waiting.map(one => (one === open ? both : one)),
    both,
  );
  return true;
}

function put(shelf: Shelf, waiting: Delivery[], touched: Delivery): void {
  shelf.waiting.set(subjectKey(touched), waiting);
  shelf.touched.set(touched.id, touched);
}

/** What does not change when something joins a delivery. */
const KEPT = ['subscription', 'site', 'repository', 'entity', 'object', 'seq', 'first', 'deadline'];

/** Writes deliveries that are new, or that something has joined. */
export async function putDeliveries(db: Sql, deliveries: readonly Delivery[]): Promise<void> {
  const how = { key: ['id'], kept: KEPT, atOnce: db.engine.rowsAtOnce };
  await pipelined(insertAll('delivery', deliveries.map(columnsOf), how).map(statement => db.run(statement)));
}

/** All but those that an untried delivery does not have. */
function columnsOf({
  changed,
  modified,
  mark,
  cause,
  maybeSent,
  attempts,
  refused,
  lease,
  failed,
  ...rest
}: Delivery): Columns {
  return { ...rest, changed: JSON.stringify(changed) };
}
