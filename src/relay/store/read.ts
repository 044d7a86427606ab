import * as z from 'zod';
import {
  bySubject,
  type Damaged,
  type Delivery,
  flag,
  type Moment,
  optional,
  type Subject,
  soundDeliveries,
  subjectKey,
} from './delivery.ts';
import { insert, joined, pipelined, type Sql, type Statement, set, sound, sql } from './sql.ts';

const memoryRow = z.object({
  subscription: z.string(),
  object: z.string(),
  /** The state that was decided last, by the site's clock; 0 before the first decision. */
  modified: z.number(),
  mark: z.string(),
  /** Whether that state was dispatched. */
  sent: flag,
  /** Known before a deletion: the entity's name, and whether it ever met the subscription's filter. */
  name: optional(z.string()),
  met: flag,
});

/** The mark of an entity that is gone. */
export const DELETED = '(deleted)';

/** Ids in one statement: a statement of SQLite has 32,766 places for values. */
const AT_ONCE = 1_000;

const dueRow = z.object({ due: optional(z.number()) });

/** What the relay remembers of an entity. */
export type Memory = Omit<z.output<typeof memoryRow>, keyof Subject>;

/** A working copy of a promotion, to be remembered for its deletion. */
export interface Copy {
  subscription: string;
  object: string;
  name: string;
  met: boolean;
}

/** Deliveries that are to be read back. */
export interface Unread {
  site: string;
  /** Of these subscriptions. Default: of all. */
  names?: readonly string[];
  /** Those that the site could not show, or the others. Default: both. */
  apart?: boolean;
}

/** The decision after an entity was read back. */
export type Decision = { delivery: Delivery } & (
  | { kind: 'wanted'; payload: string; memory: Memory }
  | { kind: 'unwanted'; reason: string; memory?: Memory | undefined }
  /** To be read once more. */
  | { kind: 'again'; due: number; looks: number; reason?: string; change?: 'update' | undefined }
);

export const reading = (db: Sql, damaged: Damaged) => ({
  /** The deliveries that are due to be read back, in the order of their times. */
  toRead: async (tick: number, among: Unread, limit: number): Promise<Delivery[]> => {
    const rows = await db.all(
      sql`SELECT * FROM delivery WHERE ${unread(among)} AND due <= ${tick} ORDER BY due LIMIT ${limit}`,
    );
    return soundDeliveries(rows, { db, now: tick, damaged });
  },

  /** When the next one is due to be read back. */
  nextDue: async (among: Unread): Promise<number | undefined> => {
    const found = await db.get(sql`SELECT min(due) AS due FROM delivery WHERE ${unread(among)}`);
    return dueRow.parse(found).due;
  },

  /** The site answers again: what was postponed because it could not show it is due. */
  hasten: (tick: number, among: Unread): Promise<number> =>
    db.run(
      sql`UPDATE delivery SET due = ${tick} WHERE ${unread({ ...among, apart: true })} AND due > ${tick}`,
    ),

  /** The first readings of these came in time and showed no change by others; what was seen of working copies. */
  witness: (own: readonly string[], copies: readonly Copy[], now: number): Promise<void> =>
    db.transaction(async inside => {
      const marked = markOwn(inside, { own: true, ids: own });
      const seen = copies.map(({ subscription, object, name, met }) =>
        inside.run(
          sql`INSERT INTO memory (subscription, object, name, met, updated)
                VALUES (${subscription}, ${object}, ${name}, ${met}, ${now}) ON CONFLICT DO NOTHING`,
        ),
      );
      await pipelined([marked, ...seen]);
    }),

  /** Writes decisions in one transaction. Returns those that hold: no notification has joined since the reading. */
  conclude: (decisions: readonly Decision[], at: Moment): Promise<Decision[]> =>
    db.transaction(async inside => {
      const sorted = decisions.toSorted((one, other) => bySubject(one.delivery, other.delivery));
      const held = await pipelined(sorted.map(decision => write(inside, decision, at)));
      return sorted.filter((_, index) => held[index]);
    }),

  /** What the relay remembers of these entities. */
  memories: async (of: readonly Subject[]): Promise<(one: Subject) => Memory | undefined> => {
    if (of.length === 0) return () => undefined;
    const asked = of.map(({ subscription, object }) => ({ subscription, object }));
    const ofEntity = sql`memory.subscription = (asked.value ->> 'subscription')
      AND memory.object = (asked.value ->> 'object')`;
    const found = await db.all(
      sql`SELECT memory.* FROM ${db.engine.found(JSON.stringify(asked), sql`memory`, ofEntity)}`,
    );
    const known = new Map(sound(memoryRow, found).map(row => [subjectKey(row), row]));
    return one => known.get(subjectKey(one));
  },
});

