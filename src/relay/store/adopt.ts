import { z } from 'zod';
import type { Sql } from './sql.ts';
import type { Known } from './store.ts';

/** Nothing legitimate waits longer than this, ms: an event that GitHub refused, and everything else. */
const REFUSED = 3_600_000;
const ELSE = 60_000;

/**
 * What was under way when a relay was killed may have reached GitHub. First readings are forgotten: nobody watched
 * since. And a clock that was set back meanwhile must not keep anything waiting.
 */
export function recover(sql: Sql, now: number): Promise<number> {
  return sql.transaction(async inside => {
    await inside.run("UPDATE delivery SET own = 0 WHERE state = 'pending' AND own = 1");
    for (const [refused, longest] of [
      ['>', REFUSED],
      ['=', ELSE],
    ] as const) {
      await inside.run(
        `UPDATE delivery SET due = ? WHERE state = 'pending' AND due > ? AND refused ${refused} 0`,
        now + longest,
        now + longest,
      );
    }
    return inside.run(
      "UPDATE delivery SET state = 'pending', due = ?, maybe_sent = 1, updated = ? WHERE state = 'leased'",
      now,
      now,
    );
  });
}

const pairSchema = z.array(z.object({ subscription: z.string(), site: z.string(), repository: z.string() }));

export function adopt(sql: Sql, known: readonly Known[], now: number): Promise<number> {
  return sql.transaction(async inside => {
    const of = new Map(known.map(one => [one.subscription, one]));
    const pairs = pairSchema.parse(
      await inside.all(
        `SELECT DISTINCT subscription, site, repository FROM delivery
           WHERE state = 'pending' OR (state = 'dead' AND cause = 'configuration')`,
      ),
    );
    let orphans = 0;
    for (const pair of pairs) {
      const current = of.get(pair.subscription);
      if (current?.sites.some(name => name.toLowerCase() === pair.site.toLowerCase())) {
        await takeUp(inside, pair, current, now);
      } else orphans += await giveUp(inside, pair, now);
    }
    return orphans;
  });
}

type Pair = z.infer<typeof pairSchema>[number];

/** An untried payload with another name of the site is made anew. */
async function takeUp(sql: Sql, pair: Pair, { sites, repository }: Known, now: number): Promise<void> {
  const [site = ''] = sites;
  const where = 'subscription = ? AND site = ? AND repository = ?';
  const which = [pair.subscription, pair.site, pair.repository];
  await sql.run(
    `UPDATE delivery SET state = 'pending', cause = NULL, reason = NULL, due = ?, updated = ?,
       open = CASE WHEN attempts = 0 AND NOT EXISTS (SELECT 1 FROM delivery AS other WHERE other.open = 1
         AND other.subscription = delivery.subscription AND other.object = delivery.object) THEN 1 ELSE 0 END
       WHERE ${where} AND state = 'dead' AND cause = 'configuration'`,
    now,
    now,
    ...which,
  );
  if (site !== pair.site) {
    const untried = "state = 'pending' AND attempts = 0";
    await sql.run(`UPDATE delivery SET payload = NULL, unread = 1 WHERE ${where} AND ${untried}`, ...which);
  }
  if (site === pair.site && repository === pair.repository) return;
  const waiting = "state IN ('pending', 'leased')";
  await sql.run(
    `UPDATE delivery SET site = ?, repository = ? WHERE ${where} AND ${waiting}`,
    site,
    repository,
    ...which,
  );
}

function giveUp(sql: Sql, { subscription, site, repository }: Pair, now: number): Promise<number> {
  return sql.run(
    `UPDATE delivery SET state = 'dead', open = 0, cause = 'configuration', updated = ?,
       reason = 'no subscription of this name watches this site any more'
       WHERE state = 'pending' AND subscription = ? AND site = ? AND repository = ?`,
    now,
    subscription,
    site,
    repository,
  );
}
