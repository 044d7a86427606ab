import { existsSync } from 'node:fs';
import * as z from 'zod';
import { accepting } from './accept.ts';
import { adopting } from './adopt.ts';
import type { Damaged } from './delivery.ts';
import { dispatching } from './dispatch.ts';
import { history } from './history.ts';
import { holding, settingRow } from './holding.ts';
import { isPostgres, shownStore } from './postgres-place.ts';
import { reading } from './read.ts';
import { MIGRATIONS } from './schema.ts';
import { type Database, insert, lockNames, type Sql, StoreError, sound, sql } from './sql.ts';
import { sqliteStore, type Use } from './sqlite.ts';
import { watches } from './watches.ts';

/**
 * Keeps changes from their acceptance to their dispatch. When a method resolves, its work is on disk. Methods reject
 * with StoreError when the store cannot be read or written.
 */
export type Store = ReturnType<typeof storeOn>;

/** An older relay made the store: `run` brings it up to date. */
export class OlderStoreError extends StoreError {
  override name = 'OlderStoreError';
}

export interface Opening {
  /** The versions that this relay knows. */
  steps?: readonly string[];
  damaged?: Damaged;
  /** Ends all waiting for the database; then the store is of no use any more. */
  signal?: AbortSignal | undefined;
}

/**
 * Opens the store in a file. To `run` or to `edit` makes it where there is none; only `run` brings an older one up
 * to date, and keeps a second relay away. To `look` writes nothing. Rejects with StoreError.
 */
export async function openStore(
  path: string,
  use: Use = 'edit',
  { steps = MIGRATIONS, damaged = () => {}, signal }: Opening = {},
): Promise<Store> {
  const shown = shownStore(path);
  const db = await openDatabase(path, use, steps.length, signal);
  try {
    const version = await versionOf(db);
    refuseStranger(shown, version, steps.length);
    if (version < steps.length && (use === 'look' || (use === 'edit' && version > 0))) {
      const older = version === 0 ? 'is empty' : `is of version ${version}, made by an older relay`;
      throw new OlderStoreError(`The store ${shown} ${older}: "run" brings it to version ${steps.length}.`);
    }
    if (version < steps.length) await migrate(shown, db, steps);
    return storeOn(db, damaged);
  } catch (error) {
    await db.close();
    throw error;
  }
}

/** Opens the database of a store, whatever it contains. Rejects with StoreError. */
export async function openDatabase(
  path: string,
  use: Use,
  newest: number,
  signal?: AbortSignal,
): Promise<Database> {
  // Only a relay on PostgreSQL loads its driver.
  if (isPostgres(path)) return (await import('./postgres.ts')).postgresStore(path, use, signal);
  // SQLite makes files beside the one that it opens. So read the file's beginning first: it may be somebody else's.
  refuseStranger(path, await peekedVersion(path), newest);
  return sqliteStore(path, use, signal);
}

const EMPTY = 0;
const STRANGER = -1;

async function versionOf(db: Sql): Promise<number> {
  const tables = sound(z.object({ name: z.string() }), await db.all(db.engine.tables)).map(
    ({ name }) => name,
  );
  if (tables.length === 0) return EMPTY;
  if (!tables.includes('setting') || !tables.includes('delivery')) return STRANGER;
  const found = await db.get(sql`SELECT value FROM setting WHERE name = 'schema'`);
  const version = z.object({ value: z.coerce.number().int().min(1) }).safeParse(found);
  return version.success ? version.data.value : STRANGER;
}

/** Where it cannot be read, opening it as a database gives the error. */
async function peekedVersion(path: string): Promise<number> {
  if (!existsSync(path)) return EMPTY;
  try {
    const db = await sqliteStore(path, 'peek');
    return await versionOf(db).finally(db.close);
  } catch {
    return EMPTY;
  }
}

function refuseStranger(shown: string, version: number, newest: number): void {
  if (version === STRANGER) {
    throw new StoreError(`The database ${shown} is not a store of the relay.`);
  }
  if (version > newest) {
    const why = `version ${version}, made by a newer relay; this one knows ${newest}`;
    throw new StoreError(`The store ${shown} is of ${why}. Start the newer relay.`);
  }
}

/** If two relays start together, the second one finds the work done. */
function migrate(shown: string, db: Database, steps: readonly string[]): Promise<void> {
  return db.transaction(async inside => {
    await lockNames(inside, ['schema']);
    const version = await versionOf(inside);
    refuseStranger(shown, version, steps.length);
    for (const text of steps.slice(version).flatMap(step => step.split(';')))
      await inside.run({ text, values: [] });
    await inside.run(insert('setting', { name: 'schema', value: String(steps.length) }, ['name']));
  });
}

/** A change touches a page of 4 kB of its table, and one of each index. */
const A_CHANGE = 32_768;

const nowRow = z.object({ now: z.number() });

const settings = (db: Sql) => ({
  /** A text that is made once. */
  setting: async (name: string, make: () => string): Promise<string> => {
    await db.run(sql`INSERT INTO setting (name, value) VALUES (${name}, ${make()}) ON CONFLICT DO NOTHING`);
    const found = await db.get(sql`SELECT value FROM setting WHERE name = ${name}`);
    return settingRow.parse(found).value;
  },

  /** The database's clock, ms since the epoch. */
  time: async (): Promise<number> => nowRow.parse(await db.get(db.engine.now)).now,

  /** Writes as much as a change does, to see whether that works: on a full disk a few bytes may still find room. */
  probe: async (now: number): Promise<void> => {
    await db.run(insert('setting', { name: 'probe', value: `${now}${' '.repeat(A_CHANGE)}` }, ['name']));
    await db.run(sql`DELETE FROM setting WHERE name = 'probe'`);
  },
});

function storeOn(db: Database, damaged: Damaged) {
  return {
    ...accepting(db, damaged),
    ...reading(db, damaged),
    ...dispatching(db, damaged),
    ...adopting(db),
    ...history(db),
    ...watches(db),
    ...holding(db),
    ...settings(db),
    close: db.close,
  };
}
