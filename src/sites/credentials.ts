import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { InputError } from '../base/errors.ts';
import { readLimited } from '../base/read-text.ts';
import { isBase64, type Kind, type Pem, pemFrom } from './pem.ts';

/** How to sign in to a site. */
export type Credentials =
  | { kind: 'certificate'; certificate: string; key: string; passphrase?: string | undefined }
  | { kind: 'pfx'; pfx: Buffer; passphrase?: string | undefined }
  | { kind: 'jwt'; jwt: string }
  /** `domain` is empty for a user written user@domain. */
  | { kind: 'ntlm'; domain: string; user: string; password: string }
  | { kind: 'header'; name: string; value: string };

/** Whether calls go through a virtual proxy with a session, not with a certificate. */
export function usesSession({ kind }: Credentials): boolean {
  return kind === 'jwt' || kind === 'ntlm' || kind === 'header';
}

/** A problem with the value of a key; the sentence begins with the key's name. Never quotes a value. */
export interface Fault {
  key: string;
  text: string;
}

/**
 * PEM text from a credential value: the text itself, its base64, or a path to it. `what` names the value in errors,
 * which never show it. `notice` is called with what had to be repaired.
 */
export function readPem(
  value: string,
  what: string,
  kind: Kind = 'certificate',
  notice: (sentence: string) => void = () => {},
): string {
  const found = pemIn(value, what, kind);
  if ('wrong' in found)
    throw new InputError(`${what}: ${found.wrong}${found.wrong.endsWith('?') ? '' : '.'}`);
  if (found.mended.length > 0) {
    notice(`${what}: ${found.mended.join(', and ')}; it was mended. Store the file as it was exported.`);
  }
  return found.pem;
}

function pemIn(value: string, what: string, kind: Kind): Pem {
  const text = pemFrom(value, kind);
  if ('pem' in text || value.includes('-----')) return text;
  const bytes = Buffer.from(value, 'base64');
  if (isBase64(value) && bytes.length > 60) {
    const inner = pemFrom(bytes, kind);
    if ('pem' in inner || value.length > 1024) return inner;
  }
  return pemFrom(readCredentialFile(value, what, 'neither PEM text nor base64 of it'), kind);
}

/** A PFX (PKCS#12) container from base64 or a path. A DER file begins with a SEQUENCE, 0x30. */
export function readPfx(value: string, what: string): Buffer {
  const decoded = Buffer.from(value, 'base64');
  const isBase64 = /^[A-Za-z0-9+/=\s]+$/.test(value) && decoded[0] === 0x30;
  return isBase64 ? decoded : readCredentialFile(value, what, 'not base64 of a PFX file');
}

/** Problems with a site's certificates that no site would accept. */
export function credentialFaults(credentials: Credentials, ca: string | undefined): Fault[] {
  const faults: Fault[] = [];
  const attempt = (work: () => unknown, key: string) => {
    try {
      work();
    } catch (error) {
      const text = explain(error, key, credentials);
      faults.push({ key: text.split(':', 1)[0] ?? key, text });
    }
  };
  if (ca !== undefined) attempt(() => certificatesIn(ca).map(pem => new X509Certificate(pem)), 'ca');
  if (credentials.kind === 'pfx') {
    const { pfx, passphrase } = credentials;
    attempt(() => createSecureContext({ pfx, ...(passphrase ? { passphrase } : {}) }), 'pfx');
  }
  if (credentials.kind === 'certificate') {
    const { certificate, key, passphrase } = credentials;
    attempt(() => new X509Certificate(certificate), 'certificate');
    const pair = { cert: certificate, key, ...(passphrase ? { passphrase } : {}) };
    if (faults.length === 0) attempt(() => createSecureContext(pair), 'key');
  }
  return faults;
}

