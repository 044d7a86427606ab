import * as z from 'zod';
import { jsonIn } from '../../base/json.ts';
import { time } from './delivery.ts';
import { settingRow } from './holding.ts';
import { insert, lockNames, type Sql, sql } from './sql.ts';

const waiting = z.object({
  /** `limited`: GitHub asked for a pause. `refused`: GitHub says no. `trouble`: no usable answer. */
  kind: z.enum(['limited', 'refused', 'trouble']),
  /** When it began to wait, and until when, by the steady clock. */
  since: time,
  until: time,
  failures: z.number(),
  reason: z.string(),
  /** The deliveries that failed since the lane last took one. */
  heads: z.array(z.string()),
  /** Another lane's success freed it once, and it failed again: GitHub as a whole is not to blame. */
  freed: z.boolean(),
});
/** Why a lane waits. */
export type Waiting = z.output<typeof waiting>;

const laneBook = z.object({
  /** When GitHub may be called next, by the steady clock. */
  earliest: z.number(),
  /** By the repository, as owner/name in lower case; the empty name is the credential, for which all wait. */
  lanes: z.record(z.string(), waiting),
  /** When GitHub last took a dispatch of each repository. */
  taken: z.record(z.string(), z.number()),
  /** The last repository that refused a call with 403, though its lane was free before. */
  denied: z.object({ repository: z.string(), at: z.number() }).optional(),
  /**
   * By how much the machine's clock was ahead of the steady one, ms: it was set since the relay started. Relays on a
   * database follow that one's clock: always 0.
   */
  ahead: z.number().default(0),
});
/** The pace of the credential and the lanes of repositories, as all relays on one store share them. */
export type LaneBook = z.output<typeof laneBook>;

const EMPTY: LaneBook = { earliest: 0, lanes: {}, taken: {}, ahead: 0 };

/** A damaged one is begun anew: GitHub says again what it asks for. */
export async function laneBookIn(db: Sql): Promise<LaneBook> {
  const found = await db.get(sql`SELECT value FROM setting WHERE name = 'lanes'`);
  const { data } = settingRow.safeParse(found);
  return laneBook.safeParse(jsonIn(data?.value ?? '')).data ?? EMPTY;
}

/** Changes the book, or leaves it as it is where `work` returns none; nobody else does meanwhile. */
export async function changeLaneBook<T>(
  inside: Sql,
  work: (book: LaneBook) => Promise<{ book?: LaneBook | undefined; result: T }>,
): Promise<T> {
  await lockNames(inside, ['lanes']);
  const { book, result } = await work(await laneBookIn(inside));
  if (book) await inside.run(insert('setting', { name: 'lanes', value: JSON.stringify(book) }, ['name']));
  return result;
}
