import pg from 'pg';
import { messageOf } from '../../base/errors.ts';
import { whyNoAnswer } from '../../net/no-answer.ts';
import type { PostgresPlace } from './postgres-place.ts';
import { StoreAwayError, StoreError } from './sql.ts';

/**
 * What PostgreSQL says, by the first letters of its code, when the connection or the server is of no use now: also that
 * it lacks memory, disk or connections, that a lock is not to be had, or that a statement took too long.
 */
const AWAY = /^(08|25006|53|55P03|57|58030)/;
/** What to look at, by the code: of an attempt to write where only reading is allowed, and of a statement that took too long. */
const NEXT: Readonly<Record<string, string>> = {
  '25006': ' Is it a standby? Name the primary in store.',
  '57014': ' Does another session lock its tables (pg_stat_activity, pg_locks), or is the server overloaded?',
};

/** What the driver says, as an error of the store that says what to do next. */
export function postgresTrouble(place: PostgresPlace, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const { shown } = place;
  if (!(cause instanceof pg.DatabaseError))
    return new StoreAwayError(`The store ${shown} does not answer: ${silence(place, cause)}`, { cause });
  const { code = '' } = cause;
  const words = `${messageOf(cause).replace(/\.$/, '')}.`;
  if (!AWAY.test(code)) return new StoreError(`The store ${shown} cannot be used: ${words}`, { cause });
  return new StoreAwayError(`The store ${shown} does not answer: ${words}${NEXT[code] ?? ''}`, { cause });
}

/** Why a server cannot be reached, or is not trusted, and what in the URL of the store changes that. */
function silence({ connection, authority }: PostgresPlace, cause: unknown): string {
  const { host, port } = connection;
  if (/does not support SSL/.test(messageOf(cause))) {
    const otherwise = 'sslmode=disable in the URL of store where nobody else can listen on the way';
    return `the server has TLS switched off. Set ssl = on in its postgresql.conf, or write ${otherwise}.`;
  }
  const certificate =
    'the PEM file of that authority, or of the certificate itself where no authority signed it';
  const { says, hint } = whyNoAnswer(cause, {
    host: `${host}:${port}`,
    ca: authority !== undefined,
    hints: {
      untrusted: authority
        ? `The file ${authority} of sslrootcert in the URL of store is of another authority. Name the right one there.`
        : `Add sslrootcert=PATH to the URL of store: ${certificate}.`,
      'other name': `Write one of these names as the host in the URL of store, in place of ${host}.`,
      expired: 'Give PostgreSQL a new certificate (ssl_cert_file), and reload it.',
      'closed port': 'Does PostgreSQL run there, and are host and port in the URL of store right?',
      'unknown name': 'Is the host in the URL of store right, and can this machine resolve it?',
    },
  });
  return hint ? `${says}. ${hint}` : `${says}.`;
}
