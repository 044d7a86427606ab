import type { Silence } from './send.ts';

/** Where a call went, for the sentences about it. */
export interface Place {
  /** `api.github.com`, with a port that is not the usual one. */
  host: string;
  /** `host:port` of the proxy on the way. */
  proxy: string | undefined;
  /** Longest time of a call, ms. */
  timeout: number;
}

interface Diagnosis {
  says: (place: Place, detail: string) => string;
  hint?: (place: Place) => string;
}

/** Whoever is connected to first: when nobody is there, it is that one. */
const first = ({ host, proxy }: Place) => (proxy === undefined ? host : `the proxy ${proxy}`);

const UNTRUSTED: Diagnosis = {
  says: () => 'its certificate is not signed by an authority that is trusted here',
  hint: ({ host }) =>
    `If ${host} has a certificate of your own authority, or a proxy opens the connections, ` +
    "give that authority's certificate as ca.",
};
const NO_WAY: Diagnosis = {
  says: place => `there is no way to ${first(place)}`,
  hint: routeHint,
};
const CUT: Diagnosis = { says: () => 'the connection was cut' };

/** By the code of Node, OpenSSL or undici (docs/github.md 6). */
const DIAGNOSES: Readonly<Record<string, Diagnosis>> = {
  ECONNREFUSED: { says: place => `nothing listens at ${first(place)}`, hint: routeHint },
  EHOSTUNREACH: NO_WAY,
  ENETUNREACH: NO_WAY,
  ENOTFOUND: {
    says: place => `the name of ${first(place)} is not known`,
    hint: place => `Can this machine resolve it? ${routeHint(place)}`,
  },
  EAI_AGAIN: {
    says: place => `the name of ${first(place)} could not be looked up just now`,
    hint: () => 'Does name resolution work on this machine?',
  },
  UND_ERR_CONNECT_TIMEOUT: { says: place => `no connection to ${first(place)} in time`, hint: routeHint },
  UND_ERR_HEADERS_TIMEOUT: { says: () => 'no answer in time' },
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_SIGNATURE_FAILURE: UNTRUSTED,
  CERT_HAS_EXPIRED: { says: () => 'its certificate has expired' },
  CERT_NOT_YET_VALID: {
    says: () => 'its certificate is not valid yet',
    hint: () => "Is this machine's clock right?",
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    says: (_, detail) => detail,
    hint: ({ proxy }) =>
      `Is the URL for GitHub${proxy === undefined ? '' : ', or of the proxy,'} written with a name that the certificate has?`,
  },
  ECONNRESET: CUT,
  EPIPE: CUT,
  EPROTO: CUT,
  UND_ERR_SOCKET: CUT,
};

function routeHint({ proxy }: Place): string {
  return proxy === undefined
    ? 'Is the URL right, and does the firewall let this machine through, or does it need a proxy (HTTPS_PROXY)?'
    : 'Is HTTPS_PROXY right, or does NO_PROXY need this host?';
}

/** Why no answer came, without an end; and the next thing to try. */
export function explain(silence: Silence, place: Place): { says: string; hint: string } {
  const { sent, late, cause } = silence;
  if (late) {
    const waited = `${sent ? 'no answer' : `no connection to ${first(place)}`} within ${place.timeout / 1000} s`;
    return { says: waited, hint: sent ? '' : routeHint(place) };
  }
  const { code, detail } = innermost(cause);
  const proxied = ofProxy(detail, place);
  if (proxied) return proxied;
  const known = DIAGNOSES[code] ?? (code.startsWith('ERR_SSL') ? CUT : undefined);
  if (!known) return { says: [code, detail].filter(Boolean).join(': '), hint: '' };
  const shown = known === CUT && code !== '' ? ` (${code})` : '';
  return { says: known.says(place, detail) + shown, hint: known.hint?.(place) ?? '' };
}

/** A proxy that does not let the call through says so by a status that undici has in its message alone. */
function ofProxy(detail: string, { host, proxy }: Place): { says: string; hint: string } | undefined {
  const status = /Proxy response \((\d+)\)/.exec(detail)?.[1] ?? (isSignIn(detail) ? '407' : undefined);
  if (status === undefined || proxy === undefined) return undefined;
  const hint =
    status === '407'
      ? 'It wants a name and a password: HTTPS_PROXY=http://name:password@host:port.'
      : `Does the proxy allow CONNECT to ${host}?`;
  return { says: `the proxy ${proxy} refused the connection with ${status}`, hint };
}

const isSignIn = (detail: string) => /proxy authentication required/i.test(detail);

/** fetch and octokit wrap what happened into errors of their own. */
function innermost(cause: unknown): { code: string; detail: string } {
  if (!(cause instanceof Error)) return { code: '', detail: String(cause) };
  const { cause: inner } = cause;
  if (inner !== undefined) return innermost(inner);
  if (cause instanceof AggregateError && cause.errors.length > 0) return innermost(cause.errors[0]);
  return {
    code: 'code' in cause && typeof cause.code === 'string' ? cause.code : '',
    detail: cause.message,
  };
}
