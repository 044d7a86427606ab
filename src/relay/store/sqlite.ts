import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { messageOf } from '../../base/errors.ts';
import { limiter } from '../../base/limit.ts';
import { isBusy, lock } from './lock.ts';
import { type Database, type Keeper, type Sql, StoreError, sql } from './sql.ts';
import { SQLITE } from './sqlite-engine.ts';

/** SQLite's own wait for another process blocks the event loop, so it is short, ms … */
const BLOCKED = 10;
/** … and a statement is tried again after a pause that blocks nothing, for so long, ms. */
const PAUSE = 50;
const PATIENCE = 5_000;

/**
 * `run`: the one relay that works on it. `edit`: a command that changes rows. `look`: nothing is written. `peek`: not
 * even the files beside it are made, and what a running relay wrote last may be missing.
 */
export type Use = 'run' | 'edit' | 'look' | 'peek';

/**
 * A database in one file. A commit is on disk when its promise resolves: write-ahead log, every commit synced.
 * Rejects with StoreError when the file cannot be opened, or another relay runs on it.
 */
export async function sqliteStore(path: string, use: Use, signal?: AbortSignal): Promise<Database> {
  let release = () => {};
  let database: DatabaseSync | undefined;
  try {
    refuseOddFile(path);
    if (use === 'run') release = lock(path);
    database = openFile(path, use);
    const db = databaseOn(database, work => patiently(path, signal, work), release);
    if (writes(use)) await db.get(sql`PRAGMA journal_mode = WAL`);
    return db;
  } catch (error) {
    database?.close();
    release();
    throw failure(path, error);
  }
}

const writes = (use: Use) => use === 'run' || use === 'edit';

/** By another name SQLite keeps another log, which damages the file (sqlite.org/howtocorrupt.html, 2.5). */
function refuseOddFile(path: string): void {
  const file = existsSync(path) ? statSync(path) : undefined;
  if (file?.isDirectory()) {
    throw new StoreError(`The store ${path} cannot be used: it is a folder. Name a file in it.`);
  }
  if (!file || file.nlink < 2) return;
  const why = 'the file has a second name, a hard link, and is not safe with both. Remove the other one';
  throw new StoreError(`The store ${path} cannot be used: ${why}.`);
}

function openFile(path: string, use: Use): DatabaseSync {
  // It holds the secret of the callback's address. SQLite gives its other files the same mode.
  if (writes(use)) closeSync(openSync(path, 'a', 0o600));
  const location = use === 'peek' ? new URL(`${pathToFileURL(path)}?immutable=1`) : path;
  const database = new DatabaseSync(location, { timeout: BLOCKED, readOnly: !writes(use) });
  database.exec('PRAGMA synchronous = FULL');
  return database;
}

function databaseOn(
  database: DatabaseSync,
  patient: <T>(work: () => Promise<T>) => Promise<T>,
  release: () => void,
): Database {
  const statements = new Map<string, StatementSync>();
  const prepared = (text: string) => {
    const known = statements.get(text);
    if (known) return known;
    const made = database.prepare(text);
    // Without this, one number beyond 2^53 fails the whole query.
    made.setReadBigInts(true);
    statements.set(text, made);
    return made;
  };
  const inside: Sql = {
    engine: SQLITE,
    run: async ({ text, values }) => Number(prepared(text).run(...values).changes),
    get: async ({ text, values }) => withNumbers(prepared(text).get(...values)),
    all: async ({ text, values }) =>
      prepared(text)
        .all(...values)
        .map(withNumbers),
    transaction: work => work(inside),
  };
  // There is one connection: statements of others must not run in the middle of a transaction.
  const limited = limiter(1);
  const alone = <T>(work: () => Promise<T>) => limited(() => patient(work));
  return {
    engine: SQLITE,
    run: statement => alone(() => inside.run(statement)),
    get: statement => alone(() => inside.get(statement)),
    all: statement => alone(() => inside.all(statement)),
    transaction: work =>
      alone(async () => {
        database.exec('BEGIN IMMEDIATE');
        try {
          const done = await work(inside);
          database.exec('COMMIT');
          return done;
        } finally {
          if (database.isTransaction) database.exec('ROLLBACK');
        }
      }),
    keeper: async () => ALONE,
    close: async () => {
      database.close();
      release();
    },
  };
}

function withNumbers(row: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  for (const name in row) if (typeof row[name] === 'bigint') row[name] = Number(row[name]);
  return row;
}

/** The lock of the file keeps every other relay away. */
const ALONE: Keeper = {
  lost: new AbortController().signal,
  keep: async () => true,
  share: async () => true,
  close: async () => {},
};

/** Waits for another process that holds the lock, without blocking the event loop, until the signal aborts. */
async function patiently<T>(
  path: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const until = performance.now() + PATIENCE;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || signal?.aborted || performance.now() > until) throw failure(path, error);
      await wait(PAUSE);
    }
  }
}

function failure(path: string, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  return new StoreError(`The store ${path} cannot be used: ${messageOf(cause)}.`, { cause });
}
