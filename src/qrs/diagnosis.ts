import { RemoteError } from '../base/errors.ts';
import { usesSession } from '../sites/credentials.ts';
import type { Site } from '../sites/sites.ts';
import { tunnelRefused } from './tunnel.ts';

/**
 * Why a connection failed, by the code that Node or OpenSSL gives it, and what to try next.
 * `final`: trying again changes nothing.
 */
export interface Diagnosis {
  says: (site: Site, detail: string) => string;
  hint?: (site: Site, cause: unknown) => string;
  final: boolean;
}

const UNTRUSTED: Diagnosis = {
  says: ({ ca }) =>
    ca === undefined
      ? "the server's certificate is not signed by an authority that this machine knows"
      : "the server's certificate is not signed by the given ca",
  hint: () =>
    'Give the root.pem that was exported with the client certificate as ca; or the authority of a proxy on the way, ' +
    'if one puts its own certificate there.',
  final: true,
};
const CERTIFICATE_REFUSED: Diagnosis = {
  says: (_, detail) => `the connection was cut (${detail})`,
  hint: certificateRefused,
  final: false,
};
const NOT_TLS: Diagnosis = {
  says: site => `what answers at ${new URL(site.url).host} does not speak TLS`,
  hint: () => 'Is the port right, or does a proxy on the way answer in place of the site?',
  final: true,
};

const NO_ROUTE: Diagnosis = {
  says: site => `there is no way through the network to ${reached(site)}`,
  hint: () => 'Is this machine in a network, or a VPN, from which the site can be reached?',
  final: false,
};

const DIAGNOSES: Readonly<Record<string, Diagnosis>> = {
  ECONNREFUSED: {
    says: site => `nothing listens at ${reached(site)}`,
    hint: () =>
      'Are host and port right, is the service running, and does the firewall let this machine through?',
    final: false,
  },
  ENOTFOUND: {
    says: site => `the host name ${reached(site).replace(/:\d+$/, '')} is not known`,
    hint: () => 'Is the URL right, and can this machine resolve it?',
    final: true,
  },
  EAI_AGAIN: {
    says: site => `the host name ${reached(site).replace(/:\d+$/, '')} could not be looked up`,
    hint: () => 'Does the name server of this machine answer?',
    final: false,
  },
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  ETIMEDOUT: {
    says: site => `${reached(site)} no longer answers`,
    hint: () => 'Does a firewall on the way drop the connection, or is the machine down?',
    final: false,
  },
  UND_ERR_CONNECT_TIMEOUT: {
    says: site => `no connection to ${reached(site)} within 10 seconds`,
    hint: ({ proxy }) =>
      proxy === undefined
        ? 'Does a firewall stand between this machine and the site? If it is reached through a proxy, name it as proxy.'
        : "Is the proxy's address right?",
    final: false,
  },
  UND_ERR_HEADERS_TIMEOUT: { says: () => 'no answer in time', final: false },
  UND_ERR_BODY_TIMEOUT: { says: () => 'the transfer stalled', final: false },
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_SIGNATURE_FAILURE: UNTRUSTED,
  // That of the ca is looked at before anything is sent.
  CERT_HAS_EXPIRED: {
    says: () => "the server's certificate has expired",
    hint: () => 'Renew it in the QMC, and export the certificates again.',
    final: true,
  },
  CERT_NOT_YET_VALID: {
    says: () => "the server's certificate is not valid yet",
    hint: () => "Is this machine's clock right, and the server's?",
    final: true,
  },
  INVALID_PURPOSE: {
    says: () => "the server's certificate is not made for servers",
    hint: () => 'Is this the port of the repository service or of the proxy?',
    final: true,
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    says: (_, detail) => detail,
    hint: (site, cause) => {
      const names = namesOf(cause);
      // Qlik issues the certificate for the short machine name (docs/qrs.md 2.1).
      const which = names.length > 0 ? `a name that the certificate has (${names.join(', ')})` : 'its name';
      return `Set server-name of the site "${site.name}" to ${which}; the connection stays verified.`;
    },
    final: true,
  },
  ERR_SSL_WRONG_VERSION_NUMBER: NOT_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NOT_TLS,
  ERR_SSL_HTTP_REQUEST: NOT_TLS,
  HPE_INVALID_CONSTANT: NOT_TLS,
  UND_ERR_PRX_TLS: {
    says: (site, detail) => `the TLS connection to the proxy ${proxyHost(site)} failed (${detail})`,
    hint: () => 'Must its URL begin with http:// rather than https://?',
    final: true,
  },
  UND_ERR_PRX_CONN: {
    says: site => `the proxy ${proxyHost(site)} cut the connection`,
    hint: ({ url }) => `Can it reach ${new URL(url).host}, and does it allow tunnels (CONNECT) to this port?`,
    final: false,
  },
  ECONNRESET: CERTIFICATE_REFUSED,
  EPROTO: CERTIFICATE_REFUSED,
  UND_ERR_SOCKET: CERTIFICATE_REFUSED,
};

/** The error for a call that got no answer, with the next thing to try. */
export function noAnswer(site: Site, attempt: string, cause: unknown): RemoteError {
  const code = codeOf(cause);
  const detail = cause instanceof Error ? cause.message : String(cause);
  const known =
    tunnelRefused(site, detail) ??
    DIAGNOSES[code] ??
    (code.startsWith('ERR_SSL') ? CERTIFICATE_REFUSED : undefined);
  return new RemoteError({
    site: site.name,
    attempt,
    answer: known ? known.says(site, detail) : [code, detail].filter(Boolean).join(': '),
    hint: known?.hint?.(site, cause),
    mayBeDone: !NEVER_SENT.has(code) && !(known?.final ?? false),
    final: known?.final ?? false,
    cause,
  });
}

/** One sentence for 403 and for a cut connection alike: sites differ in which one they give (docs/qrs.md 2.1). */
export function certificateRefused(site: Site): string {
  if (usesSession(site.credentials)) return 'Was the connection cut by a proxy on the way?';
  return (
    `If this happens at every call, the site does not trust the client certificate ` +
    `(was it exported from this site?), or ${site.user} lacks the right.`
  );
}

const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** What is connected to: the forward proxy, where there is one. */
function reached(site: Site): string {
  return site.proxy === undefined ? new URL(site.url).host : `the proxy ${proxyHost(site)}`;
}

function proxyHost({ proxy = '' }: Site): string {
  return URL.canParse(proxy) ? new URL(proxy).host : '';
}

/** The names in the certificate that a host did not match. */
function namesOf(cause: unknown): string[] {
  const certificate = cause instanceof Error && 'cert' in cause ? cause.cert : undefined;
  if (certificate === null || typeof certificate !== 'object' || !('subjectaltname' in certificate))
    return [];
  return [...String(certificate.subjectaltname ?? '').matchAll(/DNS:([^,\s]+)/g)].map(
    ([, name = '']) => name,
  );
}

function codeOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return codeOf(cause.errors[0]);
  if (!(cause instanceof Error)) return '';
  if ('code' in cause && typeof cause.code === 'string') return cause.code;
  return cause.cause === undefined ? '' : codeOf(cause.cause);
}
