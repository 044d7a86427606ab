import * as z from 'zod';
import { jsonIn } from '../../base/json.ts';
import type { Change } from '../../qrs/subscriptions.ts';
import { type Sql, set, sql } from './sql.ts';

/** `leased`: a call to GitHub is under way. `unwanted`: read back, and not dispatched. `dead`: given up. */
export const STATES = ['pending', 'leased', 'delivered', 'unwanted', 'dead'] as const;
export type State = (typeof STATES)[number];

/** Why a delivery is dead: GitHub refused the event, its subscription left the configuration, or its row is damaged. */
const CAUSES = ['event', 'configuration', 'store'] as const;
export type Cause = (typeof CAUSES)[number];

/** In ascending order of weight. `remember`: kept only to decide about a later deletion, and never dispatched itself. */
export const HEARD = ['remember', 'update', 'add', 'delete'] as const;
export type Heard = Change | 'remember';

/** Ms since the epoch. */
export interface Moment {
  /** By the machine's clock: for what people read. */
  now: number;
  /** By the steady clock of the relay, which nobody sets: for when something is due. */
  tick: number;
}

export const optional = <T extends z.ZodType>(schema: T) =>
  schema.nullable().transform(value => value ?? undefined);
export const flag = z.number().transform(value => value === 1);

/** A time that JavaScript can make a date of, ms since the epoch. */
export const time = z.number().min(-8.64e15).max(8.64e15);

/** A row of the table `delivery`. Times in ms since the epoch. */
const columns = z.object({
  /** The same on every repeat. */
  id: z.string(),
  /** The order of arrival, whatever the clock says. */
  seq: z.number(),
  subscription: z.string(),
  site: z.string(),
  /** owner/name in lower case: the lane in which it travels. */
  repository: z.string(),
  entity: z.string(),
  /** Id of the entity. */
  object: z.string(),
  change: z.enum(HEARD),
  /** Names of properties. */
  changed: z.preprocess(value => jsonIn(String(value)), z.array(z.string())),
  /** Whether every notification named what had changed. */
  certain: flag,
  /** Found by catch-up: the beginning of the time that it asked for, by the site's clock. */
  since: optional(time),
  /** Notifications in it. */
  count: z.number(),
  first: time,
  last: time,
  /** The latest date among its notifications, by the site's clock. */
  date: optional(time),
  /** When it may be read or sent at the earliest, by the steady clock. */
  due: time,
  /** The end of `max-wait`, by the steady clock: it is sent as soon as it has been read. */
  deadline: time,
  state: z.enum(STATES),
  /** Changes with each notification that joins. */
  version: z.number(),
  /** Further looks, because the site may show a change late. */
  looks: z.number(),
  /** Its first reading came in time and showed no change by another user than the ignored ones. */
  own: flag,
  /** JSON; present once the entity was read back and is wanted. */
  payload: optional(z.string()),
  /** It was never read back, or more has joined since the payload was made. */
  unread: flag,
  /** The state in the payload: its date by the site's clock, and an execution's status or the watched property. */
  modified: optional(time),
  mark: optional(z.string()),
  attempts: z.number(),
  /** How often GitHub refused this very event. */
  refused: z.number(),
  /** When a call under way counts as lost, because the relay that makes it is gone; by the steady clock. */
  lease: optional(time),
  /** When GitHub first gave no usable answer for it, by the steady clock. */
  failed: optional(time),
  /** GitHub may have accepted it already. */
  maybe_sent: flag,
  reason: optional(z.string()),
  cause: optional(z.enum(CAUSES)),
  updated: time,
});
const row = columns.transform(({ maybe_sent, ...same }) => ({ ...same, maybeSent: maybe_sent }));

/** One entity's changes under one subscription, on their way to one dispatch. */
export type Delivery = z.infer<typeof row>;

/** An entity under one subscription. */
export type Subject = Pick<Delivery, 'subscription' | 'object'>;

export const subjectKey = ({ subscription, object }: Subject) => JSON.stringify([subscription, object]);

/**
 * The order in which all relays lock deliveries, and what is remembered of entities after these: so two relays never
 * wait for each other.
 */
export function bySubject(one: Subject, other: Subject): number {
  const [key, otherKey] = [subjectKey(one), subjectKey(other)];
  return Number(key > otherKey) - Number(key < otherKey);
}

const named = z.object({ object: z.object({ name: z.string() }) });

/** The name of the entity, where it was read back and is wanted. Pure. */
export function objectName({ payload }: Delivery): string | undefined {
  return named.safeParse(jsonIn(payload ?? '')).data?.object.name;
}

const DAMAGED = 'its row in the store is damaged';

/** Called with the id of a delivery whose row is damaged. */
export type Damaged = (id: string) => void;

/** The valid rows. A damaged one is given up, so that it delays no other. */
export async function soundDeliveries(
  stored: readonly unknown[],
  { db, now, damaged }: { db: Sql; now: number; damaged: Damaged },
): Promise<Delivery[]> {
  const parsed = stored.map(one => ({ one, ...row.safeParse(one) }));
  for (const { one, success } of parsed) {
    if (success) continue;
    const { id } = z.object({ id: z.string() }).parse(one);
    const dead = { state: 'dead', cause: 'store', reason: DAMAGED, updated: now };
    await db.run(sql`UPDATE delivery SET ${set(dead)} WHERE id = ${id}`);
    damaged(id);
  }
  return parsed.flatMap(({ data }) => (data === undefined ? [] : [data]));
}

/** Values to use in place of damaged ones; each column accepts at least one. */
const SPARES = [null, 0, '?', '[]', 'dead', 'update'];

/** A delivery for people to see, also where its row is damaged: as far as that can be read. */
export function shownDelivery(stored: unknown): Delivery {
  const { data, error } = row.safeParse(stored);
  if (data) return data;
  const names = error.issues.map(({ path: [name] }) => columns.keyof().parse(name));
  const mended = names.map(name => [
    name,
    SPARES.find(spare => columns.shape[name].safeParse(spare).success),
  ]);
  return { ...row.parse({ ...Object(stored), ...Object.fromEntries(mended) }), reason: DAMAGED };
}
