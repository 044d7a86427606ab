import { createSecureContext } from 'node:tls';
import type { Environment } from '../../base/environment.ts';
import { InputError } from '../../base/errors.ts';
import { readPem } from '../../sites/credentials.ts';
import type { Secret } from '../../sites/secrets.ts';
import type { Listen, RelayConfig } from './settings.ts';
import { type ConfigText, plainUrl } from './shape.ts';

/** A mistake in the configuration, and the path of its key. */
export interface EndpointFault {
  path: readonly PropertyKey[];
  text: string;
}

/** Where the relay listens, and under which certificate. Adds what is wrong to `faults`. */
export function listenFrom(said: ConfigText['listen'], secret: Secret, faults: EndpointFault[]): Listen {
  const { certificate, key, ...listen } = said;
  if (certificate === undefined || key === undefined) return { ...listen, tls: undefined };
  const tls = {
    certificate: pem(certificate, ['listen', 'certificate'], faults),
    key: pem(key, ['listen', 'key'], faults),
  };
  secret(tls.key);
  const why = tls.certificate === '' || tls.key === '' ? undefined : pairFault(tls);
  if (why !== undefined) faults.push({ path: ['listen', 'key'], text: `listen.key: ${why}` });
  return { ...listen, tls };
}

/** Why certificate and key cannot be used for a server, in place of OpenSSL's own words. */
function pairFault({ certificate, key }: { certificate: string; key: string }): string | undefined {
  try {
    createSecureContext({ cert: certificate, key });
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH'
      ? 'it does not belong to the certificate.'
      : 'it cannot be used with the certificate. Both must be PEM, the key without a passphrase.';
  }
}

/**
 * The GitHub to call, and the credential. Without `github.url` it is that of GITHUB_API_URL, as in GitHub's own tools.
 * Adds mistakes to `faults`.
 */
export function githubFrom(
  said: ConfigText['github'],
  { environment, secret }: { environment: Environment; secret: Secret },
  faults: EndpointFault[],
): RelayConfig['github'] {
  const { token = '', app, url = apiUrl(environment, faults) } = said;
  const ca = said.ca === undefined ? undefined : pem(said.ca, ['github', 'ca'], faults);
  if (app === undefined) return { url, ca, credential: { kind: 'token', token } };
  const key = pem(app.key, ['github', 'app', 'key'], faults);
  secret(key);
  return { url, ca, credential: { ...app, kind: 'app', key } };
}

function apiUrl({ GITHUB_API_URL: given }: Environment, faults: EndpointFault[]): string {
  const { data } = plainUrl.safeParse(given || 'https://api.github.com');
  if (data !== undefined) return data;
  const why = 'it is not given, and the environment variable GITHUB_API_URL holds no URL to use.';
  faults.push({ path: ['github'], text: `github.url: ${why}` });
  return '';
}

/** The PEM text of a value; empty when it has none, which is then among the faults. */
function pem(value: string, path: readonly string[], faults: EndpointFault[]): string {
  try {
    return readPem(value, path.join('.'), path.at(-1) === 'key' ? 'key' : 'certificate');
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    faults.push(...error.sentences.map(text => ({ path, text })));
    return '';
  }
}
