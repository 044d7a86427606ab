import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { isPostgres } from '../../src/relay/store/postgres-place.ts';

/**
 * Where the stores of tests are: files of SQLite, or schemas of the PostgreSQL in RELAY_STORE, which .ci/postgres
 * starts. It is chosen here alone.
 */
const { RELAY_STORE } = process.env;

/** `skip` of a test about what only SQLite has, such as its file. */
export const ofSqlite = RELAY_STORE !== undefined && 'it is about the file of SQLite';

/** A place for a store that is not yet there: this file, or a new schema. */
export async function storePlace(file: string, base = RELAY_STORE): Promise<string> {
  if (base === undefined) return file;
  const schema = `s${randomBytes(8).toString('hex')}`;
  await execute(base, `CREATE SCHEMA ${schema}`);
  return `${base}&options=-csearch_path%3D${schema}`;
}

/** All that is in a store, to be compared. */
export async function contents(place: string): Promise<unknown> {
  if (RELAY_STORE === undefined) return readFileSync(place);
  const columns = await execute(
    place,
    `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()
      ORDER BY 1, 2`,
  );
  const tables = new Set(columns.map(({ table_name }) => String(table_name)));
  const rows = [...tables].map(table => execute(place, `SELECT * FROM ${table} ORDER BY 1`));
  return [columns, ...(await Promise.all(rows))];
}

/** Runs statements behind the store's back. */
export async function execute(place: string, statements: string): Promise<Record<string, unknown>[]> {
  if (!isPostgres(place)) {
    const database = new DatabaseSync(place);
    database.exec(statements);
    database.close();
    return [];
  }
  // The sslmode of this URL says no more than what pg's own reader of URLs takes.
  const client = new pg.Client({ connectionString: place });
  await client.connect();
  return (await client.query<Record<string, unknown>>(statements).finally(() => client.end())).rows;
}
