import { z } from 'zod';
import { CHANGES } from '../../qrs/subscriptions.ts';
import { accept } from './accept.ts';
import { adopt, claim, recover, revive, settle } from './lease.ts';
import { counts, list, prune, redeliver } from './look.ts';
import { hasten, nextDue, postpone, refuse, shut, toDecide, want } from './queue.ts';
import { SCHEMA, VERSION } from './schema.ts';
import type { Sql } from './sql.ts';
import { openSqlite } from './sqlite.ts';
import { type Store, StoreError } from './store.ts';

const handleSchema = z.object({
  subscription: z.string(),
  site: z.string(),
  change: z.enum(CHANGES),
  handle: z.string(),
});
const knownSchema = z.object({ first: z.number(), until: z.number() });
const seenSchema = z
  .object({
    modified: z.number(),
    mark: z.string(),
    digest: z.string(),
    sent: z.number(),
    ignored: z.number(),
  })
  .transform(({ sent, ignored, ...rest }) => ({ ...rest, sent: sent === 1, ignored: ignored === 1 }));

/** Opens the store in a file, and makes it if it is not there. Rejects with StoreError. */
export async function openStore(path: string): Promise<Store> {
  const sql = openSqlite(path);
  await sql.exec(SCHEMA);
  const store = storeOn(sql, () => sql.close());
  const version = await store.setting('version', () => VERSION);
  if (version === VERSION) return store;
  sql.close();
  throw new StoreError(
    `The store ${path} is of version ${version}, made by a newer relay; this one knows ${VERSION}.`,
  );
}

function storeOn(sql: Sql, close: () => void): Store {
  const one = async <T>(schema: z.ZodType<T>, found: Promise<unknown>): Promise<T | undefined> => {
    const row = await found;
    return row === undefined ? undefined : schema.parse(row);
  };
  return {
    accept: (changes, now, limit) => accept(sql, changes, now, limit),
    toDecide: (now, site) => toDecide(sql, now, site),
    shut: id => shut(sql, id),
    hasten: (site, now) => hasten(sql, site, now),
    want: (delivery, payload, seen, now) => want(sql, delivery, payload, seen, now),
    refuse: (delivery, reason, seen, now) => refuse(sql, delivery, reason, seen, now),
    postpone: (delivery, due, reason) => postpone(sql, delivery, due, reason),
    claim: (now, skip) => claim(sql, now, skip),
    settle: (id, outcome, now) => settle(sql, id, outcome, now),
    recover: now => recover(sql, now),
    adopt: (known, now) => adopt(sql, known, now),
    revive: (cause, now) => revive(sql, cause, now),
    nextDue: site => nextDue(sql, site),
    seen: (subscription, object) =>
      one(
        seenSchema,
        sql.get(
          'SELECT modified, mark, digest, sent, ignored FROM seen WHERE subscription = ? AND object = ?',
          subscription,
          object,
        ),
      ),
    counts: () => counts(sql),
    list: query => list(sql, query),
    redeliver: (ids, now) => redeliver(sql, ids, now),
    prune: (now, history) => prune(sql, now, history),
    handles: async () => z.array(handleSchema).parse(await sql.all('SELECT * FROM handle')),
    keepHandle: async ({ subscription, site, change, handle }) => {
      await sql.run(
        `INSERT INTO handle (subscription, site, change, handle) VALUES (?, ?, ?, ?)
           ON CONFLICT (subscription, change) DO UPDATE SET site = excluded.site, handle = excluded.handle`,
        subscription,
        site,
        change,
        handle,
      );
    },
    dropHandle: async ({ subscription, change, handle }) => {
      await sql.run(
        'DELETE FROM handle WHERE subscription = ? AND change = ? AND handle = ?',
        subscription,
        change,
        handle,
      );
    },
    known: site => one(knownSchema, sql.get('SELECT first, until FROM known WHERE site = ?', site)),
    know: async (site, until) => {
      await sql.run(
        `INSERT INTO known (site, first, until) VALUES (?, ?, ?)
           ON CONFLICT (site) DO UPDATE SET until = excluded.until`,
        site,
        until,
        until,
      );
    },
    setting: async (name, make) => {
      await sql.run(
        'INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING',
        name,
        make(),
      );
      const row = await sql.get('SELECT value FROM setting WHERE name = ?', name);
      return z.object({ value: z.string() }).parse(row).value;
    },
    probe: async now => {
      await sql.run(
        "INSERT INTO setting (name, value) VALUES ('probe', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        String(now),
      );
    },
    close: async () => close(),
  };
}
