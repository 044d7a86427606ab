import { createPrivateKey, X509Certificate } from 'node:crypto';

/** The kind of PEM that a credential must be. */
export type Kind = 'certificate' | 'key';

/** PEM as OpenSSL reads it, and what had to be repaired; or what the value is instead. */
export type Pem = { pem: string; mended: string[] } | { wrong: string };

/** PEM from a text or the bytes of a file, also where a secret store or an editor has damaged it. */
export function pemFrom(given: string | Buffer, kind: Kind): Pem {
  if (typeof given === 'string') return fromText(given, kind, []);
  if (isDer(given)) return fromDer(given, kind);
  const { text, mended } = decoded(given);
  const found = fromText(text, kind, mended);
  if ('pem' in found || !isBase64(text)) return found;
  // The file may hold base64, as a variable does.
  const inner = pemFrom(Buffer.from(text, 'base64'), kind);
  return 'pem' in inner
    ? { pem: inner.pem, mended: [...mended, 'it was base64 in a file', ...inner.mended] }
    : inner;
}

export function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(text);
}

/** A DER file begins with a SEQUENCE, 0x30. */
function isDer(bytes: Buffer): boolean {
  return bytes[0] === 0x30 && ((bytes[1] ?? 0) & 0x80) !== 0;
}

/** Windows PowerShell writes UTF-16 when its output is redirected to a file. */
function decoded(bytes: Buffer): { text: string; mended: string[] } {
  const zeros = (from: number) => bytes.length > 8 && bytes[from] === 0 && bytes[from + 2] === 0;
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || zeros(1)) {
    return { text: bytes.toString('utf16le').replace(/^\ufeff/, ''), mended: ['it was UTF-16'] };
  }
  if ((bytes[0] === 0xfe && bytes[1] === 0xff) || zeros(0)) {
    const swapped = Buffer.from(bytes.subarray(0, bytes.length & ~1)).swap16();
    return { text: swapped.toString('utf16le').replace(/^\ufeff/, ''), mended: ['it was UTF-16'] };
  }
  return { text: bytes.toString('utf8').replace(/^\ufeff/, ''), mended: [] };
}

function fromDer(der: Buffer, kind: Kind): Pem {
  try {
    const pem = kind === 'certificate' ? new X509Certificate(der).toString() : keyFromDer(der);
    return { pem, mended: ['it was DER'] };
  } catch {
    return {
      wrong: `it is DER, and not of a ${kind === 'key' ? 'private key that is readable without a passphrase' : kind}. Is it a PFX file? Then give it as pfx`,
    };
  }
}

function keyFromDer(der: Buffer): string {
  for (const type of ['pkcs8', 'pkcs1', 'sec1'] as const) {
    try {
      return createPrivateKey({ key: der, format: 'der', type })
        .export({ type: 'pkcs8', format: 'pem' })
        .toString();
    } catch {
      // A PEM block of another type.
    }
  }
  throw new Error('not a key');
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g;
/** The headers of a key in the old encrypted format (RFC 1421). */
const HEADERS = /Proc-Type:\s*(4,\s*ENCRYPTED)\s+DEK-Info:\s*([A-Z0-9-]+,\s*[0-9A-Fa-f]+)/;

function fromText(given: string, kind: Kind, mended: string[]): Pem {
  // Valid PEM contains neither backslashes nor quotes.
  const text = given
    .replaceAll('\\r', '')
    .replaceAll('\\n', '\n')
    .replace(/^\s*(["'])([\s\S]*)\1\s*$/, '$2')
    .replaceAll('\u00a0', ' ');
  const blocks = [...text.matchAll(BLOCK)];
  if (blocks.length === 0) return { wrong: insteadOfPem(text) };
  const labels = blocks.map(([, label = '']) => label);
  const fitting = labels.some(label => label.endsWith(kind === 'key' ? 'PRIVATE KEY' : 'CERTIFICATE'));
  if (!fitting) return { wrong: insteadOf(labels, kind) };
  const parts: string[] = [];
  for (const [, label = '', body = ''] of blocks) {
    const part = rewrapped(label, body);
    if (part === undefined) return { wrong: damaged(body) };
    parts.push(part);
  }
  const what = whatWasMended(
    given,
    blocks.map(([, , body = '']) => body),
  );
  return { pem: parts.join(''), mended: [...mended, ...what] };
}

/** The block as OpenSSL reads it, or undefined where a part of it is missing. */
function rewrapped(label: string, body: string): string | undefined {
  const headers = HEADERS.exec(body);
  const base64 = body.replace(HEADERS, '').replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.length % 4 !== 0) return undefined;
  const lines = (base64.match(/.{1,64}/g) ?? []).join('\n');
  const [, type = '', info = ''] = headers ?? [];
  const above = headers ? `Proc-Type: ${unblanked(type)}\nDEK-Info: ${unblanked(info)}\n\n` : '';
  return `-----BEGIN ${label}-----\n${above}${lines}\n-----END ${label}-----\n`;
}

const unblanked = (text: string) => text.replace(/\s+/g, '');

/** OpenSSL also reads other forms of PEM, such as Windows' line breaks: these need no notice. */
function whatWasMended(given: string, bodies: readonly string[]): string[] {
  if (/\\n/.test(given)) return ['its line breaks were spelt out as \\n'];
  if (bodies.some(body => !body.includes('\n'))) return ['its line breaks were lost'];
  if (bodies.some(body => /[^\S\r\n]+\S/.test(body.replace(HEADERS, '')))) return ['it had spaces'];
  return /^\s*["']/.test(given) ? ['it was in quotes'] : [];
}

function damaged(body: string): string {
  const lost = body.trim().includes('\n') ? '' : 'its line breaks are lost, and ';
  const strange = /[^A-Za-z0-9+/=\s]/.test(body);
  return `${lost}${strange ? 'it has characters that are not base64' : 'a part of it is missing'}: give the file again`;
}

function insteadOf(labels: readonly string[], kind: Kind): string {
  const other = kind === 'key' ? 'certificate' : 'key';
  const found = [...new Set(labels)].join(' and ');
  const wanted = kind === 'key' ? 'PRIVATE KEY' : 'CERTIFICATE';
  const exchanged = labels.some(label => label.endsWith(kind === 'key' ? 'CERTIFICATE' : 'PRIVATE KEY'));
  return `it holds a ${found} and no ${wanted}${exchanged ? `. Are ${kind} and ${other} exchanged?` : ''}`;
}

function insteadOfPem(text: string): string {
  if (text.trim() === '') return 'it is empty';
  if (/-----BEGIN [A-Z0-9 ]+-----/.test(text)) return 'it has no line -----END …-----: its end is missing';
  if (/-----END /.test(text)) return 'it has no line -----BEGIN …-----: its beginning is missing';
  if (/BEGIN [A-Z ]+/.test(text)) return 'the dashes of -----BEGIN …----- are not all there';
  return 'it holds no PEM text (it should have a line -----BEGIN …-----)';
}
