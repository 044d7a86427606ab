import pg from 'pg';
import { limiter } from '../../base/limit.ts';
import { keyOfName } from './postgres-engine.ts';
import type { PostgresPlace } from './postgres-place.ts';
import { postgresTrouble } from './postgres-trouble.ts';
import { type Keeper, type Statement, sql } from './sql.ts';

/** The server ends a session that says nothing for so long (PostgreSQL 14), whatever became of its relay … */
const SILENCE = '30s';
/** … which says something this often, and gives itself up long before, ms. */
const BEAT = 5_000;
const ANSWER = 8_000;

/**
 * Keeps names by advisory locks of a session, on a connection of its own: they end with it, however that ends.
 * Rejects with StoreError.
 */
export async function postgresKeeper(place: PostgresPlace): Promise<Keeper> {
  const lost = new AbortController();
  const client = new pg.Client({
    ...place.connection,
    options: `${place.options} -c idle_session_timeout=${SILENCE}`,
    connectionTimeoutMillis: ANSWER,
    statement_timeout: ANSWER,
    query_timeout: ANSWER,
    keepAlive: true,
  });
  let beating: NodeJS.Timeout | undefined;
  const lose = () => {
    clearInterval(beating);
    lost.abort();
    void client.end().catch(() => {});
  };
  client.on('error', lose);
  client.on('end', lose);
  const failed = (error: unknown): never => {
    lose();
    throw postgresTrouble(place, error);
  };
  await client.connect().catch(failed);
  // The driver takes the next question when it has the answer to the last one.
  const inTurn = limiter(1);
  const ask = async ({ text, values }: Statement) => {
    const question = () => client.query<{ kept: boolean }>(text.replace('?', '$1'), [...values]);
    const { rows } = await inTurn(question).catch(failed);
    return rows[0]?.kept === true;
  };
  beating = setInterval(() => void ask(sql`SELECT true AS kept`).catch(() => {}), BEAT);
  beating.unref();
  return {
    lost: lost.signal,
    keep: name => ask(sql`SELECT pg_try_advisory_lock(${keyOfName(name)}) AS kept`),
    share: name => ask(sql`SELECT pg_try_advisory_lock_shared(${keyOfName(name)}) AS kept`),
    close: async () => lose(),
  };
}
