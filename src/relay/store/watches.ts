import { z } from 'zod';
import { CHANGES } from '../../qrs/subscriptions.ts';
import { putRow, type Sql } from './sql.ts';
import type { Store } from './store.ts';

const handleSchema = z.object({
  subscription: z.string(),
  site: z.string(),
  change: z.enum(CHANGES),
  handle: z.string(),
});
const absent = z.null().transform(() => undefined);
const watchSchema = z.object({
  subscription: z.string(),
  first: z.number().or(absent),
  until: z.number().or(absent),
  trouble: z.string().or(absent),
});
const laneSchema = z.object({
  repository: z.string(),
  kind: z.enum(['limited', 'refused', 'trouble']),
  since: z.number(),
  until: z.number(),
  failures: z.number(),
  reason: z.string(),
});

type Watches = Pick<
  Store,
  'handles' | 'keepHandle' | 'dropHandle' | 'watches' | 'know' | 'trouble' | 'lanes' | 'keepLane'
>;

/** How each subscription and each lane fares: small tables of which `status` shows every row. */
export function watchesIn(sql: Sql): Watches {
  return {
    handles: async () => z.array(handleSchema).parse(await sql.all('SELECT * FROM handle')),
    keepHandle: handle => putRow(sql, 'handle', ['subscription', 'change'], { ...handle }),
    dropHandle: async ({ subscription, change, handle }) => {
      await sql.run(
        'DELETE FROM handle WHERE subscription = ? AND change = ? AND handle = ?',
        subscription,
        change,
        handle,
      );
    },
    watches: async () => z.array(watchSchema).parse(await sql.all('SELECT * FROM watch')),
    know: async (subscription, until) => {
      await sql.run(
        `INSERT INTO watch (subscription, first, until) VALUES (?, ?, ?)
           ON CONFLICT (subscription) DO UPDATE SET first = coalesce(watch.first, excluded.first),
           until = excluded.until`,
        subscription,
        until,
        until,
      );
    },
    trouble: (subscription, words) =>
      putRow(sql, 'watch', ['subscription'], { subscription, trouble: words }),
    lanes: async () => z.array(laneSchema).parse(await sql.all('SELECT * FROM lane')),
    keepLane: async ({ until, ...lane }) => {
      if (until !== undefined) return putRow(sql, 'lane', ['repository'], { ...lane, until });
      await sql.run('DELETE FROM lane WHERE repository = ?', lane.repository);
    },
  };
}
