import { X509Certificate } from 'node:crypto';
import { type SecureContext, TLSSocket } from 'node:tls';
import { buildConnector, type Dispatcher, Pool, ProxyAgent } from 'undici';

/** Time limit for connecting, ms. */
export const CONNECT = 10_000;

/** TLS options for both ends. */
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
  /** TLS between this machine and the origin, also through a proxy. */
  tls: Tls;
  /** TLS between this machine and a proxy with an https:// URL. Default: what this machine trusts. */
  proxyTls?: Tls;
  connections: number;
  /** Time limit for connecting, ms; CONNECT by default. */
  connectTimeout?: number | undefined;
  /** Called for each connection with the end of the server certificate's validity, ms since the epoch. */
  seen?: (until: number) => void;
}

/**
 * Connections to one origin. TLS is end to end between the caller and the origin, also through a proxy. The time of an
 * answer has no limit here: the caller has one for the whole call (time-limit.ts). undici's own limit would start again
 * with every byte that arrives, such as an early hint.
 */
export function connectionsTo(route: Route): Dispatcher {
  const { origin, proxy, tls, proxyTls, connections, connectTimeout = CONNECT, seen } = route;
  // A connection that is kept saves a TLS handshake for each call; HTTP/2 would need another handshake.
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
    // In this time a proxy looks up the origin's name and connects to it.
    clientFactory: (uri, options) => new Pool(uri, { ...options, headersTimeout: 3 * connectTimeout }),
    ...(proxyTls ? { proxyTls } : {}),
  });
}

/** Connects, and reads the server's certificate. */
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
