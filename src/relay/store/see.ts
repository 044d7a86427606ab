import type { Seen } from './delivery.ts';
import type { Sql } from './sql.ts';

/** Remembers what was decided of an entity. */
export async function see(
  sql: Sql,
  subscription: string,
  object: string,
  seen: Seen,
  now: number,
): Promise<void> {
  await sql.run(
    `INSERT INTO seen (subscription, object, modified, mark, digest, sent, ignored, updated)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (subscription, object) DO UPDATE SET modified = excluded.modified, mark = excluded.mark,
       digest = excluded.digest, ignored = excluded.ignored,
       sent = excluded.sent, updated = excluded.updated`,
    subscription,
    object,
    seen.modified,
    seen.mark,
    seen.digest,
    seen.sent ? 1 : 0,
    seen.ignored ? 1 : 0,
    now,
  );
}
