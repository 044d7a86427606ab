import * as z from 'zod';
import type { Moment } from './delivery.ts';
import type { ReportedChange } from './join.ts';
import { joined, type Sql, sql } from './sql.ts';

/** So long the relay trusts a count, ms … */
const TRUSTED = 1_000;
/** … and only while this many more may wait: other relays do not add so many in that time. */
const AFAR = 10_000;

const countRow = z.object({ repository: z.string(), waiting: z.number() });

/**
 * How many changes wait for each repository, as far as one relay knows. A count reads all that waits, perhaps a hundred
 * thousand changes. So the relay adds its own to the last count, and counts anew only after a second, and when the share
 * is almost full.
 */
export function waitingCounts() {
  const known = new Map<string, { count: number; tick: number }>();

  return {
    /** For the repositories of these changes, of which none may have more than `share`. */
    countsFor: async (
      db: Sql,
      batch: readonly ReportedChange[],
      { tick }: Moment,
      share: number,
    ): Promise<Map<string, number>> => {
      const names = [...new Set(batch.map(({ repository }) => repository))];
      const unsure = names.filter(name => {
        const last = known.get(name);
        return !last || Math.abs(tick - last.tick) >= TRUSTED || last.count + batch.length + AFAR > share;
      });
      const counts = unsure.length > 0 ? await count(db, unsure) : new Map<string, number>();
      for (const name of unsure) known.set(name, { count: counts.get(name) ?? 0, tick });
      return new Map(names.map(name => [name, known.get(name)?.count ?? 0]));
    },
    /** These wait now, with what the relay has added since it asked for the counts. */
    keep: (counts: ReadonlyMap<string, number>) => {
      for (const [name, count] of counts) {
        const last = known.get(name);
        if (last) last.count = count;
      }
    },
  };
}

async function count(db: Sql, repositories: readonly string[]): Promise<Map<string, number>> {
  const found = await db.all(
    sql`SELECT repository, count(*) AS waiting FROM delivery
          WHERE state IN ('pending', 'leased') AND repository IN (${joined(repositories)}) GROUP BY repository`,
  );
  return new Map(
    found.map(one => countRow.parse(one)).map(({ repository, waiting }) => [repository, waiting]),
  );
}
