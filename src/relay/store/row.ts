import { z } from 'zod';
import { CAUSES, HEARD, STATES } from './delivery.ts';
import type { Sql } from './sql.ts';

const optional = <T extends z.ZodType>(schema: T) => schema.nullable().transform(value => value ?? undefined);
const flag = z.number().transform(value => value === 1);
const names = z.string().transform((text, context): string[] => {
  const parsed = namesSchema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  context.addIssue({ code: 'custom', message: 'is no list of names' });
  return z.NEVER;
});
const namesSchema = z.array(z.string());

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A row of the table `delivery`. Times in ms since the epoch. */
const row = z
  .object({
    /** The same on every repeat. */
    id: z.string(),
    /** The order of arrival, whatever the clock says. */
    seq: z.number(),
    subscription: z.string(),
    site: z.string(),
    repository: z.string(),
    entity: z.string(),
    object: z.string(),
    change: z.enum(HEARD),
    changed: names,
    /** Whether every notification named what had changed. */
    certain: flag,
    since: optional(z.number()),
    /** Notifications in it. */
    count: z.number(),
    first: z.number(),
    last: z.number(),
    /** The latest date among its notifications, by the site's clock. */
    date: optional(z.number()),
    /** Not before, by the steady clock. */
    due: z.number(),
    /** The end of `max-wait`, by the steady clock: it is sent as soon as it has been read. */
    deadline: z.number(),
    state: z.enum(STATES),
    /** Changes with each notification that joins. */
    version: z.number(),
    /** Further looks, because the site may show a change late. */
    looks: z.number(),
    /** Its first reading came in time and showed no change by another user than the ignored ones. */
    own: flag,
    /** JSON; present once the entity was read back and is wanted. */
    payload: optional(z.string()),
    /** More has joined since the payload was made. */
    unread: flag,
    /** The state in the payload: its date by the site's clock, and an execution's status or the watched property. */
    modified: optional(z.number()),
    mark: optional(z.string()),
    attempts: z.number(),
    /** How often GitHub refused this very event. */
    refused: z.number(),
    /** GitHub may have accepted it already. */
    maybe_sent: flag,
    reason: optional(z.string()),
    cause: optional(z.enum(CAUSES)),
    updated: z.number(),
  })
  .transform(({ maybe_sent, ...same }) => ({ ...same, maybeSent: maybe_sent }));

/** One entity's changes under one subscription, on their way to one dispatch. */
export type Delivery = z.infer<typeof row>;

/** Throws an error of zod for a damaged row. */
export function deliveryOf(stored: unknown): Delivery {
  return row.parse(stored);
}

/** The rows that make sense. A damaged one is given up, so that it holds up no other. */
export async function soundDeliveries(
  sql: Pick<Sql, 'run'>,
  stored: readonly unknown[],
  now: number,
): Promise<Delivery[]> {
  const sound: Delivery[] = [];
  for (const one of stored) {
    const parsed = row.safeParse(one);
    if (parsed.success) sound.push(parsed.data);
    else await giveUpDamaged(sql, one, now);
  }
  return sound;
}

async function giveUpDamaged(sql: Pick<Sql, 'run'>, stored: unknown, now: number): Promise<void> {
  const { id } = z.object({ id: z.string() }).parse(stored);
  await sql.run(
    `UPDATE delivery SET state = 'dead', open = 0, cause = 'store', updated = ?,
       reason = 'its row in the store is damaged' WHERE id = ?`,
    now,
    id,
  );
}
