import * as z from 'zod';
import { CHANGES } from '../../qrs/subscriptions.ts';
import { optional, time } from './delivery.ts';
import { laneBookIn } from './lane-book.ts';
import { insert, type Sql, sound, sql } from './sql.ts';

const handleRow = z.object({
  subscription: z.string(),
  site: z.string(),
  change: z.enum(CHANGES),
  handle: z.string(),
});
/** The handle that QRS gave for a subscription. */
export type Handle = z.output<typeof handleRow>;

const watchRow = z.object({
  subscription: z.string(),
  /** Since when it is watched, and the time up to which all changes are known, by the site's clock. */
  first: optional(z.number()),
  until: optional(z.number()),
  /** Why the site does not keep the subscription, or cannot be asked what was missed. */
  trouble: optional(z.string()),
});
export type WatchRow = z.output<typeof watchRow>;

const unreadableRow = z.object({
  subscription: z.string(),
  number: z.number(),
  oldest: time.transform(ms => new Date(ms).toISOString()),
  reason: z.string(),
});

/** The state of each subscription: small tables of which `status` shows every row. */
export const watches = (db: Sql) => ({
  handles: async (): Promise<Handle[]> => sound(handleRow, await db.all(sql`SELECT * FROM handle`)),

  keepHandle: async (handle: Handle): Promise<void> => {
    await db.run(insert('handle', { ...handle }, ['subscription', 'change']));
  },

  dropHandle: async ({ subscription, change, handle }: Omit<Handle, 'site'>): Promise<void> => {
    await db.run(
      sql`DELETE FROM handle WHERE subscription = ${subscription} AND change = ${change} AND handle = ${handle}`,
    );
  },

  watches: async (): Promise<WatchRow[]> => sound(watchRow, await db.all(sql`SELECT * FROM watch`)),

  /** All changes since the subscription was first watched are known. */
  know: async (subscription: string, times: { first: number; until: number }): Promise<void> => {
    await db.run(insert('watch', { subscription, ...times }, ['subscription']));
  },

  /** Undefined: the site keeps the subscription, and says what was missed. */
  trouble: async (subscription: string, trouble: string | undefined): Promise<void> => {
    await db.run(insert('watch', { subscription, trouble }, ['subscription']));
  },

  /** What waits, and why, as it is shown: lanes, what sites refuse, and changes whose entity a site cannot show. */
  delays: async () => {
    const { lanes, ahead } = await laneBookIn(db);
    const refused = sql`SELECT subscription, trouble FROM watch WHERE trouble IS NOT NULL`;
    const unreadable = sql`SELECT subscription, count(*) AS number, min(first) AS oldest, max(reason) AS reason
      FROM delivery WHERE state = 'pending' AND unread = 1 AND reason IS NOT NULL GROUP BY subscription`;
    return {
      // A lane whose wait ended through another lane's success does not wait any more.
      paused: Object.entries(lanes)
        .filter(([, { until }]) => until > 0)
        .map(([repository, { kind, since, until, failures, reason }]) => ({
          repository: repository || 'all',
          since: new Date(since + ahead).toISOString(),
          until: new Date(until + ahead).toISOString(),
          ...{ kind, failures, reason },
        })),
      troubles: sound(watchRow.pick({ subscription: true, trouble: true }), await db.all(refused)),
      unreadable: sound(unreadableRow, await db.all(unreadable)),
    };
  },
});
