import { proxySaid } from './tunnel.ts';

/** Whoever was called, for the sentences about it. */
export interface Peer {
  /** As it is shown: `qlik.company.com:4242`. */
  host: string;
  /** `host:port` of the forward proxy on the way. */
  proxy?: string | undefined;
  /** Whether an authority was given beside those that this machine knows. */
  ca: boolean;
  /** What this client says about a trouble, in place of what holds for every client. */
  hints: Partial<Record<Trouble, string | ((cause: Cause) => string)>>;
}

/** What kept an answer away. */
type Trouble =
  | 'closed port'
  | 'unknown name'
  | 'no name server'
  | 'no route'
  | 'gone'
  | 'no connection'
  | 'untrusted'
  | 'expired'
  | 'not yet valid'
  | 'not for servers'
  | 'other name'
  | 'weak certificate'
  | 'old TLS'
  | 'no common TLS'
  | 'no certificate wanted'
  | 'certificate refused'
  | 'not TLS'
  | 'not HTTP'
  | 'cut'
  | 'proxy'
  | 'proxy credentials';

export interface NoAnswer {
  /** Without an end. */
  says: string;
  hint: string | undefined;
  /** Trying again changes nothing. */
  final: boolean;
  /** No byte of the request has left, or none went further than a proxy. */
  unsent: boolean;
}

/** The innermost error: fetch, octokit and undici wrap what happened into errors of their own. */
interface Cause {
  code: string;
  detail: string;
  /** The names in the certificate that another one was expected in. */
  names: readonly string[];
}

interface Meaning {
  trouble: Trouble;
  says: (peer: Peer, cause: Cause) => string;
  hint?: (peer: Peer, cause: Cause) => string;
  final?: boolean;
  unsent?: boolean;
}

/** What is connected to first: when nobody is there, it is that one. */
const first = ({ host, proxy }: Peer) => (proxy === undefined ? host : `the proxy ${proxy}`);
const firstName = (peer: Peer) => first(peer).replace(/:\d+$/, '');

const UNTRUSTED: Meaning = {
  trouble: 'untrusted',
  says: ({ ca }) =>
    ca
      ? "the server's certificate is not signed by the given ca"
      : "the server's certificate is not signed by an authority that this machine knows",
  final: true,
  unsent: true,
};
const NO_ROUTE: Meaning = {
  trouble: 'no route',
  says: peer => `there is no way through the network to ${first(peer)}`,
  unsent: true,
};
const NOT_TLS: Meaning = {
  trouble: 'not TLS',
  says: ({ host }) => `what answers at ${host} does not speak TLS`,
  hint: () => 'Is the port right, or does a proxy on the way answer in its place?',
  final: true,
  unsent: true,
};
const OLD_TLS: Meaning = {
  trouble: 'old TLS',
  says: ({ host }) => `${host} speaks no version of TLS that is safe today`,
  hint: () => 'Switch TLS 1.2 or 1.3 on there; 1.0 and 1.1 are not used.',
  final: true,
  unsent: true,
};
const NO_COMMON_TLS: Meaning = {
  trouble: 'no common TLS',
  says: ({ host }, { code }) => `${host} and this program have no TLS in common (${code})`,
  hint: () => 'Which cipher suites does it allow, and does it want a name (SNI) that it was not given?',
  final: true,
  unsent: true,
};
const CUT: Meaning = {
  trouble: 'cut',
  says: (_, { code, detail }) => `the connection was cut (${detail || code})`,
};
/** TLS 1.3 tells of it after the request has left; that nobody read the request is certain. */
const CERTIFICATE_REFUSED: Meaning = {
  trouble: 'certificate refused',
  says: (_, { detail }) =>
    `the client certificate was refused (${alertIn(detail)?.name ?? 'no reason given'})`,
  final: true,
  unsent: true,
};
const WEAK: Meaning = {
  trouble: 'weak certificate',
  says: (_, { detail, code }) => `the server's certificate is too weak for today's TLS (${detail || code})`,
  hint: () =>
    'It needs a key of 2048 bits or more and a signature with SHA-256 or better, and so does its authority.',
  final: true,
  unsent: true,
};

/** Alerts of the other end about TLS (RFC 8446 6.2), by number: the names of their codes differ between versions of Node. */
const ALERTS: Readonly<Record<number, { name: string; meaning: Meaning }>> = {
  40: { name: 'handshake failure', meaning: NO_COMMON_TLS },
  42: { name: 'bad certificate', meaning: CERTIFICATE_REFUSED },
  43: { name: 'unsupported certificate', meaning: CERTIFICATE_REFUSED },
  44: { name: 'certificate revoked', meaning: CERTIFICATE_REFUSED },
  45: { name: 'certificate expired', meaning: CERTIFICATE_REFUSED },
  46: { name: 'certificate unknown', meaning: CERTIFICATE_REFUSED },
  48: { name: 'its authority is not known there', meaning: CERTIFICATE_REFUSED },
  49: { name: 'access denied', meaning: CERTIFICATE_REFUSED },
  70: { name: 'protocol version', meaning: OLD_TLS },
  71: { name: 'insufficient security', meaning: NO_COMMON_TLS },
  80: { name: 'internal error', meaning: CUT },
  112: { name: 'unrecognized name', meaning: NO_COMMON_TLS },
  116: { name: 'a certificate is required', meaning: CERTIFICATE_REFUSED },
};

function alertIn(detail: string) {
  return ALERTS[Number(/SSL alert number (\d+)/.exec(detail)?.[1])];
}

