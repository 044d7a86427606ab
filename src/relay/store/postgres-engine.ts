import { type Engine, type Statement, sql } from './sql.ts';

/** The key of an advisory lock: schemas of one database do not know of each other. */
export function keyOfName(name: string): Statement {
  return sql`hashtextextended(current_schema() || ' kept ' || CAST(${name} AS TEXT), 0)`;
}

/** The default isolation, READ COMMITTED: each statement sees what others have committed before it. */
export const POSTGRES: Engine = {
  alone: false,
  forUpdate: sql`FOR UPDATE OF delivery`,
  skipLocked: sql`FOR UPDATE OF delivery SKIP LOCKED`,
  rowsAtOnce: 500,
  // A subquery with an OFFSET is done for each element. Else PostgreSQL, whose statistics may be from before a burst,
  // would rather read all that waits than look each of them up.
  found: (
    json,
    table,
    condition,
  ) => sql`json_array_elements(CAST(${json} AS json)) AS asked CROSS JOIN LATERAL (
    SELECT * FROM ${table} WHERE ${condition} OFFSET 0) AS ${table}`,
  // In one order everywhere, so that two transactions never wait for each other. All names share a few locks: a catch-up
  // has many thousand names, and PostgreSQL with its usual settings has room for 6,400 locks of all its sessions.
  lock: names => sql`SELECT count(pg_advisory_xact_lock(hashtext(current_schema()), key)) FROM (
    SELECT DISTINCT CAST(hashtextextended(value ->> 0, 0) & 1023 AS INTEGER) AS key
    FROM json_array_elements(CAST(${JSON.stringify(names.map(name => [name]))} AS json)) ORDER BY 1) AS locks`,
  // While there are few rows, PostgreSQL would plan to read all of them.
  keptPlans: sql`SELECT set_config('plan_cache_mode', 'auto', true), set_config('enable_seqscan', 'off', true)`,
  kept: name => sql`SELECT count(*) AS number FROM pg_locks WHERE locktype = 'advisory' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND objsubid = 1
    AND ((CAST(CAST(classid AS BIGINT) << 32 AS BIGINT) | CAST(objid AS BIGINT)) = ${keyOfName(name)})`,
  tables: sql`SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()`,
  now: sql`SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT) AS now`,
};
