import { closeSync, existsSync, openSync, realpathSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { messageOf } from '../../base/errors.ts';
import { limiter } from '../../base/limit.ts';
import type { Database, Sql, Use, Value } from './sql.ts';
import { StoreError } from './store.ts';

/** SQLite's own wait for another process blocks the event loop, so it is short, ms … */
const BLOCKED = 10;
/** … and a statement is tried again after a pause that blocks nothing, for so long, ms. */
const PAUSE = 50;
const PATIENCE = 5_000;
/** `SQLITE_BUSY`: another process holds the lock. */
const BUSY = 5;

/**
 * A database in one file. A commit is on disk when its promise resolves: write-ahead log, every commit synced.
 * Throws StoreError when the file cannot be opened, or another relay runs on it.
 */
export function openSqlite(path: string, use: Use = 'edit'): Database {
  const release = use === 'run' ? lock(path) : () => {};
  try {
    return databaseIn(path, use, release);
  } catch (error) {
    release();
    throw failure(path, error);
  }
}

/** Whether a relay runs on this file now. Reads the lock, so that a relay that starts meanwhile gets it. */
export function isLocked(path: string): boolean {
  if (!existsSync(lockOf(path))) return false;
  const holder = new DatabaseSync(lockOf(path), { timeout: 0, readOnly: true });
  try {
    holder.exec('SELECT count(*) FROM sqlite_master');
    return false;
  } catch (error) {
    return isBusy(error);
  } finally {
    holder.close();
  }
}

/** Beside the file itself, also where a link leads to it. */
const lockOf = (path: string) => `${existsSync(path) ? realpathSync(path) : path}-lock`;
/** A command that asks whether a relay runs holds the lock for a moment, ms. */
const MOMENT = 200;

/** A lock of the operating system, held through SQLite: it ends with the process, however that ends. */
function lock(path: string): () => void {
  try {
    closeSync(openSync(lockOf(path), 'a', 0o600));
    const holder = new DatabaseSync(lockOf(path), { timeout: MOMENT });
    try {
      holder.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      holder.close();
      throw error;
    }
    return () => holder.close();
  } catch (cause) {
    if (!isBusy(cause)) throw failure(path, cause);
    const why =
      'a second one would dispatch everything twice. Stop the first one, or give this one another store';
    throw new StoreError(`Another relay runs on the store ${path}: ${why}.`, { cause });
  }
}

function databaseIn(path: string, use: Use, release: () => void): Database {
  // It holds the secret of the callback's address. SQLite gives its other files the same mode.
  const writes = use === 'run' || use === 'edit';
  if (writes) closeSync(openSync(path, 'a', 0o600));
  const location = use === 'peek' ? new URL(`${pathToFileURL(path)}?immutable=1`) : path;
  const database = new DatabaseSync(location, { timeout: BLOCKED, readOnly: !writes });
  if (writes) database.exec('PRAGMA synchronous = FULL');
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
  const begin = () => patiently(path, () => database.exec('BEGIN IMMEDIATE'));
  return {
    run: (sql, ...given) =>
      alone(() => patiently(path, () => Number(prepared(sql).run(...values(given)).changes))),
    get: (sql, ...given) => alone(() => patiently(path, () => prepared(sql).get(...values(given)))),
    all: (sql, ...given) => alone(() => patiently(path, () => prepared(sql).all(...values(given)))),
    exec: sql => alone(() => patiently(path, () => database.exec(sql))),
    transaction: work =>
      alone(async () => {
        await begin();
        try {
          const done = await work(inside);
          await patiently(path, () => database.exec('COMMIT'));
          return done;
        } catch (error) {
          if (database.isTransaction) database.exec('ROLLBACK');
          throw error;
        }
      }),
    tables: () =>
      alone(async () => {
        const found = await inside.all("SELECT name FROM sqlite_master WHERE type = 'table'");
        return z
          .array(z.object({ name: z.string() }))
          .parse(found)
          .map(({ name }) => name);
      }),
    close: () => {
      database.close();
      release();
    },
  };
}

/** Waits for another process that holds the lock, without blocking the event loop. */
async function patiently<T>(path: string, work: () => T): Promise<T> {
  const until = performance.now() + PATIENCE;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw failure(path, error);
      await wait(PAUSE);
    }
  }
}

function told<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw failure(path, cause);
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === BUSY;
}

function failure(path: string, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  return new StoreError(`The store ${path} cannot be used: ${messageOf(cause)}.`, { cause });
}
