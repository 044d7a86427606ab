import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { isMapping, jsonIn } from '../base/json.ts';
import { type Credentials, certificatesIn, type Fault } from './credentials.ts';

const DAY = 86_400_000;
/** The latest time that a Date can hold, ms. */
const LAST = 8.64e15;
/** Warn this long before a certificate ends: people renew certificates by hand, and often other people. */
const CERTIFICATE_WARNING = 30 * DAY;
/** Warn this long before a token ends: tokens are often short-lived, and quick to renew. */
const TOKEN_WARNING = 7 * DAY;

/** The time in which something is valid, ms since the epoch. */
interface Life {
  from: number;
  until: number;
}

export interface Dated {
  faults: Fault[];
  /** A warning's words after the site's name. */
  warnings: string[];
}

/** Those of a site's credentials that have expired, are not yet valid, or are about to expire. */
export function checkDates(credentials: Credentials, ca: string | undefined, now: number): Dated {
  const dated: Dated = { faults: [], warnings: [] };
  const check = (key: string, life: Life | undefined, { noun, cure, warning }: DatedKind) => {
    if (!life) return;
    if (life.until <= now) {
      dated.faults.push({ key, text: `${key}: ${noun} expired on ${day(life.until)}. ${cure}` });
    } else if (life.from > now) {
      const text = `${key}: ${noun} is not valid before ${day(life.from)}. Is this machine's clock right?`;
      dated.faults.push({ key, text });
    } else if (life.until - now < warning) {
      const left = Math.floor((life.until - now) / DAY);
      const when = left === 0 ? 'within a day' : `in ${left} day${left === 1 ? '' : 's'}`;
      dated.warnings.push(`${key}: ${noun} expires on ${day(life.until)}, ${when}. ${cure}`);
    }
  };
  if (credentials.kind === 'certificate') check('certificate', lifeOf(credentials.certificate), CLIENT);
  if (credentials.kind === 'pfx') check('pfx', lifeOfPfx(credentials), CLIENT);
  if (credentials.kind === 'jwt') check('jwt', lifeOfToken(credentials.jwt), TOKEN);
  if (ca !== undefined) check('ca', lifeOfAuthorities(ca), AUTHORITY);
  return dated;
}

interface DatedKind {
  noun: string;
  cure: string;
  warning: number;
}

const CLIENT: DatedKind = {
  noun: 'the client certificate',
  cure: 'Export a new one, with its key, from the QMC of the site.',
  warning: CERTIFICATE_WARNING,
};
const AUTHORITY: DatedKind = {
  noun: "the site's certificate authority",
  cure: "Renew the site's certificates and export them again.",
  warning: CERTIFICATE_WARNING,
};
const TOKEN: DatedKind = { noun: 'the token', cure: 'Make a new one.', warning: TOKEN_WARNING };

function lifeOf(certificate: string | Buffer): Life {
  const { validFromDate, validToDate } = new X509Certificate(certificate);
  return { from: validFromDate.getTime(), until: validToDate.getTime() };
}

/** Of several authorities, such as an old and a new one, the last to expire: one valid authority is enough. */
function lifeOfAuthorities(ca: string): Life | undefined {
  return certificatesIn(ca)
    .map(lifeOf)
    .sort((one, other) => other.until - one.until)[0];
}

function lifeOfPfx({ pfx, passphrase }: { pfx: Buffer; passphrase?: string | undefined }): Life | undefined {
  // Node has no other way to read a container's certificate.
  const context: { getCertificate?: () => unknown } = createSecureContext({
    pfx,
    ...(passphrase ? { passphrase } : {}),
  }).context;
  const certificate = context.getCertificate?.();
  return Buffer.isBuffer(certificate) ? lifeOf(certificate) : undefined;
}

function lifeOfToken(jwt: string): Life {
  const { nbf, exp } = claimsOf(jwt) ?? {};
  const at = (seconds: unknown, otherwise: number) =>
    typeof seconds === 'number' && Math.abs(seconds) < LAST / 1000 ? seconds * 1000 : otherwise;
  return { from: at(nbf, Number.NEGATIVE_INFINITY), until: at(exp, Number.POSITIVE_INFINITY) };
}

/** The validity that a token claims; undefined where it cannot be read. The signature is not checked. */
export function claimsOf(jwt: string): Readonly<Record<string, unknown>> | undefined {
  const claims = jsonIn(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'));
  return isMapping(claims) ? claims : undefined;
}

function day(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
