import { readFileSync } from 'node:fs';
import { InputError } from '../base/errors.ts';

/** How a site is signed in to. */
export type Credentials =
  | { kind: 'certificate'; certificate: string; key: string; passphrase?: string | undefined }
  | { kind: 'pfx'; pfx: Buffer; passphrase?: string | undefined }
  | { kind: 'jwt'; jwt: string };

/**
 * PEM text from a credential value: the text itself, base64 of it, or a path to it. `what` names the value in
 * errors, which never show it.
 */
export function readPem(value: string, what: string): string {
  if (isPem(value)) return value;
  const decoded = Buffer.from(value, 'base64').toString('utf8');
  if (isPem(decoded)) return decoded;
  const text = readCredentialFile(value, what, 'neither PEM text nor base64 of it');
  if (isPem(text.toString('utf8'))) return text.toString('utf8');
  throw new InputError(`${what}: the file holds no PEM text (it should have a line -----BEGIN …-----).`);
}

/** A PFX (PKCS#12) container from base64 or a path. A DER file begins with a SEQUENCE, 0x30. */
export function readPfx(value: string, what: string): Buffer {
  const decoded = Buffer.from(value, 'base64');
  const isBase64 = /^[A-Za-z0-9+/=\s]+$/.test(value) && decoded[0] === 0x30;
  return isBase64 ? decoded : readCredentialFile(value, what, 'not base64 of a PFX file');
}

function isPem(text: string): boolean {
  return text.includes('-----BEGIN ');
}

function readCredentialFile(path: string, what: string, isnt: string): Buffer {
  // A long or many-line value is a broken secret rather than a path: quoting it in an error would leak it.
  if (path.length > 1024 || path.includes('\n')) throw new InputError(`${what}: the value is ${isnt}.`);
  try {
    return readFileSync(path);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    throw new InputError(`${what}: the value is ${isnt}, and as a path it cannot be read (${code}).`);
  }
}
