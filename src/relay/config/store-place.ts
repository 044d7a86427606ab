import type { Environment } from '../../base/environment.ts';
import { InputError } from '../../base/errors.ts';
import type { Prepared } from '../../base/yaml.ts';
import type { Secret } from '../../sites/secrets.ts';
import { fillAll } from '../../sites/variables.ts';
import { isPostgres, postgresPlace } from '../store/postgres-place.ts';
import type { EndpointFault } from './endpoints.ts';

/** Fills in variables of the environment; in a URL percent-encoded, as a password may hold any character. */
export function fillStore(config: { store: unknown }, environment: Environment): Prepared {
  const isUrl = typeof config.store === 'string' && isPostgres(config.store);
  return fillAll(config, environment, isUrl ? encodeURIComponent : undefined);
}

/** What is wrong with the URL of a database. */
export function storeFaults(store: string): EndpointFault[] {
  if (!isPostgres(store)) return [];
  try {
    postgresPlace(store);
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.sentences.map(text => ({ path: ['store'], text }));
  }
}

/** Gives the password in the URL of a database to `secret`, as it is and as it is written. */
export function registerStorePassword(store: unknown, secret: Secret): void {
  if (typeof store !== 'string' || !isPostgres(store)) return;
  const written = /^[a-z]+:\/\/[^/?#@]*?:([^/?#]*)@/i.exec(store)?.[1];
  if (!written) return;
  secret(written);
  try {
    secret(decodeURIComponent(written));
  } catch {
    // An invalid percent-encoding is reported elsewhere; the text as written may be the password.
  }
}
