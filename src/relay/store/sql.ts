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

/** `NOT IN` of nothing is not SQL that every database takes. */
export function without(column: string, names: readonly string[]): string {
  return names.length > 0 ? `AND ${column} NOT IN (${names.map(() => '?').join(', ')})` : '';
}
