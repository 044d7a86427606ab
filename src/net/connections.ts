import { X509Certificate } from 'node:crypto';
import { type SecureContext, TLSSocket } from 'node:tls';
import { buildConnector, type Dispatcher, Pool, ProxyAgent } from 'undici';

/** How long a connection may take to be made, ms. */
export const CONNECT = 10_000;

/** What TLS needs to know of both ends. */
interface Tls {
  cert?: string;
  key?: string;
  pfx?: Buffer;
  passphrase?: string;
  ca?: string;
  servername?: string;
  rejectUnauthorized?: boolean;
  secureContext?: SecureContext;
}

export interface Route {
  /** Scheme, host and port. */
  origin: string;
  /** URL of the forward proxy on the way, with its credentials. */
  proxy?: string | undefined;
  /** Between this machine and the origin, through a proxy too. */
  tls: Tls;
  /** Between this machine and a proxy of https://. Default: what this machine trusts. */
  proxyTls?: Tls;
  connections: number;
  /** Ms; CONNECT by default. */
  connectTimeout?: number | undefined;
  /** Called at each connection with the end of the server certificate's validity, ms since the epoch. */
  seen?: (until: number) => void;
}

/**
 * Connections to one origin. TLS is the caller's own up to there, also through a proxy. There is no limit on an
 * answer's time here: the caller has one for the whole call (time-limit.ts). undici's limit would start again at each sign
 * of life, such as an early hint.
 */
export function connectionsTo(route: Route): Dispatcher {
  const { origin, proxy, tls, proxyTls, connections, connectTimeout = CONNECT, seen } = route;
  // One kept connection spares a TLS handshake at each call; HTTP/2 would need another handshake of its own.
  const kept = { connections, allowH2: false, keepAliveTimeout: 60_000, bodyTimeout: 0, headersTimeout: 0 };
  if (proxy === undefined) {
    const connector = buildConnector({ ...tls, allowH2: false, timeout: connectTimeout });
    return new Pool(origin, { ...kept, connect: seen ? looking(connector, seen) : connector });
  }
  return new ProxyAgent({
    ...kept,
    uri: proxy,
    requestTls: tls,
    connectTimeout,
    // A proxy connects to the origin, and looks up its name, in this time.
    clientFactory: (uri, options) => new Pool(uri, { ...options, headersTimeout: 3 * connectTimeout }),
    ...(proxyTls ? { proxyTls } : {}),
  });
}

/** Connects, and looks at the server's certificate on the way. */
function looking(
  connector: buildConnector.connector,
  seen: (until: number) => void,
): buildConnector.connector {
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
