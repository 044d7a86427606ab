import * as z from 'zod';
import { CHANGES } from '../../qrs/subscriptions.ts';
import { optional, time } from './delivery.ts';
import { insert, type Sql, sound, sql } from './sql.ts';

const handleRow = z.object({
  subscription: z.string(),
  site: z.string(),
  change: z.enum(CHANGES),
  handle: z.string(),
});
/** What QRS gave for a subscription. */
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

const laneRow = z.object({
  /** owner/name in lower case; empty for the credential, and so for all. */
  repository: z.string(),
  /** `limited`: GitHub asked for a pause. `refused`: GitHub says no. `trouble`: no usable answer. */
  kind: z.enum(['limited', 'refused', 'trouble']),
  /** When it began to wait, and until when; ms since the epoch. */
  since: time,
  until: time,
  failures: z.number(),
  reason: z.string(),
});
export type Lane = z.output<typeof laneRow>;

const unreadableRow = z.object({
  subscription: z.string(),
  number: z.number(),
  oldest: time.transform(ms => new Date(ms).toISOString()),
  reason: z.string(),
});

/** How each subscription and each lane fares: small tables of which `status` shows every row. */
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

  /** The lanes that wait. */
  lanes: async (): Promise<Lane[]> => sound(laneRow, await db.all(sql`SELECT * FROM lane`)),

  /** What waits, and why, as it is shown: lanes, what sites refuse, and changes whose entity a site cannot show. */
  delays: async () => {
    const lanes = sound(laneRow, await db.all(sql`SELECT * FROM lane`));
    const refused = sql`SELECT subscription, trouble FROM watch WHERE trouble IS NOT NULL`;
    const unreadable = sql`SELECT subscription, count(*) AS number, min(first) AS oldest, max(reason) AS reason
      FROM delivery WHERE state = 'pending' AND unread = 1 AND reason IS NOT NULL GROUP BY subscription`;
    return {
      paused: lanes.map(({ repository, until, ...lane }) => ({
        repository: repository || 'all',
        until: new Date(until).toISOString(),
        ...lane,
      })),
      troubles: sound(watchRow.pick({ subscription: true, trouble: true }), await db.all(refused)),
      unreadable: sound(unreadableRow, await db.all(unreadable)),
    };
  },

  /** Replaces a lane's row; with `until` undefined the lane is free, and has none. */
  keepLane: async (lane: Omit<Lane, 'until'> & { until: number | undefined }): Promise<void> => {
    await db.run(
      lane.until === undefined
        ? sql`DELETE FROM lane WHERE repository = ${lane.repository}`
        : insert('lane', { ...lane }, ['repository']),
    );
  },
});
