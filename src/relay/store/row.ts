import { z } from 'zod';
import { CHANGES } from '../../qrs/subscriptions.ts';
import { type Delivery, STATES } from './delivery.ts';

const optional = <T extends z.ZodType>(schema: T) => schema.nullable().transform(value => value ?? undefined);
const names = z.string().transform((text, context): string[] => {
  const parsed = z.array(z.string()).safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  context.addIssue({ code: 'custom', message: 'is no list of names' });
  return z.NEVER;
});

/** A row of the table `delivery`. */
const row = z
  .object({
    id: z.string(),
    subscription: z.string(),
    site: z.string(),
    entity: z.string(),
    object: z.string(),
    change: z.enum(CHANGES),
    changed: names,
    certain: z.number(),
    since: optional(z.number()),
    count: z.number(),
    first: z.number(),
    last: z.number(),
    changed_from: optional(z.number()),
    changed_to: optional(z.number()),
    due: z.number(),
    state: z.enum(STATES),
    version: z.number(),
    payload: optional(z.string()),
    modified: optional(z.number()),
    mark: optional(z.string()),
    digest: optional(z.string()),
    attempts: z.number(),
    began: optional(z.number()),
    maybe_sent: z.number(),
    reason: optional(z.string()),
    cause: optional(z.enum(['credential', 'repository', 'event', 'time', 'site', 'configuration'])),
    updated: z.number(),
  })
  .transform(
    ({ certain, maybe_sent, changed_from, changed_to, ...same }): Delivery => ({
      ...same,
      certain: certain === 1,
      maybeSent: maybe_sent === 1,
      changedFrom: changed_from,
      changedTo: changed_to,
    }),
  );

export function deliveryOf(stored: unknown): Delivery {
  return row.parse(stored);
}
