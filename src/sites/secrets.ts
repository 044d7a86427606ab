import { type Redact, redacting } from '../net/redact.ts';
import type { Credentials } from './credentials.ts';

/** Called with each credential's text as soon as it is known, before anything could print it. */
export type Secret = (value: string) => void;

/** Keys whose values are secrets, anywhere in `sites`. */
const SECRET_KEYS = new Set(['key', 'passphrase', 'pfx', 'jwt', 'password']);

/**
 * Registers the secrets in a mapping of sites, also where the mapping has mistakes.
 */
export function registerSecrets(value: unknown, secret: Secret): void {
  if (value === null || typeof value !== 'object') return;
  for (const [key, item] of Object.entries(value)) {
    if (typeof item !== 'string') registerSecrets(item, secret);
    else if (SECRET_KEYS.has(key) && !looksLikePath(key, item)) register(item, secret);
    else if (key === 'value' && !isUserName(item)) register(item, secret);
    else if (key === 'proxy') registerPassword(item, secret);
  }
}

/** Registers the secrets that were read from files. */
export function registerCredentials(credentials: Credentials, secret: Secret): void {
  if (credentials.kind === 'certificate') register(credentials.key, secret);
  if (credentials.kind === 'pfx') secret(credentials.pfx.toString('base64'));
}

/** The password of a forward proxy. */
export function registerPassword(url: string, secret: Secret): void {
  const password = URL.canParse(url) ? new URL(url).password : '';
  register(password, secret);
  register(percentDecoded(password) ?? '', secret);
}

/** Undefined where a `%` has no two hex digits after it. */
export function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** A site's words without the credentials of the request: some servers quote them in their errors. */
export function withoutSecrets(credentials: Credentials, text: string): string {
  return redactionOf(credentials)(text);
}

/** Removes the credentials that a site was sent from its words. */
export function redactionOf(credentials: Credentials): Redact {
  const redact = redacting();
  const sent = secretSent(credentials);
  // A short value is a user's name, or would match inside words.
  if (sent !== undefined && sent.length >= 8) redact.add(sent);
  return redact;
}

function secretSent(credentials: Credentials): string | undefined {
  if (credentials.kind === 'jwt') return credentials.jwt;
  if (credentials.kind === 'ntlm') return credentials.password;
  return credentials.kind === 'header' ? credentials.value : undefined;
}

/** A shorter mask would match inside words and hide half of the log. Characters. */
const SHORTEST = 6;

/**
 * Leaves out values that are too short, or words of any workflow: the runner would mask them everywhere, and drop the
 * outputs that contain them.
 */
function register(text: string, secret: Secret): void {
  const value = text.trim();
  if (value.length < SHORTEST || /^(true|false|null)$/i.test(value)) return;
  secret(text);
}

// A short value is most likely a path; as a mask it would hide half of the log.
function looksLikePath(key: string, value: string): boolean {
  return (key === 'key' || key === 'pfx') && value.length < 200 && !value.includes('-----BEGIN');
}

/**
 * A header that signs in most often holds a user's name, whether it came from a variable or not. As a mask that name
 * would be hidden wherever the run mentions it. A longer value, or one with other characters, counts as a secret.
 */
function isUserName(value: string): boolean {
  return value.length < 20 && /^[A-Za-z0-9._\\-]+$/.test(value);
}
