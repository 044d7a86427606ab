import { Socket } from 'node:net';
import pg from 'pg';
import * as z from 'zod';
import { POSTGRES } from './postgres-engine.ts';
import { postgresKeeper } from './postgres-keeper.ts';
import { type PostgresPlace, postgresPlace } from './postgres-place.ts';
import { preparedStatements } from './postgres-statements.ts';
import { postgresTrouble } from './postgres-trouble.ts';
import { type Database, type Sql, type Statement, StoreAwayError, StoreError, sql } from './sql.ts';
import type { Use } from './sqlite.ts';

/** PostgreSQL 14 is the first that ends a session that is silent, and so lets go of what a lost relay holds. */
const LEAST = 14;
/** Connections at most. One relay needs few: what arrives together is one commit. */
const CONNECTIONS = 6;
/** To connect, and to wait for a free connection, ms. */
const CONNECT = 5_000;
/** The server ends a statement, and a transaction in which nothing happens, after this time, ms … */
const STATEMENT = 20_000;
/** … and a server that cannot even say so is given up a little later, ms. */
const ANSWER = 25_000;
/**
 * Plans that PostgreSQL keeps are those for the rows that there were. After a burst in a store that was almost empty, a
 * claim took seconds, until PostgreSQL counted the rows anew a minute later.
 */
const PLANS = '-c plan_cache_mode=force_custom_plan';
/** PostgreSQL ended a transaction that stood in the way of another one; or a prepared statement whose table has changed. */
const OTHERS = /^(40001|40P01|0A000)$/;
const CHANGED = '0A000';
const TRIES = 5;

/**
 * A database of PostgreSQL, by its URL. Rejects with StoreError; StoreAwayError when it does not answer. When the
 * signal aborts, all connections end, whatever they wait for.
 */
export async function postgresStore(url: string, use: Use, signal?: AbortSignal): Promise<Database> {
  const place = postgresPlace(url);
  place.connection.stream = () => socketUntil(signal);
  const pool = poolFor(place, use);
  try {
    return await databaseOn(pool, place);
  } catch (error) {
    await pool.end();
    throw error;
  }
}

/** A socket that the signal destroys. */
function socketUntil(signal: AbortSignal | undefined): Socket {
  const socket = new Socket({ signal });
  // Node opens a destroyed socket again when it is to connect, and then the signal does not destroy it.
  if (signal?.aborted) socket.connect = () => socket;
  return socket;
}

function poolFor(place: PostgresPlace, use: Use): pg.Pool {
  const readOnly = use === 'look' || use === 'peek' ? ' -c default_transaction_read_only=on' : '';
  const pool = new pg.Pool({
    ...place.connection,
    options: `${place.options}${readOnly} ${PLANS}`,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT,
    statement_timeout: STATEMENT,
    idle_in_transaction_session_timeout: STATEMENT,
    query_timeout: ANSWER,
    keepAlive: true,
    // Statements that do not wait for each other are sent together.
    pipeline: true,
    types: { getTypeParser: parserOf },
  });
  // Whoever uses the connection next hears of it.
  pool.on('error', () => {});
  pool.on('connect', client => client.on('error', () => {}));
  return pool;
}

/** Numbers of every size are numbers: those of the store are counts, and times in ms. */
const NUMBERS: readonly number[] = [pg.types.builtins.INT8, pg.types.builtins.NUMERIC];
function parserOf(type: number): (text: string) => unknown {
  return NUMBERS.includes(type) ? Number : pg.types.getTypeParser(type, 'text');
}

async function databaseOn(pool: pg.Pool, place: PostgresPlace): Promise<Database> {
  const { queryOf, forget } = preparedStatements();
  const sqlOn = (on: pg.Pool | pg.PoolClient, failed: (trouble: StoreError) => void = () => {}) => {
    const rowsOf = async (statement: Statement) => {
      try {
        return await on.query<Record<string, unknown>>(queryOf(statement));
      } catch (error) {
        if (codeOf(error) === CHANGED) forget();
        const trouble = postgresTrouble(place, error);
        failed(trouble);
        throw trouble;
      }
    };
    return {
      engine: POSTGRES,
      run: async (statement: Statement) => (await rowsOf(statement)).rowCount ?? 0,
      get: async (statement: Statement) => (await rowsOf(statement)).rows[0],
      all: async (statement: Statement) => (await rowsOf(statement)).rows,
    };
  };

  async function attempt<T>(work: (inside: Sql) => Promise<T>): Promise<T> {
    const client = await pool.connect().catch(error => {
      throw postgresTrouble(place, error);
    });
    // After the first failure PostgreSQL refuses what else it got in one message, and does not say why again.
    const troubles: StoreError[] = [];
    const inside: Sql = {
      ...sqlOn(client, trouble => troubles.push(trouble)),
      transaction: more => more(inside),
    };
    let isBroken = false;
    try {
      await inside.run(sql`BEGIN`);
      const done = await work(inside);
      await inside.run(sql`COMMIT`);
      return done;
    } catch (error) {
      const [cause = error] = troubles;
      isBroken = cause instanceof StoreAwayError || !(await isRolledBack(inside));
      throw cause;
    } finally {
      client.release(isBroken);
    }
  }

  const single = sqlOn(pool);
  const database: Database = {
    engine: POSTGRES,
    run: statement => again(() => single.run(statement)),
    get: statement => again(() => single.get(statement)),
    all: statement => again(() => single.all(statement)),
    transaction: work => again(() => attempt(work)),
    keeper: () => postgresKeeper(place),
    close: () => pool.end(),
  };
  await refuseOld(database, place);
  return database;
}

const versionRow = z.object({ version: z.number() });

async function refuseOld(database: Sql, { shown }: PostgresPlace): Promise<void> {
  const found = await database.get(
    sql`SELECT CAST(current_setting('server_version_num') AS INTEGER) / 10000 AS version`,
  );
  const { version } = versionRow.parse(found);
  if (version >= LEAST) return;
  throw new StoreError(
    `The store ${shown} is a PostgreSQL ${version}, and must be ${LEAST} or newer: upgrade it, or name another one in store.`,
  );
}

function isRolledBack(inside: Sql): Promise<boolean> {
  return inside.run(sql`ROLLBACK`).then(
    () => true,
    () => false,
  );
}

/** Does work again that PostgreSQL ended because of others: all of it was undone. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const code = error instanceof StoreError ? codeOf(error.cause) : '';
      if (tries === TRIES || !OTHERS.test(code)) throw error;
    }
  }
}

function codeOf(error: unknown): string {
  return error instanceof pg.DatabaseError ? (error.code ?? '') : '';
}
