import { InputError } from '../base/errors.ts';
import { type Credentials, type Fault, readPem, readPfx } from './credentials.ts';
import { claimsOf } from './expiry.ts';
import type { SiteText } from './shape.ts';

const WAYS = 'Give certificate and key, or pfx, or jwt, or ntlm, or header.';

/** How to sign in to a site, by its one kind of credentials; or the problems with them. */
export function wayIn(text: SiteText, notice: (sentence: string) => void): Credentials | { faults: Fault[] } {
  const { certificate, key, pfx, jwt, ntlm, header, passphrase } = text;
  const given = [certificate ?? key, pfx, jwt, ntlm, header].filter(value => value !== undefined);
  if (given.length === 0) return fault('', `no credentials. ${WAYS}`);
  if (given.length > 1) return fault('', `several kinds of credentials. ${WAYS}`);
  if (jwt !== undefined) return token(jwt.trim());
  if (pfx !== undefined) {
    const read = readOrFaults('pfx', () => readPfx(pfx, 'pfx'));
    return 'faults' in read ? read : { kind: 'pfx', pfx: read.value, passphrase };
  }
  if (ntlm !== undefined) return account(ntlm);
  if (header !== undefined) return { kind: 'header', ...header };
  return pair({ certificate, key, passphrase }, notice);
}

/** The content of a credential's file or text. */
export function readOrFaults<T>(key: string, read: () => T): { value: T } | { faults: Fault[] } {
  try {
    return { value: read() };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { faults: error.sentences.map(text => ({ key, text })) };
  }
}

function pair(
  { certificate, key, passphrase }: Pick<SiteText, 'certificate' | 'key' | 'passphrase'>,
  notice: (sentence: string) => void,
): Credentials | { faults: Fault[] } {
  const missing = certificate === undefined ? 'certificate' : 'key';
  if (certificate === undefined || key === undefined) {
    return fault('', `${missing} is missing; certificate and key go together.`);
  }
  const one = readOrFaults('certificate', () => readPem(certificate, 'certificate', 'certificate', notice));
  const other = readOrFaults('key', () => readPem(key, 'key', 'key', notice));
  if ('faults' in one || 'faults' in other) {
    return { faults: [one, other].flatMap(read => ('faults' in read ? read.faults : [])) };
  }
  return { kind: 'certificate', certificate: one.value, key: other.value, passphrase };
}

function token(jwt: string): Credentials | { faults: Fault[] } {
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(jwt)) {
    return fault('jwt', 'jwt: the value is not a JSON Web Token (three parts joined by dots).');
  }
  if (!claimsOf(jwt)) {
    return fault('jwt', 'jwt: the value is not a JSON Web Token (its middle part cannot be read).');
  }
  return { kind: 'jwt', jwt };
}

function account({ user, password }: { user: string; password: string }): Credentials {
  const [domain = '', name] = user.split('\\');
  return name === undefined
    ? { kind: 'ntlm', domain: '', user, password }
    : { kind: 'ntlm', domain, user: name, password };
}

function fault(key: string, text: string): { faults: Fault[] } {
  return { faults: [{ key, text }] };
}
