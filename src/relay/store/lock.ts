import { closeSync, existsSync, openSync, realpathSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { StoreError } from './sql.ts';

/** A command that asks whether a relay runs holds the lock for a moment, ms. */
const MOMENT = 200;
/** `SQLITE_BUSY`: another process holds the lock. */
const BUSY = 5;

/** Beside the file itself, also where a link leads to it. */
const lockOf = (path: string) => `${existsSync(path) ? realpathSync(path) : path}-lock`;

/**
 * Keeps a second relay away until the returned function is called. It is a lock of the operating system, held through
 * SQLite, so it ends with the process in any case.
 */
export function lock(path: string): () => void {
  closeSync(openSync(lockOf(path), 'a', 0o600));
  const holder = new DatabaseSync(lockOf(path), { timeout: MOMENT });
  try {
    holder.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    holder.close();
    if (!isBusy(cause)) throw cause;
    const why =
      'a second one would dispatch everything twice. Stop the first one, or give this one another store';
    throw new StoreError(`Another relay runs on the store ${path}: ${why}.`, { cause });
  }
  return () => holder.close();
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

export function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === BUSY;
}
