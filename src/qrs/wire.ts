import { type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { Credentials } from '../sites/credentials.ts';
import type { Site } from '../sites/sites.ts';

/** Silence on a transfer after which it is given up, ms. There is no limit on its whole time. */
export const IDLE = 120_000;
const CONNECT = 10_000;

/**
 * Connections to a site's host, or to a port of it, through the site's forward proxy if it has one. TLS is the
 * site's own to the end in both cases.
 */
export function openWire(site: Site, origin: string, connections: number): Dispatcher {
  // QRS speaks HTTP/1.1 (docs/qrs.md 1); a kept connection spares a TLS handshake at each call.
  const kept = { connections, allowH2: false, keepAliveTimeout: 60_000, bodyTimeout: IDLE };
  const tls = {
    ...clientCertificate(site.credentials),
    ...(site.ca === undefined ? {} : { ca: site.ca }),
    ...(site.serverName === undefined ? {} : { servername: site.serverName }),
    rejectUnauthorized: !site.insecure,
  };
  if (site.proxy === undefined) return new Pool(origin, { ...kept, connect: { ...tls, timeout: CONNECT } });
  return new ProxyAgent({ ...kept, uri: site.proxy, requestTls: tls, connectTimeout: CONNECT });
}

function clientCertificate(credentials: Credentials) {
  if (credentials.kind !== 'certificate' && credentials.kind !== 'pfx') return {};
  const passphrase = credentials.passphrase === undefined ? {} : { passphrase: credentials.passphrase };
  return credentials.kind === 'pfx'
    ? { pfx: credentials.pfx, ...passphrase }
    : { cert: credentials.certificate, key: credentials.key, ...passphrase };
}
