import * as z from 'zod';
import type { Moment } from './delivery.ts';
import { laneBookIn } from './lane-book.ts';
import { type Sql, set, sql } from './sql.ts';

/** Nothing legitimate waits longer than this, ms: an event that GitHub refused, and everything else. */
const REFUSED = 3_600_000;
const ELSE = 60_000;
/** What is no drift of a clock any more, ms. */
const SET = 1_000;

export interface Known {
  subscription: string;
  /** owner/name in lower case. */
  repository: string;
  /** Its name, then its other names. */
  sites: readonly string[];
}

const pairs = z.array(z.object({ subscription: z.string(), site: z.string(), repository: z.string() }));
type Pair = z.output<typeof pairs>[number];

export const adopting = (db: Sql) => ({
  /**
   * Takes up what an earlier relay left under way, as it may have reached GitHub; resolves to how many that were. And
   * a clock that was set back meanwhile must not keep anything waiting. Where other relays may be at work, their
   * leases say what is left, and nobody calls this.
   */
  recover: ({ now, tick }: Moment): Promise<number> =>
    db.transaction(async inside => {
      await keepTimes(inside);
      await hurry(inside, tick);
      const again = { state: 'pending', due: tick, maybe_sent: true, lease: undefined, updated: now };
      return inside.run(sql`UPDATE delivery SET ${set(again)} WHERE state = 'leased'`);
    }),

  /** The clock was set back: nothing waits for longer than it could at first. */
  hurry: (tick: number): Promise<void> => hurry(db, tick),

  /**
   * Adapts what waits to the configuration: new names of sites, other repositories. Gives up what no subscription
   * watches, and takes that up again when its subscription is back. Resolves to how many it gave up.
   */
  adopt: (known: readonly Known[], at: Moment): Promise<number> =>
    db.transaction(async inside => {
      const of = new Map(known.map(one => [one.subscription, one]));
      const found = await inside.all(
        sql`SELECT DISTINCT subscription, site, repository FROM delivery
              WHERE state = 'pending' OR (state = 'dead' AND cause = 'configuration')`,
      );
      let orphans = 0;
      for (const pair of pairs.parse(found)) {
        const current = of.get(pair.subscription);
        if (current?.sites.some(name => name.toLowerCase() === pair.site.toLowerCase())) {
          await takeUp(inside, pair, current, at);
        } else orphans += await giveUp(inside, pair, at.now);
      }
      return orphans;
    }),
});

/**
 * The steady time of a relay begins at the machine's clock. Where that was set while the earlier relay ran, what waits is
 * due as much later, or earlier.
 */
async function keepTimes(db: Sql): Promise<void> {
  const { ahead } = await laneBookIn(db);
  if (Math.abs(ahead) <= SET) return;
  await db.run(
    sql`UPDATE delivery SET due = due + ${ahead}, deadline = deadline + ${ahead}, failed = failed + ${ahead}
          WHERE state IN ('pending', 'leased')`,
  );
}

async function hurry(db: Sql, tick: number): Promise<void> {
  const soon = sql`CAST(${tick + ELSE} AS BIGINT)`;
  const latest = sql`CASE WHEN refused > 0 THEN CAST(${tick + REFUSED} AS BIGINT) ELSE ${soon} END`;
  // The end of `max-wait` stays as far from it.
  await db.run(
    sql`UPDATE delivery SET due = ${latest}, deadline = deadline - due + ${latest}
          WHERE state = 'pending' AND due > ${latest}`,
  );
  await db.run(sql`UPDATE delivery SET lease = ${soon} WHERE state = 'leased' AND lease > ${soon}`);
}

const those = ({ subscription, site, repository }: Pair) =>
  sql`subscription = ${subscription} AND site = ${site} AND repository = ${repository}`;

async function takeUp(db: Sql, pair: Pair, { sites, repository }: Known, at: Moment): Promise<void> {
  const [site = ''] = sites;
  const back = { state: 'pending', cause: undefined, reason: undefined, due: at.tick, updated: at.now };
  await db.run(
    sql`UPDATE delivery SET ${set(back)} WHERE ${those(pair)} AND state = 'dead' AND cause = 'configuration'`,
  );
  // At a usual start nothing has changed, and a hundred thousand changes may wait.
  if (site === pair.site && repository === pair.repository) return;
  // An untried payload with another name of the site is made anew.
  const unread = site === pair.site ? sql`` : sql`, payload = NULL, unread = 1`;
  await db.run(
    sql`UPDATE delivery SET ${set({ site, repository })}${unread}
          WHERE ${those(pair)} AND state = 'pending' AND attempts = 0`,
  );
  await db.run(
    sql`UPDATE delivery SET ${set({ site, repository })} WHERE ${those(pair)} AND state = 'pending'`,
  );
}

function giveUp(db: Sql, pair: Pair, now: number): Promise<number> {
  const reason = 'no subscription of this name watches this site any more';
  const dead = { state: 'dead', cause: 'configuration', reason, updated: now };
  return db.run(sql`UPDATE delivery SET ${set(dead)} WHERE ${those(pair)} AND state = 'pending'`);
}
