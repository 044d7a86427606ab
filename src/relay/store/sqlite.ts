import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { messageOf } from '../../base/errors.ts';
import { limiter } from '../../base/limit.ts';
import type { Sql, Value } from './sql.ts';
import { StoreError } from './store.ts';

/** How long another process that writes the file is waited for, ms; by default SQLite would not wait at all. */
const BUSY = 5_000;

/**
 * A database in one file. A commit is on disk when its promise resolves: write-ahead log, every commit synced.
 * Throws StoreError when the file cannot be opened.
 */
export function openSqlite(path: string): Sql & { close(): void } {
  const database = told(path, () => {
    // It holds the secret of the callback's address. SQLite gives its other files the same mode.
    closeSync(openSync(path, 'a', 0o600));
    const opened = new DatabaseSync(path, { timeout: BUSY });
    opened.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    return opened;
  });
  const statements = new Map<string, StatementSync>();
  const prepared = (sql: string) => {
    const known = statements.get(sql);
    if (known) return known;
    const made = database.prepare(sql);
    statements.set(sql, made);
    return made;
  };
  const values = (given: readonly Value[]): SQLInputValue[] => given.map(value => value ?? null);
  const inside: Sql = {
    run: async (sql, ...given) => told(path, () => Number(prepared(sql).run(...values(given)).changes)),
    get: async (sql, ...given) => told(path, () => prepared(sql).get(...values(given))),
    all: async (sql, ...given) => told(path, () => prepared(sql).all(...values(given))),
    exec: async sql => told(path, () => database.exec(sql)),
    transaction: work => work(inside),
  };
  // One connection: what others ask must not fall into the middle of a transaction.
  const alone = limiter(1);
  return {
    run: (sql, ...given) => alone(() => inside.run(sql, ...given)),
    get: (sql, ...given) => alone(() => inside.get(sql, ...given)),
    all: (sql, ...given) => alone(() => inside.all(sql, ...given)),
    exec: sql => alone(() => inside.exec(sql)),
    transaction: work =>
      alone(async () => {
        told(path, () => database.exec('BEGIN IMMEDIATE'));
        try {
          const done = await work(inside);
          told(path, () => database.exec('COMMIT'));
          return done;
        } catch (error) {
          if (database.isTransaction) database.exec('ROLLBACK');
          throw error;
        }
      }),
    close: () => database.close(),
  };
}

function told<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new StoreError(`The store ${path} cannot be used: ${messageOf(cause)}.`, { cause });
  }
}
