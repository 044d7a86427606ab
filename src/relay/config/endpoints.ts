import { createSecureContext } from 'node:tls';
import { InputError } from '../../base/errors.ts';
import { readPem } from '../../sites/credentials.ts';
import type { Secret } from '../../sites/sites.ts';
import type { Environment } from '../../sites/variables.ts';
import type { Listen, RelayConfig } from './settings.ts';
import { type GitHubText, githubUrl, type ListenText } from './shape.ts';

/** Something that is wrong, and the keys that lead there. */
export interface Fault {
  path: readonly PropertyKey[];
  text: string;
}

/** Where the relay listens, and under which certificate. Adds what is wrong to `faults`. */
export function listenFrom(said: ListenText, secret: Secret, faults: Fault[]): Listen {
  const { url, host = '::', certificate, key } = said;
  const callback = new URL(url);
  const own = callback.port === '' ? (callback.protocol === 'https:' ? 443 : 80) : Number(callback.port);
  const listen = { url: url.replace(/\/+$/, ''), host, port: said.port ?? own, status: said.status };
  if (certificate === undefined || key === undefined) return { ...listen, tls: undefined };
  const pair = {
    certificate: pem(certificate, ['listen', 'certificate'], faults),
    key: pem(key, ['listen', 'key'], faults),
  };
  secret(pair.key);
  if (pair.certificate !== '' && pair.key !== '') faults.push(...pairFaults(pair));
  return { ...listen, tls: pair };
}

/** Whether a server could be made of certificate and key; what OpenSSL says of it helps nobody. */
function pairFaults({ certificate, key }: { certificate: string; key: string }): Fault[] {
  try {
    createSecureContext({ cert: certificate, key });
    return [];
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    const why =
      code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH'
        ? 'it does not belong to the certificate.'
        : 'it cannot be used with the certificate. Both must be PEM, the key without a passphrase.';
    return [{ path: ['listen', 'key'], text: `listen.key: ${why}` }];
  }
}

/**
 * Which GitHub is told, and with which credential. Where the configuration names none, it is that of GITHUB_API_URL,
 * as for other tools of GitHub. Adds what is wrong to `faults`.
 */
export function githubFrom(
  said: GitHubText,
  { environment, secret }: { environment: Environment; secret: Secret },
  faults: Fault[],
): RelayConfig['github'] {
  const { token = '', app } = said;
  const url = said.url ?? apiUrl(environment, faults);
  const ca = said.ca === undefined ? undefined : pem(said.ca, ['github', 'ca'], faults);
  const shared = { url: url.replace(/\/+$/, ''), ca };
  if (app === undefined) return { ...shared, credential: { kind: 'token', token } };
  const key = pem(app.key, ['github', 'app', 'key'], faults);
  secret(key);
  return { ...shared, credential: { kind: 'app', id: app.id, key, installation: app.installation } };
}

const GITHUB = 'https://api.github.com';

function apiUrl({ GITHUB_API_URL: given }: Environment, faults: Fault[]): string {
  if (given === undefined || given === '') return GITHUB;
  const { success, data } = githubUrl.safeParse(given);
  if (success) return data;
  const text =
    'github.url: it is not given, and the environment variable GITHUB_API_URL holds no URL to use.';
  faults.push({ path: ['github'], text });
  return GITHUB;
}

/** The PEM text of a value; empty when it has none, which is then among the faults. */
function pem(value: string, path: readonly string[], faults: Fault[]): string {
  try {
    return readPem(value, path.join('.'), path.at(-1) === 'key' ? 'key' : 'certificate');
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    faults.push(...error.sentences.map(text => ({ path, text })));
    return '';
  }
}
