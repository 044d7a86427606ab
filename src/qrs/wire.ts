import { X509Certificate } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import { buildConnector, type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { Credentials } from '../sites/credentials.ts';
import type { Site } from '../sites/sites.ts';

/** Silence on a transfer after which it is given up, ms. There is no limit on its whole time. */
export const IDLE = 120_000;
const CONNECT = 10_000;

/** Told until when the certificate of a server is good, ms since the epoch, at each connection. */
export type Seen = (until: number) => void;

/**
 * Connections to a site's host, or to a port of it, through the site's forward proxy if it has one. TLS is the
 * site's own to the end in both cases.
 */
export function openWire(site: Site, origin: string, connections: number, seen: Seen = () => {}): Dispatcher {
  // QRS speaks HTTP/1.1 (docs/qrs.md 1); a kept connection spares a TLS handshake at each call.
  const kept = { connections, allowH2: false, keepAliveTimeout: 60_000, bodyTimeout: IDLE };
  const tls = {
    ...clientCertificate(site.credentials),
    ...(site.ca === undefined ? {} : { ca: site.ca }),
    ...(site.serverName === undefined ? {} : { servername: site.serverName }),
    rejectUnauthorized: !site.insecure,
  };
  if (site.proxy === undefined) {
    const connector = buildConnector({ ...tls, allowH2: false, timeout: CONNECT });
    return new Pool(origin, { ...kept, connect: looking(connector, seen) });
  }
  return new ProxyAgent({ ...kept, uri: site.proxy, requestTls: tls, connectTimeout: CONNECT });
}

/** Connects, and looks at the server's certificate on the way. */
function looking(connector: buildConnector.connector, seen: Seen): buildConnector.connector {
  return (options, callback) =>
    connector(options, (...[error, socket]) => {
      if (error) {
        callback(error, null);
        return;
      }
      const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
      if (certificate instanceof X509Certificate) seen(certificate.validToDate.getTime());
      callback(null, socket);
    });
}

function clientCertificate(credentials: Credentials) {
  if (credentials.kind !== 'certificate' && credentials.kind !== 'pfx') return {};
  const passphrase = credentials.passphrase === undefined ? {} : { passphrase: credentials.passphrase };
  return credentials.kind === 'pfx'
    ? { pfx: credentials.pfx, ...passphrase }
    : { cert: credentials.certificate, key: credentials.key, ...passphrase };
}
