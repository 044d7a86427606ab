import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { InputError, messageOf } from '../../base/errors.ts';
import { pemFrom } from '../../sites/pem.ts';

/** Where a database of PostgreSQL is, and how to sign in to it. */
export interface PostgresPlace {
  connection: {
    host: string;
    port: number;
    user?: string;
    password?: string;
    database?: string;
    application_name: string;
    ssl: ConnectionOptions | false;
    /** Makes the socket of each connection. */
    stream?: () => Socket;
  };
  /** The path of the certificate that the URL names as authority. */
  authority: string | undefined;
  /** For the server, as on its command line: `-c search_path=relay`. */
  options: string;
  /** The place without its credentials. */
  shown: string;
}

/**
 * `verify-full`, the default: TLS, and the certificate is checked, with its name. `require`: TLS, and nothing is
 * checked. `disable`: no TLS.
 */
const MODES = ['verify-full', 'require', 'disable'] as const;
const KEYS = ['sslmode', 'sslrootcert', 'options', 'application_name', 'host'];

/** Whether a store is the URL of a database, rather than the path of a file. */
export function isPostgres(store: string): boolean {
  return /^postgres(ql)?:\/\//i.test(store);
}

/** A store's place as people may see it, without a password. */
export function shownStore(store: string): string {
  return isPostgres(store) ? postgresPlace(store).shown : store;
}

/** Reads `postgres://user:password@host:port/database?sslmode=…`. Throws InputError. */
export function postgresPlace(url: string): PostgresPlace {
  const { hostname, port, username, password, pathname, searchParams } = urlOf(url);
  const unknown = [...searchParams.keys()].filter(key => !KEYS.includes(key));
  if (unknown.length > 0)
    throw new InputError(`store: the URL says ${unknown.join(', ')}. It may say: ${KEYS.join(', ')}.`);
  // A folder of sockets cannot be the host of a URL.
  const host = searchParams.get('host') ?? hostname.replace(/^\[(.+)\]$/, '$1');
  const database = decodeURIComponent(pathname.slice(1));
  return {
    connection: {
      host,
      port: port === '' ? 5432 : Number(port),
      ...(username === '' ? {} : { user: decodeURIComponent(username) }),
      ...(password === '' ? {} : { password: decodeURIComponent(password) }),
      ...(database === '' ? {} : { database }),
      application_name: searchParams.get('application_name') ?? 'qrs-relay',
      ssl: host.startsWith('/') ? false : tlsFrom(searchParams),
    },
    authority: searchParams.get('sslrootcert') ?? undefined,
    options: searchParams.get('options') ?? '',
    shown: `postgres://${host}${port === '' ? '' : `:${port}`}/${database}`,
  };
}

function urlOf(url: string): URL {
  try {
    decodeURIComponent(url);
    return new URL(url);
  } catch {
    throw new InputError(
      'store: it is no URL such as postgres://relay:${PGPASSWORD}@db.example.com:5432/relay. In a name or a ' +
        'password written there, percent-encode @, :, /, ? and #.',
    );
  }
}

function tlsFrom(said: URLSearchParams): ConnectionOptions | false {
  const mode = MODES.find(one => one === (said.get('sslmode') ?? 'verify-full'));
  if (!mode) throw new InputError(`store: sslmode must be ${MODES.join(', ')}.`);
  const path = said.get('sslrootcert');
  if (mode === 'disable') return false;
  return { rejectUnauthorized: mode !== 'require', ...(path === null ? {} : { ca: certificateIn(path) }) };
}

/** Node takes what is no certificate for an empty list of authorities. */
function certificateIn(path: string): string {
  const found = pemFrom(contentOf(path), 'certificate');
  if ('pem' in found) return found.pem;
  throw new InputError(`store: the certificate ${path} of sslrootcert cannot be used: ${found.wrong}.`);
}

function contentOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new InputError(
      `store: the certificate ${path} of sslrootcert cannot be read: ${messageOf(error)}.`,
    );
  }
}