/** By the code of Node, OpenSSL or undici. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
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
  // Only a proxy that is asked for a tunnel has such a limit (connections.ts).
  UND_ERR_HEADERS_TIMEOUT: {
    trouble: 'proxy',
    says: peer => `${first(peer)} made no way to ${peer.host} in time`,
    hint: ({ host }) => `Is it a proxy for tunnels (CONNECT), and can it reach ${host}?`,
    unsent: true,
  },
  UND_ERR_BODY_TIMEOUT: { trouble: 'gone', says: () => 'the transfer stalled' },
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_SIGNATURE_FAILURE: UNTRUSTED,
  CERT_UNTRUSTED: UNTRUSTED,
  INVALID_CA: UNTRUSTED,
  CERT_HAS_EXPIRED: {
    trouble: 'expired',
    says: () => "the server's certificate has expired",
    final: true,
    unsent: true,
  },
  CERT_NOT_YET_VALID: {
    trouble: 'not yet valid',
    says: () => "the server's certificate is not valid yet",
    hint: () => "Is this machine's clock right, and the server's?",
    final: true,
    unsent: true,
  },
  INVALID_PURPOSE: {
    trouble: 'not for servers',
    says: () => "the server's certificate is not made for servers",
    final: true,
    unsent: true,
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    trouble: 'other name',
    // Node's own words quote the name that was asked for, which may come out of a secret.
    says: (_, { names }) =>
      names.length === 0
        ? "the server's certificate has no name"
        : `the server's certificate is made out to other names (${names.join(', ')})`,
    final: true,
    unsent: true,
  },
  ERR_SSL_WRONG_VERSION_NUMBER: NOT_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NOT_TLS,
  ERR_SSL_HTTP_REQUEST: NOT_TLS,
  ERR_SSL_UNSUPPORTED_PROTOCOL: OLD_TLS,
  ERR_SSL_NO_PROTOCOLS_AVAILABLE: OLD_TLS,
  ERR_SSL_EE_KEY_TOO_SMALL: WEAK,
  ERR_SSL_CA_KEY_TOO_SMALL: WEAK,
  ERR_SSL_CA_MD_TOO_WEAK: WEAK,
  ERR_SSL_DH_KEY_TOO_SMALL: WEAK,
  ERR_SSL_NO_SHARED_CIPHER: NO_COMMON_TLS,
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

const NOT_HTTP: Meaning = {
  trouble: 'not HTTP',
  says: ({ host }, { code, detail }) =>
    `what ${host} answers is not HTTP as it should be (${code || detail})`,
  hint: () => 'Is the port right, or does a proxy on the way answer in its place?',
};

/** Why no answer came and what to try next. */
export function whyNoAnswer(error: unknown, peer: Peer): NoAnswer {
  const cause = causeOf(error);
  const proxied = peer.proxy === undefined ? undefined : proxySaid(cause.detail, peer.proxy, peer.host);
  if (proxied) return { hint: hintOf(peer, 'proxy credentials', cause), ...proxied, unsent: true };
  const meaning = meaningOf(cause);
  if (!meaning) {
    return {
      says: [cause.code, cause.detail].filter(Boolean).join(': '),
      hint: undefined,
      final: false,
      unsent: false,
    };
  }
  const { trouble, says, hint, final = false, unsent = false } = meaning;
  return {
    says: says(peer, cause),
    hint: hintOf(peer, trouble, cause) ?? hint?.(peer, cause),
    final,
    unsent,
  };
}

function hintOf(peer: Peer, trouble: Trouble, cause: Cause): string | undefined {
  const own = peer.hints[trouble];
  return typeof own === 'function' ? own(cause) : own;
}

function meaningOf({ code, detail }: Cause): Meaning | undefined {
  const alert = alertIn(detail);
  if (alert) return alert.meaning;
  // OpenSSL has no code of its own for these.
  if (/(key too weak|digest algorithm too weak|key too small)/i.test(detail)) return WEAK;
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return NOT_HTTP;
  if (code === '' && /HTTP\/1\.1 protocol/.test(detail)) return NOT_HTTP;
  if (code.startsWith('HPE_')) return code === 'HPE_INVALID_CONSTANT' ? NOT_TLS : NOT_HTTP;
  return MEANINGS[code] ?? (code.startsWith('ERR_SSL') ? CUT : undefined);
}

function causeOf(error: unknown): Cause {
  if (!(error instanceof Error)) return { code: '', detail: String(error), names: [] };
  if (error instanceof AggregateError && error.errors.length > 0) return causeOf(error.errors[0]);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === '' && error.cause !== undefined) return causeOf(error.cause);
  return { code, detail: error.message, names: namesIn(error) };
}

/** The names in a certificate that another one was expected in: its alternative names, or its common name. */
function namesIn(error: Error): string[] {
  const certificate = 'cert' in error ? error.cert : undefined;
  if (certificate === null || typeof certificate !== 'object') return [];
  const alternatives = 'subjectaltname' in certificate ? String(certificate.subjectaltname ?? '') : '';
  const names = [...alternatives.matchAll(/DNS:([^,\s]+)/g)].map(([, name = '']) => name);
  if (names.length > 0) return names;
  const subject = 'subject' in certificate ? certificate.subject : undefined;
  const common = subject !== null && typeof subject === 'object' && 'CN' in subject ? subject.CN : [];
  return [common].flat().filter(name => typeof name === 'string');
}
