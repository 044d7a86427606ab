import { existsSync } from 'node:fs';
import { z } from 'zod';
import { accept } from './accept.ts';
import { adopt, recover } from './adopt.ts';
import { claim, settle } from './dispatching.ts';
import { counts, discard, list, prune, redeliver } from './history.ts';
import { conclude, hasten, memoryOf, nextDue, toRead, witness } from './reading.ts';
import { MIGRATIONS, VERSION } from './schema.ts';
import { type Database, putRow, type Use } from './sql.ts';
import { openSqlite } from './sqlite.ts';
import { ForeignStoreError, OlderStoreError, type Store } from './store.ts';
import { watchesIn } from './watches.ts';

/**
 * Opens the store in a file. To `run` or to `edit` makes it where there is none; only `run` brings an older one up
 * to date, and keeps a second relay away. To `look` writes nothing. Rejects with StoreError.
 */
export async function openStore(path: string, use: Use = 'edit'): Promise<Store> {
  await refuseOthers(path);
  const sql = openSqlite(path, use);
  try {
    await prepare(sql, path, use);
    return storeOn(sql);
  } catch (error) {
    sql.close();
    throw error;
  }
}

/** A file of somebody else, or of a newer relay, is left alone: SQLite itself would make others beside it. */
async function refuseOthers(path: string): Promise<void> {
  if (!existsSync(path)) return;
  let sql: Database;
  try {
    sql = openSqlite(path, 'peek');
  } catch {
    // To open it in earnest tells why.
    return;
  }
  try {
    refuseNewer(await versionOf(sql, path), path);
  } catch (error) {
    if (error instanceof ForeignStoreError) throw error;
  } finally {
    sql.close();
  }
}

function refuseNewer(version: number, path: string): void {
  if (version <= VERSION) return;
  const why = `version ${version}, made by a newer relay; this one knows ${VERSION}`;
  throw new ForeignStoreError(`The store ${path} is of ${why}. Start the newer relay.`);
}

async function prepare(sql: Database, path: string, use: Use): Promise<void> {
  const version = await versionOf(sql, path);
  refuseNewer(version, path);
  if (version < VERSION && (use === 'look' || (use === 'edit' && version > 0))) {
    const older = version === 0 ? 'is empty' : `is of version ${version}, made by an older relay`;
    throw new OlderStoreError(`The store ${path} ${older}: "run" brings it to version ${VERSION}.`);
  }
  if (use === 'look') return;
  await sql.exec('PRAGMA journal_mode = WAL');
  if (version < VERSION) await migrate(sql, version);
}

/** 0: the file is empty. Nothing is written before the version is known. */
async function versionOf(sql: Database, path: string): Promise<number> {
  const tables = await sql.tables();
  if (tables.length === 0) return 0;
  const none = new ForeignStoreError(`The file ${path} is a database, but not a store of the relay.`);
  if (!tables.includes('setting') || !tables.includes('delivery')) throw none;
  const found = await sql.get("SELECT value FROM setting WHERE name = 'version'");
  const version = z.object({ value: z.coerce.number().int().min(1) }).safeParse(found);
  if (!version.success) throw none;
  return version.data.value;
}

function migrate(sql: Database, from: number): Promise<void> {
  return sql.transaction(async inside => {
    for (const step of MIGRATIONS.slice(from)) await inside.exec(step);
    await putRow(inside, 'setting', ['name'], { name: 'version', value: String(VERSION) });
  });
}

function storeOn(sql: Database): Store {
  return {
    ...watchesIn(sql),
    accept: (changes, at, share) => accept(sql, changes, at, share),
    toRead: (tick, site) => toRead(sql, tick, site),
    nextDue: site => nextDue(sql, site),
    hasten: (site, tick) => hasten(sql, site, tick),
    witness: (own, copies, now) => witness(sql, own, copies, now),
    conclude: (decisions, at) => conclude(sql, decisions, at),
    claim: (at, lanes) => claim(sql, at, lanes),
    settle: (id, outcome, now) => settle(sql, id, outcome, now),
    recover: now => recover(sql, now),
    adopt: (known, now) => adopt(sql, known, now),
    memory: (subscription, object) => memoryOf(sql, subscription, object),
    counts: () => counts(sql),
    list: query => list(sql, query),
    redeliver: (ids, now) => redeliver(sql, ids, now),
    discard: ids => discard(sql, ids),
    prune: (now, history) => prune(sql, now, history),
    setting: async (name, make) => {
      const read = async () => {
        const row = await sql.get('SELECT value FROM setting WHERE name = ?', name);
        return z.object({ value: z.string() }).optional().parse(row)?.value;
      };
      const known = await read();
      if (known !== undefined) return known;
      await sql.run(
        'INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING',
        name,
        make(),
      );
      return (await read()) ?? '';
    },
    probe: now => putRow(sql, 'setting', ['name'], { name: 'probe', value: String(now) }),
    close: async () => sql.close(),
  };
}
