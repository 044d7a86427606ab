import type * as z from 'zod';

/** What a column holds. Undefined is NULL, true is 1. */
export type Value = string | number | boolean | undefined;
export type Columns = Readonly<Record<string, Value>>;

/** A piece of SQL with `?` in the place of each value, as SQLite and PostgreSQL both take it. */
export interface Statement {
  text: string;
  values: readonly (string | number | null)[];
}

/** Makes a statement of a template. A value that is filled in never becomes SQL; another statement does. */
export function sql(parts: TemplateStringsArray, ...filled: readonly (Value | Statement)[]): Statement {
  const pieces = filled.map(pieceOf);
  return {
    text: String.raw({ raw: parts }, ...pieces.map(({ text }) => text)),
    values: pieces.flatMap(({ values }) => values),
  };
}

function pieceOf(one: Value | Statement): Statement {
  return typeof one === 'object' ? one : { text: '?', values: [stored(one)] };
}

/** Times have fractions of a ms, whole numbers in the store. Rounded everywhere, they compare as before. */
function stored(value: Value): string | number | null {
  if (typeof value === 'string' || value === undefined) return value ?? null;
  return Math.round(Number(value));
}

/** Pieces with something between them. An empty list holds nothing that a text could equal. */
export function joined(pieces: readonly (Value | Statement)[], between = ', '): Statement {
  const [first = "''", ...more] = pieces.map(pieceOf).map(({ text }) => text);
  return {
    text: [first, ...more].join(between),
    values: pieces.map(pieceOf).flatMap(({ values }) => values),
  };
}

/** `name = ?, …` for an UPDATE. */
export function set(columns: Columns): Statement {
  return joined(
    Object.entries(columns).map(([name, value]) => sql`${{ text: name, values: [] }} = ${value}`),
  );
}

/** Inserts a row. Where `key` is given and a row has the same key, replaces these columns of it. */
export function insert(table: string, columns: Columns, key: readonly string[] = []): Statement {
  const [only = sql``] = insertAll(table, [columns], { key, kept: [], atOnce: 1 });
  return only;
}

/**
 * Inserts rows, `atOnce` by each statement; all have the same columns. Where `key` is given and a row has the same
 * key, replaces these columns of it, but for those that are `kept`.
 */
export function insertAll(
  table: string,
  rows: readonly Columns[],
  { key, kept, atOnce }: { key: readonly string[]; kept: readonly string[]; atOnce: number },
): Statement[] {
  const names = Object.keys(rows[0] ?? {});
  const replaced = names.filter(name => !key.includes(name) && !kept.includes(name));
  const others = replaced.map(name => `${name} = excluded.${name}`).join(', ');
  const conflict = key.length > 0 ? `ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${others}` : '';
  const places = `(${names.map(() => '?').join(', ')})`;
  const textFor = (count: number) =>
    `INSERT INTO ${table} (${names.join(', ')}) VALUES ${Array(count).fill(places).join(', ')} ${conflict}`;
  const full = textFor(atOnce);
  const statements: Statement[] = [];
  for (let from = 0; from < rows.length; from += atOnce) {
    const some = rows.slice(from, from + atOnce);
    const values = some.flatMap(row => names.map(name => stored(row[name])));
    statements.push({ text: some.length === atOnce ? full : textFor(some.length), values });
  }
  return statements;
}

/** The valid rows of a small table. A damaged one is left out until it is written anew. */
export function sound<T extends z.ZodType>(row: T, found: readonly unknown[]): z.output<T>[] {
  return found.flatMap(one => {
    const { data, success } = row.safeParse(one);
    return success ? [data] : [];
  });
}

/** The SQL that differs between the engines (`sqlite-engine.ts`, `postgres-engine.ts`). All other SQL is the same. */
export interface Engine {
  /** One relay at a time has the database, so a new one finds that all work of the last one has ended. */
  alone: boolean;
  /** Ends a SELECT of deliveries: nobody else changes these rows before the transaction ends. */
  forUpdate: Statement;
  /** The same, but leaves out the rows that somebody else keeps. */
  skipLocked: Statement;
  /** Rows that one INSERT takes at best: SQLite is in the same process, so there more statements cost nothing. */
  rowsAtOnce: number;
  /**
   * Comes after FROM: the rows of a table that meet a condition with `asked.value`, which is each element of a JSON
   * array in turn, looked up by an index. `asked.value ->> 'name'` takes a part of it.
   */
  found: (json: string, table: Statement, condition: Statement) => Statement;
  /** Waits for others who lock one of these names, or by chance another one, until the transaction ends. Undefined where nobody else can. */
  lock: (names: readonly string[]) => Statement | undefined;
  /**
   * From here to the end of the transaction, the database does a statement as it planned it before. That is right for
   * statements that only look rows up by one index, however many there are. Undefined where it always does.
   */
  keptPlans: Statement | undefined;
  /** The `number` of relays that keep a name now, by a `Keeper`; 0 where there can be no other relay. */
  kept: (name: string) => Statement;
  /** The `name` of each table. */
  tables: Statement;
  /** The database's clock, as `now`, ms since the epoch. */
  now: Statement;
}

/**
 * A database, as far as the store needs one. Each call is one statement with `?` in the place of each value; numbers
 * come back as numbers, those beyond 2^53 inexact. Rejects with StoreError.
 */
export interface Sql {
  engine: Engine;
  /** Resolves to the number of rows that it changed. */
  run(statement: Statement): Promise<number>;
  get(statement: Statement): Promise<unknown>;
  all(statement: Statement): Promise<unknown[]>;
  /**
   * All of it is on disk when this resolves, or nothing. Where the engine ends it because of others (a deadlock),
   * `work` is done again from its beginning.
   */
  transaction<T>(work: (inside: Sql) => Promise<T>): Promise<T>;
}

/** A database that is open: `sqliteStore` and `postgresStore` each resolve to one. */
export interface Database extends Sql {
  /** Rejects with StoreError. */
  keeper(): Promise<Keeper>;
  close(): Promise<void>;
}

/** Keeps names for this relay, for as long as both live. After its first error it keeps nothing any more. */
export interface Keeper {
  /** Aborts when nothing is kept any more. */
  lost: AbortSignal;
  /** Resolves to whether this relay keeps the name, which nobody else keeps then. */
  keep(name: string): Promise<boolean>;
  /** The same, but others who share it may keep the name, too. */
  share(name: string): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Waits for statements that were made without waiting for each other: PostgreSQL gets them in one message, and does one
 * after the other. Rejects when all have ended, with the error of one that failed.
 */
export async function pipelined<T extends readonly unknown[]>(
  work: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** What the rest of the transaction does is planned already. */
export async function keepPlans(inside: Sql): Promise<void> {
  const { keptPlans } = inside.engine;
  if (keptPlans) await inside.all(keptPlans);
}

/** Locks names until the transaction ends. */
export async function lockNames(inside: Sql, names: readonly string[]): Promise<void> {
  const statement = inside.engine.lock(names);
  if (statement) await inside.all(statement);
}

/** The store cannot be read or written: the disk is full, or the file locked or damaged. */
export class StoreError extends Error {
  override name = 'StoreError';
}

/** The database does not answer: it is down, cannot be reached, or another server has become the primary. */
export class StoreAwayError extends StoreError {
  override name = 'StoreAwayError';
}
