import * as z from 'zod';
import { type Delivery, STATES, type State, shownDelivery } from './delivery.ts';
import { joined, type Sql, set, sound, sql } from './sql.ts';

/** The time for which dead deliveries are kept, so that somebody can look at them, ms. */
const DEAD_AGE = 365 * 86_400_000;
/** The most entities to remember of each subscription, whatever `history` says: a forgotten state would count as new. */
const REMEMBERED = 10_000;

export interface Query {
  states?: readonly State[] | undefined;
  subscription?: string | undefined;
  /** In lower case. */
  repository?: string | undefined;
  ids?: readonly string[] | undefined;
  /** Ms since the epoch; of the last notification. */
  from?: number | undefined;
  to?: number | undefined;
  limit: number;
}

const countRow = z.object({
  ...{ state: z.enum(STATES), repository: z.string() },
  ...{ number: z.number(), oldest: z.number() },
});
const names = z.array(z.object({ name: z.string() }));

export const history = (db: Sql) => ({
  counts: () => countDeliveries(db),
  /** The newest first. Of a damaged row, what can be read. */
  list: (query: Query) => listDeliveries(db, query),
  /** The last ones that came, by an index: a page that refreshes itself must not read a million rows. */
  recent: async (limit: number): Promise<Delivery[]> =>
    (await db.all(sql`SELECT * FROM delivery ORDER BY seq DESC LIMIT ${limit}`)).map(shownDelivery),
  /** All names that the store knows. */
  names: (of: 'subscription' | 'repository') => knownNames(db, of),
  /** Marks these to be sent again, under the same id. One that was tried keeps its payload; others are read first. */
  redeliver: (ids: readonly string[], now: number): Promise<number> => each(db, ids, id => again(id, now)),
  /** Removes these, unless they are under way. */
  discard: (ids: readonly string[]): Promise<number> =>
    each(db, ids, id => sql`DELETE FROM delivery WHERE id = ${id} AND state <> 'leased'`),
  /** Removes deliveries that are done once they are old, or too many, and what is remembered of too many entities. */
  prune: (now: number, limits: { age: number; rows: number }): Promise<number> =>
    db.transaction(inside => prune(inside, now, limits)),
});

async function countDeliveries(db: Sql) {
  const rows = sound(
    countRow,
    await db.all(
      sql`SELECT state, repository, count(*) AS number, min(first) AS oldest FROM delivery
            GROUP BY state, repository`,
    ),
  );
  const sum = (some: readonly { number: number }[]) => some.reduce((total, { number }) => total + number, 0);
  const of = (state: State) => sum(rows.filter(row => row.state === state));
  const waiting = rows.filter(({ state }) => state === 'pending' || state === 'leased');
  const byRepository = Map.groupBy(waiting, ({ repository }) => repository);
  return {
    states: {
      pending: of('pending'),
      leased: of('leased'),
      delivered: of('delivered'),
      unwanted: of('unwanted'),
      dead: of('dead'),
    },
    /** How many wait for each repository. */
    waiting: Object.fromEntries([...byRepository].map(([repository, some]) => [repository, sum(some)])),
    /** When the oldest change that waits came, ms since the epoch. */
    oldest: waiting.length > 0 ? Math.min(...waiting.map(({ oldest }) => oldest)) : undefined,
  };
}

async function listDeliveries(
  db: Sql,
  { states, ids, subscription, repository, from, to, limit }: Query,
): Promise<Delivery[]> {
  const conditions = [sql`1 = 1`];
  if (states) conditions.push(sql`state IN (${joined(states)})`);
  if (ids) conditions.push(sql`id IN (${joined(ids)})`);
  if (subscription !== undefined) conditions.push(sql`subscription = ${subscription}`);
  if (repository !== undefined) conditions.push(sql`repository = ${repository}`);
  if (from !== undefined) conditions.push(sql`last >= ${from}`);
  if (to !== undefined) conditions.push(sql`last <= ${to}`);
  const rows = await db.all(
    sql`SELECT * FROM delivery WHERE ${joined(conditions, ' AND ')} ORDER BY last DESC, seq DESC LIMIT ${limit}`,
  );
  return rows.map(shownDelivery);
}

async function knownNames(db: Sql, of: 'subscription' | 'repository'): Promise<string[]> {
  const found = await db.all(
    of === 'repository'
      ? sql`SELECT DISTINCT repository AS name FROM delivery`
      : sql`SELECT subscription AS name FROM delivery UNION SELECT subscription FROM watch`,
  );
  return names.parse(found).map(({ name }) => name);
}

function again(id: string, now: number): ReturnType<typeof sql> {
  const pending = {
    state: 'pending',
    due: 0,
    refused: 0,
    failed: undefined,
    reason: undefined,
    cause: undefined,
    updated: now,
  };
  return sql`UPDATE delivery SET ${set(pending)}, unread = CASE WHEN payload IS NULL THEN 1 ELSE 0 END,
    maybe_sent = CASE WHEN attempts > 0 THEN 1 ELSE maybe_sent END
    WHERE id = ${id} AND state IN ('delivered', 'dead')`;
}

async function prune(db: Sql, now: number, { age, rows }: { age: number; rows: number }): Promise<number> {
  const old = await db.run(
    sql`DELETE FROM delivery WHERE (state IN ('delivered', 'unwanted') AND updated < ${now - age})
          OR (state = 'dead' AND updated < ${now - DEAD_AGE})`,
  );
  const many = await db.run(
    sql`DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE state IN ('delivered', 'unwanted')
          ORDER BY updated DESC, id LIMIT 1000000 OFFSET ${rows})`,
  );
  await db.run(
    sql`DELETE FROM memory WHERE (subscription, object) IN (SELECT subscription, object FROM (
          SELECT subscription, object, row_number() OVER (PARTITION BY subscription ORDER BY updated DESC) AS rank
          FROM memory) AS ranked WHERE rank > ${REMEMBERED})`,
  );
  return old + many;
}

function each(db: Sql, ids: readonly string[], statement: (id: string) => ReturnType<typeof sql>) {
  return db.transaction(async inside => {
    let changed = 0;
    for (const id of ids) changed += await inside.run(statement(id));
    return changed;
  });
}
