import { RemoteError } from '../base/errors.ts';
import { usesSession } from '../sites/credentials.ts';
import type { Site } from '../sites/sites.ts';

/**
 * Why a connection failed, by the code that Node or OpenSSL gives it, and what to try next.
 * `final`: trying again changes nothing.
 */
interface Diagnosis {
  says: (site: Site, detail: string) => string;
  hint?: (site: Site) => string;
  final: boolean;
}

const UNTRUSTED: Diagnosis = {
  says: () => "the server's certificate is not signed by the given ca",
  hint: () => 'Give the root.pem that was exported with the client certificate as ca.',
  final: true,
};
const CERTIFICATE_REFUSED: Diagnosis = {
  says: (_, detail) => `the connection was cut (${detail})`,
  hint: certificateRefused,
  final: false,
};

const DIAGNOSES: Readonly<Record<string, Diagnosis>> = {
  ECONNREFUSED: {
    says: site => `nothing listens at ${new URL(site.url).host}`,
    hint: () =>
      'Are host and port right, is the service running, and does the firewall let this machine through?',
    final: false,
  },
  ENOTFOUND: {
    says: site => `the host name ${new URL(site.url).hostname} is not known`,
    hint: () => 'Is the URL right, and can this machine resolve it?',
    final: true,
  },
  UND_ERR_CONNECT_TIMEOUT: {
    says: site => `no connection to ${new URL(site.url).host} within 10 seconds`,
    hint: () => 'Does a firewall stand between this machine and the site?',
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
  CERT_HAS_EXPIRED: {
    says: () => "the server's certificate, or the ca, has expired",
    hint: () => 'Renew it in the QMC and export the certificates again.',
    final: true,
  },
  CERT_NOT_YET_VALID: {
    says: () => "the server's certificate is not valid yet",
    hint: () => "Is this machine's clock right?",
    final: true,
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    says: (_, detail) => detail,
    // Qlik issues the certificate for the short machine name (docs/qrs.md 2.1).
    hint: () =>
      'Set server-name of the site to a name that the certificate has; the connection stays verified.',
    final: true,
  },
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: {
    says: () => 'the key does not belong to the client certificate',
    hint: () => 'Export client.pem and client_key.pem again, together.',
    final: true,
  },
  ERR_OSSL_BAD_DECRYPT: {
    says: () => 'the passphrase does not open the key',
    final: true,
  },
  ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED: {
    says: () => 'the key is encrypted',
    hint: () => 'Give its passphrase.',
    final: true,
  },
  ECONNRESET: CERTIFICATE_REFUSED,
  EPROTO: CERTIFICATE_REFUSED,
  UND_ERR_SOCKET: CERTIFICATE_REFUSED,
};

/** The error for a call that got no answer, with the next thing to try. */
export function noAnswer(site: Site, attempt: string, cause: unknown): RemoteError {
  const code = codeOf(cause);
  const detail = cause instanceof Error ? cause.message : String(cause);
  const known = DIAGNOSES[code] ?? (code.startsWith('ERR_SSL') ? CERTIFICATE_REFUSED : undefined);
  return new RemoteError({
    site: site.name,
    attempt,
    answer: known ? known.says(site, detail) : [code, detail].filter(Boolean).join(': '),
    hint: known?.hint?.(site),
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
]);

function codeOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return codeOf(cause.errors[0]);
  if (!(cause instanceof Error)) return '';
  if ('code' in cause && typeof cause.code === 'string') return cause.code;
  return cause.cause === undefined ? '' : codeOf(cause.cause);
}
