import * as z from 'zod';
import { jsonIn } from '../../base/json.ts';
import { type Database, insert, lockNames, type Sql, sound, sql } from './sql.ts';

const holdRow = z.object({
  site: z.string(),
  relay: z.string(),
  since: z.number(),
  gaps: z.preprocess(value => jsonIn(String(value)), z.array(z.string())),
});

/** Which relay holds a site: it keeps the subscriptions, asks what was missed, and reads back. */
export interface Hold {
  site: string;
  /** As that relay calls itself. */
  relay: string;
  /** Ms since the epoch. */
  since: number;
  /** The subscriptions for which QRS may have missed notifications. */
  gaps: readonly string[];
}

/** A call that the relay which got it could not take: the relay that holds the site asks QRS what it was. */
const missRow = z.object({ subscription: z.string(), mark: z.string() });

/** The names that relays keep while they live. */
const siteName = (site: string) => `site ${site}`;
const configurationName = (digest: string) => `configuration ${digest}`;

export type Holding = ReturnType<typeof holding>;

/** How the relays on one store share the sites. */
export const holding = (db: Database) => ({
  isAlone: db.engine.alone,

  /** Keeps sites for this relay, and the configuration together with others. Rejects with StoreError. */
  holder: async (digest: string) => {
    const { lost, keep, share, close } = await db.keeper();
    await share(configurationName(digest));
    return { lost, close, keepSite: (site: string) => keep(siteName(site)) };
  },

  /** Makes this configuration that of all relays; false while another one is that of a relay that lives. */
  agree: (digest: string): Promise<boolean> =>
    db.transaction(async inside => {
      await lockNames(inside, ['configuration']);
      const current = await agreedDigest(inside);
      if (current === digest) return true;
      if (current !== undefined && (await isKept(inside, configurationName(current)))) return false;
      await inside.run(insert('setting', { name: CONFIGURATION, value: digest }, ['name']));
      return true;
    }),

  /** The digest of the configuration that the relays have; undefined before the first one. */
  configuration: () => agreedDigest(db),

  /** How many relays live that have the agreed configuration. */
  running: async (): Promise<number> => {
    const current = await agreedDigest(db);
    return current === undefined ? 0 : numberOf(db, configurationName(current));
  },

  /** How many relays live that have this configuration. */
  relays: (digest: string): Promise<number> => numberOf(db, configurationName(digest)),

  /** Begins to hold a site. Earlier first readings prove nothing: nobody may have watched the site since. */
  hold: (hold: Hold): Promise<void> =>
    db.transaction(async inside => {
      await inside.run(
        sql`UPDATE delivery SET own = 0 WHERE site = ${hold.site} AND state = 'pending' AND own = 1`,
      );
      await inside.run(insert('hold', { ...hold, gaps: JSON.stringify(hold.gaps) }, ['site']));
    }),

  keepGaps: async ({ site, relay, gaps }: Omit<Hold, 'since'>): Promise<void> => {
    await db.run(
      sql`UPDATE hold SET gaps = ${JSON.stringify(gaps)} WHERE site = ${site} AND relay = ${relay}`,
    );
  },

  /** Which relays hold which sites now. */
  holds: async (): Promise<Hold[]> => {
    const rows = sound(holdRow, await db.all(sql`SELECT * FROM hold ORDER BY site`));
    if (db.engine.alone) return rows;
    const kept = await Promise.all(rows.map(({ site }) => isKept(db, siteName(site))));
    return rows.filter((_, index) => kept[index]);
  },

  /** Calls for these could not be taken; `mark` is a new one each time. */
  miss: (subscriptions: readonly string[], mark: string): Promise<void> =>
    db.transaction(async inside => {
      for (const subscription of subscriptions)
        await inside.run(insert('miss', { subscription, mark }, ['subscription']));
    }),

  /** The last mark of each subscription. */
  misses: async () => sound(missRow, await db.all(sql`SELECT * FROM miss`)),
});

const CONFIGURATION = 'configuration';
export const settingRow = z.object({ value: z.string() });

async function agreedDigest(db: Sql): Promise<string | undefined> {
  const found = await db.all(sql`SELECT value FROM setting WHERE name = ${CONFIGURATION}`);
  return sound(settingRow, found)[0]?.value;
}

const numberRow = z.object({ number: z.number() });

async function numberOf(db: Sql, name: string): Promise<number> {
  return numberRow.parse(await db.get(db.engine.kept(name))).number;
}

async function isKept(db: Sql, name: string): Promise<boolean> {
  return (await numberOf(db, name)) > 0;
}
