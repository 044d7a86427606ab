import { alertIn, CUT, NOT_TLS, TLS_MEANINGS, WEAK } from './tls-troubles.ts';
import type { InnermostError, Meaning, Peer } from './trouble.ts';

/** The host to which the client connects: the proxy, if there is one. */
const first = ({ host, proxy }: Peer) => (proxy === undefined ? host : `the proxy ${proxy}`);
const firstName = (peer: Peer) => first(peer).replace(/:\d+$/, '');

const NO_ROUTE: Meaning = {
  trouble: 'no route',
  says: peer => `there is no way through the network to ${first(peer)}`,
  unsent: true,
};
const NOT_HTTP: Meaning = {
  trouble: 'not HTTP',
  says: ({ host }, { code, detail }) =>
    `what ${host} answers is not HTTP as it should be (${code || detail})`,
  hint: () => 'Is the port right, or does a proxy on the way answer in its place?',
};

/** Failures of the network and of a proxy, by the error code of Node or undici. */
const NETWORK_MEANINGS: Readonly<Record<string, Meaning>> = {
  ECONNREFUSED: {
    trouble: 'closed port',
    says: peer => `nothing listens at ${first(peer)}`,
    hint: () =>
      'Are host and port right, is the service running, and does the firewall let this machine through?',
    unsent: true,
  },
  ENOTFOUND: {
    trouble: 'unknown name',
    says: peer => `the host name ${firstName(peer)} is not known`,
    hint: () => 'Is the URL right, and can this machine resolve it?',
    final: true,
    unsent: true,
  },
  EAI_AGAIN: {
    trouble: 'no name server',
    says: peer => `the host name ${firstName(peer)} could not be looked up`,
    hint: () => 'Does the name server of this machine answer?',
    unsent: true,
  },
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  ETIMEDOUT: {
    trouble: 'gone',
    says: peer => `${first(peer)} no longer answers`,
    hint: () => 'Does a firewall on the way drop the connection, or is the machine down?',
  },
  UND_ERR_CONNECT_TIMEOUT: {
    trouble: 'no connection',
    says: peer => `no connection to ${first(peer)} in time`,
    unsent: true,
  },
  // Only the request for a proxy's tunnel has such a limit (connections.ts).
  UND_ERR_HEADERS_TIMEOUT: {
    trouble: 'proxy',
    says: peer => `${first(peer)} made no way to ${peer.host} in time`,
    hint: ({ host }) => `Is it a proxy for tunnels (CONNECT), and can it reach ${host}?`,
    unsent: true,
  },
  UND_ERR_BODY_TIMEOUT: { trouble: 'gone', says: () => 'the transfer stalled' },
  UND_ERR_PRX_TLS: {
    trouble: 'proxy',
    says: ({ proxy }, { detail }) => `the TLS connection to the proxy ${proxy} failed (${detail})`,
    hint: () => 'Must its URL begin with http:// rather than https://?',
    final: true,
    unsent: true,
  },
  UND_ERR_PRX_CONN: {
    trouble: 'proxy',
    says: ({ proxy }) => `the proxy ${proxy} cut the connection`,
    hint: ({ host }) => `Can it reach ${host}, and does it allow tunnels (CONNECT) to this port?`,
    unsent: true,
  },
  ECONNRESET: CUT,
  EPIPE: CUT,
  EPROTO: CUT,
  UND_ERR_SOCKET: CUT,
};

/** Explains the innermost error; undefined for one that no table has. */
export function meaningOf({ code, detail }: InnermostError): Meaning | undefined {
  const alert = alertIn(detail);
  if (alert) return alert.meaning;
  // OpenSSL has no error code for these.
  if (/(key too weak|digest algorithm too weak|key too small)/i.test(detail)) return WEAK;
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return NOT_HTTP;
  if (code === '' && /HTTP\/1\.1 protocol/.test(detail)) return NOT_HTTP;
  if (code.startsWith('HPE_')) return code === 'HPE_INVALID_CONSTANT' ? NOT_TLS : NOT_HTTP;
  return NETWORK_MEANINGS[code] ?? TLS_MEANINGS[code] ?? (code.startsWith('ERR_SSL') ? CUT : undefined);
}
