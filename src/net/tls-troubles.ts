import type { Meaning } from './trouble.ts';

const UNTRUSTED: Meaning = {
  trouble: 'untrusted',
  says: ({ ca }) =>
    ca
      ? "the server's certificate is not signed by the given ca"
      : "the server's certificate is not signed by an authority that this machine knows",
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
/** With TLS 1.3 this alert arrives after the request was sent; the server has surely not read the request. */
const CERTIFICATE_REFUSED: Meaning = {
  trouble: 'certificate refused',
  says: (_, { detail }) =>
    `the client certificate was refused (${alertIn(detail)?.name ?? 'no reason given'})`,
  final: true,
  unsent: true,
};
export const NOT_TLS: Meaning = {
  trouble: 'not TLS',
  says: ({ host }) => `what answers at ${host} does not speak TLS`,
  hint: () => 'Is the port right, or does a proxy on the way answer in its place?',
  final: true,
  unsent: true,
};
export const WEAK: Meaning = {
  trouble: 'weak certificate',
  says: (_, { detail, code }) => `the server's certificate is too weak for today's TLS (${detail || code})`,
  hint: () =>
    'It needs a key of 2048 bits or more and a signature with SHA-256 or better, and so does its authority.',
  final: true,
  unsent: true,
};
export const CUT: Meaning = {
  trouble: 'cut',
  says: (_, { code, detail }) => `the connection was cut (${detail || code})`,
};

/** The server's TLS alerts (RFC 8446 6.2) by number: Node's names for them differ between versions. */
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

export function alertIn(detail: string) {
  return ALERTS[Number(/SSL alert number (\d+)/.exec(detail)?.[1])];
}

/** Failures of TLS and certificates, by the error code of Node or OpenSSL. */
export const TLS_MEANINGS: Readonly<Record<string, Meaning>> = {
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
    // Node's own message quotes the expected name, which may come from a secret.
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
};
