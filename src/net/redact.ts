/** Takes what is secret out of a text. */
export interface Redact {
  (text: string): string;
  /** From now on this is a secret as well, in all the forms in which it may be shown. */
  add(secret: string): void;
  /** The same for bytes as they pass, such as those of a log. */
  stream(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>;
}

/** Tokens of GitHub and signed JWTs, by their looks: a proxy may show a request that it refused. */
const LOOKS = /\b(?:gh[a-z]_|github_pat_)\w{10,}|\beyJ[\w-]{12,}(?:\.[\w-]*)*|\beyJ[\w-]+\.[\w-]+\.[\w-]+/g;
/** A shorter text is in too many words. */
const SHORTEST = 6;
/** So many letters in a row are known for a piece of a secret. */
const PIECE = 12;
/** A stream is looked through in parts of this size; what may belong together across them is held back. */
const PART = 64 * 1024;

export function redacting(): Redact {
  const pieces: Pieces = { byLength: new Map(), starts: new Uint8Array(STARTS) };
  const add = (secret: string) => {
    for (const form of formsOf(secret)) {
      const length = pieceOf(form);
      const known = pieces.byLength.get(length) ?? new Set();
      pieces.byLength.set(length, known);
      for (let at = 0; at + length <= form.length; at += 1) {
        known.add(form.slice(at, at + length));
        pieces.starts[startAt(form, at)] = 1;
      }
    }
  };
  const redact = (text: string) => withoutPieces(text, pieces).replace(LOOKS, '***');
  return Object.assign(redact, {
    add,
    stream: (bytes: AsyncIterable<Uint8Array>) => redactedStream(bytes, redact),
  });
}

/** A word that is the beginning of a short password is no secret: of a short one nearly all has to be there. */
function pieceOf(form: string): number {
  return Math.max(SHORTEST, Math.min(form.length - 4, PIECE));
}

interface Pieces {
  /** By length: every piece, of the shortest length that gives a secret away, of each form of each secret. */
  byLength: Map<number, Set<string>>;
  /**
   * Whether any piece may begin with the letters of this number (`startAt`). A report has tens of millions of
   * letters, and at nearly all of them one look here is enough.
   */
  starts: Uint8Array;
}

const STARTS = 2 ** 20;

/** A number for the six letters that begin there; every piece has as many. */
function startAt(text: string, at: number): number {
  let number = 0;
  for (let next = at; next < at + SHORTEST; next += 1) {
    number = (Math.imul(number, 31) + text.charCodeAt(next)) | 0;
  }
  return (number ^ (number >>> 15)) & (STARTS - 1);
}

/** Whatever a text has of a secret, cut at either end or not, becomes three stars. */
function withoutPieces(text: string, { byLength, starts }: Pieces): string {
  const secret: [from: number, to: number][] = [];
  for (let at = 0; at + SHORTEST <= text.length; at += 1) {
    if (starts[startAt(text, at)] === 0) continue;
    for (const [length, known] of byLength) {
      if (known.has(text.slice(at, at + length))) secret.push([at, at + length]);
    }
  }
  if (secret.length === 0) return text;
  let clean = '';
  let end = 0;
  for (const [from, to] of secret) {
    if (from > end || (from === 0 && end === 0)) clean += `${text.slice(end, from)}***`;
    end = Math.max(end, to);
  }
  return clean + text.slice(end);
}

/** In base64 with something before it, such as a user and a colon: without the letters that this has a part in. */
function behind(secret: string): string[] {
  return [1, 2].map(before =>
    Buffer.from(`${' '.repeat(before)}${secret}`)
      .toString('base64')
      .slice(4)
      .replace(/.={1,2}$/, ''),
  );
}

/** As it is, each line of it, and as base64, JSON, and parts of addresses have it. */
export function formsOf(secret: string): string[] {
  const trimmed = secret.trim();
  const lines = trimmed.split(/\r?\n/).map(line => line.trim());
  // The first and the last line of PEM are in every such text.
  const own = lines.filter(line => !line.startsWith('-----'));
  const body = own.join('\n');
  const forms = [
    ...[secret, trimmed, `${trimmed}\n`].map(text => Buffer.from(text).toString('base64')),
    ...behind(trimmed),
    JSON.stringify(body).slice(1, -1),
    encodeURIComponent(body.toWellFormed()),
    body,
    own.join(''),
    ...own,
    ...own.map(line => encodeURIComponent(line.toWellFormed())),
    // As a stream of bytes is looked through.
    Buffer.from(body).toString('latin1'),
  ];
  return [...new Set(forms)].filter(form => form.length >= SHORTEST);
}

/** Latin-1 has a letter for each byte, so that nothing else in a file changes, whatever its encoding. */
async function* redactedStream(bytes: AsyncIterable<Uint8Array>, redact: (text: string) => string) {
  let rest = '';
  for await (const piece of bytes) {
    rest += Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString('latin1');
    if (rest.length < PART) continue;
    // A line belongs together, unless it is a very long one.
    const end = rest.lastIndexOf('\n') + 1 || rest.length - 4096;
    yield Buffer.from(redact(rest.slice(0, end)), 'latin1');
    rest = rest.slice(end);
  }
  if (rest !== '') yield Buffer.from(redact(rest), 'latin1');
}