function unread({ site, names, apart }: Unread): Statement {
  const of = names ? sql`AND subscription IN (${joined(names)})` : sql``;
  const shown = apart === undefined ? sql`` : apart ? sql`AND reason IS NOT NULL` : sql`AND reason IS NULL`;
  return sql`state = 'pending' AND unread = 1 AND site = ${site} ${of} ${shown}`;
}

async function write(db: Sql, decision: Decision, { now, tick }: Moment): Promise<boolean> {
  const { delivery, memory } = { memory: undefined, ...decision };
  const { id, version, count } = delivery;
  // What was dispatched since the reading stays as it is, also where it waits to be repeated: a call leaves nothing unread.
  // In a CASE, as a database that counted before a burst would rather read all that is pending than look up the id.
  const open = sql`id = ${id} AND CASE WHEN state = 'pending' AND unread = 1 THEN 1 END = 1`;
  const unchanged = sql`${open} AND version = ${version}`;
  if (decision.kind === 'again') {
    const { due, looks, reason, change = delivery.change } = decision;
    return (
      (await db.run(sql`UPDATE delivery SET ${set({ due, looks, reason, change })} WHERE ${unchanged}`)) > 0
    );
  }
  if (decision.kind === 'unwanted') {
    const ended = { state: 'unwanted', unread: false, reason: decision.reason, updated: now };
    const held = (await db.run(sql`UPDATE delivery SET ${set(ended)} WHERE ${unchanged}`)) > 0;
    if (held && memory) await remember(db, delivery, memory, now);
    return held;
  }
  const { name, met, modified, mark } = decision.memory;
  // An entity that is notified during each reading would never be sent. So once `max-wait` is over, the payload
  // counts although more has joined, and stays unread: `claim` splits off the rest.
  const read = { payload: decision.payload, modified, mark, reason: undefined, updated: now };
  const changed = await db.run(
    sql`UPDATE delivery SET ${set(read)}, unread = CASE WHEN version = ${version} THEN 0 ELSE 1 END
          WHERE ${open} AND (version = ${version} OR (deadline <= ${tick} AND count > ${count}))`,
  );
  // The state counts as decided once it was sent: until then a further reading may find a newer one.
  await remember(db, delivery, { name, met }, now);
  return changed > 0;
}

/** Keeps what it is not given. */
export async function remember(
  db: Sql,
  { subscription, object }: Subject,
  known: Partial<Memory>,
  now: number,
): Promise<void> {
  const row = { subscription, object, ...known, updated: now };
  await db.run(insert('memory', row, ['subscription', 'object']));
}

/** Whether an ignored user alone made these changes. Those that came in a gap may be another one's. */
export async function markOwn(
  db: Sql,
  { own, ids }: { own: boolean; ids: readonly string[] },
): Promise<void> {
  const known = own ? sql`AND state = 'pending' AND since IS NULL` : sql``;
  const marked: Promise<number>[] = [];
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const some = joined(ids.slice(from, from + AT_ONCE));
    marked.push(db.run(sql`UPDATE delivery SET own = ${own} WHERE id IN (${some}) ${known}`));
  }
  await pipelined(marked);
}
