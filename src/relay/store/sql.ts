export type Value = string | number | undefined;

/**
 * A database, as far as the store needs one. Statements have `?` in the place of values, and are written for
 * SQLite and PostgreSQL alike. Rejects with StoreError.
 */
export interface Sql {
  /** Resolves to the number of rows that it changed. */
  run(sql: string, ...values: readonly Value[]): Promise<number>;
  get(sql: string, ...values: readonly Value[]): Promise<unknown>;
  all(sql: string, ...values: readonly Value[]): Promise<unknown[]>;
  /** Several statements without values. */
  exec(sql: string): Promise<void>;
  /** All of it is on disk when this resolves, or nothing. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
}

export type Row = Readonly<Record<string, Value>>;

export async function insertRow(
  sql: Pick<Sql, 'run'>,
  table: string,
  row: Row,
  conflict = '',
): Promise<void> {
  const names = Object.keys(row);
  const places = names.map(() => '?').join(', ');
  await sql.run(
    `INSERT INTO ${table} (${names.join(', ')}) VALUES (${places}) ${conflict}`,
    ...Object.values(row),
  );
}

/** Inserts a row, or replaces these columns of the row with the same key. */
export function putRow(
  sql: Pick<Sql, 'run'>,
  table: string,
  key: readonly string[],
  row: Row,
): Promise<void> {
  const others = Object.keys(row).filter(name => !key.includes(name));
  const set = others.map(name => `${name} = excluded.${name}`).join(', ');
  return insertRow(sql, table, row, `ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${set}`);
}

/** A database with a store in it. */
export interface Database extends Sql {
  tables(): Promise<string[]>;
  close(): void;
}

/**
 * `run`: the one relay that works on it. `edit`: a command that changes rows. `look`: nothing is written. `peek`: not
 * even the files beside it are made, and what a running relay wrote last may be missing.
 */
export type Use = 'run' | 'edit' | 'look' | 'peek';