const ENCRYPTED = /^-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m;
/** What a wrong passphrase makes of a key has a wrong ending, or, one time in 250, a right one and no sense. */
const GARBLED: readonly string[] = ['ERR_OSSL_BAD_DECRYPT', 'ERR_OSSL_UNSUPPORTED'];
const LOCKED = 'key: it is encrypted; give its passphrase.';
const EXPLAINED: Readonly<Record<string, string>> = {
  ERR_OSSL_X509_KEY_VALUES_MISMATCH:
    'key: it does not belong to the certificate. Export client.pem and client_key.pem again, together.',
  ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED: LOCKED,
  ERR_CRYPTO_UNSUPPORTED_OPERATION:
    'pfx: it is encrypted in an old way (RC2) that is not read any more. Export PEM files from the QMC instead, ' +
    'or convert it with openssl pkcs12 -legacy.',
  ERR_OSSL_PKCS12_MAC_VERIFY_FAILURE: 'passphrase: it does not open the pfx, or is missing.',
};
/** Old ciphers that OpenSSL 3 does not read without its legacy provider: RC2, DES. */
const OLD_CIPHER =
  'key: it is encrypted in an old way (DES or RC2) that is not read any more. Convert it with ' +
  'openssl pkcs8 -topk8 -v2 aes-256-cbc -provider legacy -provider default.';
const WEAK = {
  key: "its key is too short for today's TLS (1024 bits?): make a new certificate, with 2048 bits or more.",
  digest: "it is signed in a way that is too weak for today's TLS (SHA-1 or MD5?): make a new certificate.",
} as const;
const TOO_WEAK: Readonly<Record<string, string>> = {
  ERR_SSL_EE_KEY_TOO_SMALL: WEAK.key,
  ERR_SSL_CA_KEY_TOO_SMALL: WEAK.key,
  ERR_SSL_CA_MD_TOO_WEAK: WEAK.digest,
  ERR_SSL_MD_TOO_WEAK: WEAK.digest,
};
const EXPECTED: Readonly<Record<string, string>> = {
  ca: 'it is not a certificate. Give the root.pem that was exported with the client certificate',
  certificate: 'it is not a certificate. Give the client.pem that was exported from the QMC',
  key: 'it is not a private key. Give the client_key.pem that was exported with the certificate',
  pfx: 'it is not a PFX file that can be opened',
};

function explainKey(code: string, { key, passphrase }: { key: string; passphrase?: string | undefined }) {
  if (ENCRYPTED.test(key)) {
    // Node reads such a key with an empty passphrase, and gives the same error as for a wrong one.
    if (!passphrase) return LOCKED;
    if (GARBLED.includes(code)) return 'passphrase: it does not open the key.';
  }
  return code === 'ERR_OSSL_EVP_UNSUPPORTED' ? OLD_CIPHER : undefined;
}

function explain(error: unknown, what: string, credentials: Credentials): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const ofKey =
    what === 'key' && credentials.kind === 'certificate' ? explainKey(code, credentials) : undefined;
  if (ofKey) return ofKey;
  const weak = TOO_WEAK[code];
  if (weak) return `${what === 'key' ? 'certificate' : what}: ${weak}`;
  const wrongPassphrase = error instanceof Error && error.message === 'mac verify failure';
  const reason = code === '' ? '' : ` (${code})`;
  return (
    EXPLAINED[wrongPassphrase ? 'ERR_OSSL_PKCS12_MAC_VERIFY_FAILURE' : code] ??
    `${what}: ${EXPECTED[what]}${reason}.`
  );
}

/** The certificates in a text. A text without any is returned whole, and fails as a certificate later. */
export function certificatesIn(pem: string): string[] {
  return (
    pem.match(/-----BEGIN [A-Z0-9 ]*CERTIFICATE-----[\s\S]*?-----END [A-Z0-9 ]*CERTIFICATE-----/g) ?? [pem]
  );
}

function readCredentialFile(path: string, what: string, isnt: string): Buffer {
  if (path.trim() === '') throw new InputError(`${what}: the value is empty.`);
  // A long value, or one of several lines, is a broken secret and not a path: an error must not quote it.
  if (path.length > 1024 || path.includes('\n')) throw new InputError(`${what}: the value is ${isnt}.`);
  try {
    return readLimited(path);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    const why = code === 'ENOENT' ? `there is no such file, looked for in ${process.cwd()}` : code;
    throw new InputError(`${what}: the value is ${isnt}, and as a path it cannot be read (${why}).`);
  }
}
