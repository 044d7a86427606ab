import { type Redact, redacting } from '../net/redact.ts';
import type { Credentials } from './credentials.ts';

/** Told each credential's text, in one form, as soon as it is known, before anything could print it. */
export type Secret = (value: string) => void;

/** Keys of `sites` whose values are secrets, wherever they stand in it. */
const SECRET_KEYS = new Set(['key', 'passphrase', 'pfx', 'jwt', 'password']);

/**
 * Registers what a mapping of sites holds of secrets, whatever else is wrong with it.
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

/** Registers what was read out of files. */
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

/** Undefined where a `%` stands that begins no letter. */
export function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** What a site said, without the credentials that it was sent: some servers show them in their errors. */
export function withoutSecrets(credentials: Credentials, text: string): string {
  return redactionOf(credentials)(text);
}

/** Takes the credentials that a site was sent out of what it says. */
export function redactionOf(credentials: Credentials): Redact {
  const redact = redacting();
  const sent = secretSent(credentials);
  // A short one is a user's name, or would be found in the middle of words.
  if (sent !== undefined && sent.length >= 8) redact.add(sent);
  return redact;
}

function secretSent(credentials: Credentials): string | undefined {
  if (credentials.kind === 'jwt') return credentials.jwt;
  if (credentials.kind === 'ntlm') return credentials.password;
  return credentials.kind === 'header' ? credentials.value : undefined;
}

/** A shorter text is in too many words: it would black out half the log. */
const SHORTEST = 6;

/**
 * What is too short, or a word of any workflow, is left out: the runner would black it out everywhere and drop the
 * outputs that hold it.
 */
function register(text: string, secret: Secret): void {
  const value = text.trim();
  if (value.length < SHORTEST || /^(true|false|null)$/i.test(value)) return;
  secret(text);
}

// A short value is most likely a path; as a mask it would black out half the log.
function looksLikePath(key: string, value: string): boolean {
  return (key === 'key' || key === 'pfx') && value.length < 200 && !value.includes('-----BEGIN');
}

/**
 * What a header signs in with is most often the name of a user, whether it came from a variable or not. As a mask it
 * would black out that word wherever the run says it; a longer value, or one with other signs, is taken for a secret.
 */
function isUserName(value: string): boolean {
  return value.length < 20 && /^[A-Za-z0-9._\\-]+$/.test(value);
}
