import { type Engine, sql } from './sql.ts';

/** A transaction has the whole file for itself, so SQLite has no locks of rows and of names, and needs none. */
export const SQLITE: Engine = {
  alone: true,
  forUpdate: sql``,
  skipLocked: sql``,
  rowsAtOnce: 1,
  // SQLite keeps the order of a CROSS JOIN.
  found: (json, table, condition) => sql`json_each(${json}) AS asked CROSS JOIN ${table} WHERE ${condition}`,
  lock: () => undefined,
  keptPlans: undefined,
  kept: () => sql`SELECT 0 AS number`,
  tables: sql`SELECT name FROM sqlite_master WHERE type = 'table'`,
  now: sql`SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER) AS now`,
};
