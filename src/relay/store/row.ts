import { z } from 'zod';
import { CAUSES, type Delivery, HEARD, STATES } from './delivery.ts';
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

/** A row of the table `delivery`. */
const row = z
  .object({
    id: z.string(),
    seq: z.number(),
    subscription: z.string(),
    site: z.string(),
    repository: z.string(),
    entity: z.string(),
    object: z.string(),
    change: z.enum(HEARD),
    changed: names,
    certain: flag,
    since: optional(z.number()),
    count: z.number(),
    first: z.number(),
    last: z.number(),
    date: optional(z.number()),
    due: z.number(),
    deadline: z.number(),
    state: z.enum(STATES),
    version: z.number(),
    looks: z.number(),
    own: flag,
    payload: optional(z.string()),
    unread: flag,
    modified: optional(z.number()),
    mark: optional(z.string()),
    attempts: z.number(),
    refused: z.number(),
    maybe_sent: flag,
    reason: optional(z.string()),
    cause: optional(z.enum(CAUSES)),
    updated: z.number(),
  })
  .transform(({ maybe_sent, ...same }): Delivery => ({ ...same, maybeSent: maybe_sent }));

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
