/** Removes secrets from a text. */
export interface Redact {
  (text: string): string;
  /** Adds a secret; from now on it is removed in all forms in which it may appear. */
  add(secret: string): void;
  /** The same for a stream of bytes, such as a log. */
  stream(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>;
}

/** GitHub tokens and signed JWTs are found by their form: a proxy may quote a request that it refused. */
const LOOKS = /\b(?:gh[a-z]_|github_pat_)\w{10,}|\beyJ[\w-]{12,}(?:\.[\w-]*)*|\beyJ[\w-]+\.[\w-]+\.[\w-]+/g;
/** A shorter secret would match inside ordinary words. Characters. */
const SHORTEST = 6;
/** So many matching characters in a row count as a piece of a secret. */
const PIECE = 12;
/**
 * A stream is searched in parts of this size, bytes; the end of a part waits for the next one where both may hold a
 * piece.
 */
const PART = 64 * 1024;

export function redacting(): Redact {
  // A run knows its secrets before its first request. A key has thousands of pieces: the first text can wait for them.
  const waiting = new Set<string>();
  let pieces: Pieces | undefined;
  const redact = (text: string) => {
    if (waiting.size > 0) {
      pieces ??= { byLength: new Map(), starts: new Uint8Array(STARTS) };
      for (const secret of waiting) addPieces(pieces, secret);
      waiting.clear();
    }
    return (pieces ? withoutPieces(text, pieces) : text).replace(LOOKS, '***');
  };
  return Object.assign(redact, {
    add: (secret: string) => void waiting.add(secret),
    stream: (bytes: AsyncIterable<Uint8Array>) => redactedStream(bytes, redact),
  });
}

function addPieces({ byLength, starts }: Pieces, secret: string): void {
  for (const form of formsOf(secret)) {
    const length = pieceOf(form);
    const known = byLength.get(length) ?? new Set();
    byLength.set(length, known);
    for (let at = 0; at + length <= form.length; at += 1) {
      known.add(form.slice(at, at + length));
      starts[startAt(form, at)] = 1;
    }
  }
}

/** A word may happen to begin like a short password, so nearly all of a short secret must match. */
function pieceOf(form: string): number {
  return Math.max(SHORTEST, Math.min(form.length - 4, PIECE));
}

interface Pieces {
  /** By length: every piece of each form of each secret. A piece has the shortest length that gives the secret away. */
  byLength: Map<number, Set<string>>;
  /**
   * Whether any piece may begin with the characters of this number (`startAt`). A report has tens of millions of
   * characters, and for nearly all of them this one lookup is enough.
   */
  starts: Uint8Array;
}

const STARTS = 2 ** 20;

/** A hash of six characters from a position on; every piece has at least six. */
function startAt(text: string, at: number): number {
  let hash = 0;
  for (let next = at; next < at + SHORTEST; next += 1) hash = withNext(hash, text.charCodeAt(next));
  return slotOf(hash);
}

const BASE = 31;
/** What a character counts once five more have followed it. */
const FIRST = BASE ** (SHORTEST - 1);

function withNext(hash: number, character: number): number {
  return (Math.imul(hash, BASE) + character) | 0;
}

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 15)) & (STARTS - 1);
}

/** Replaces each secret, also one that is cut at either end, by three stars. */
function withoutPieces(text: string, pieces: Pieces): string {
  const secret = piecesIn(text, pieces);
  if (secret.length === 0) return text;
  let clean = '';
  let end = 0;
  for (const [from, to] of secret) {
    if (from > end || (from === 0 && end === 0)) clean += `${text.slice(end, from)}***`;
    end = Math.max(end, to);
  }
  return clean + text.slice(end);
}

/** Where pieces of secrets are, in the order in which they begin. */
function piecesIn(text: string, { byLength, starts }: Pieces): [from: number, to: number][] {
  const found: [from: number, to: number][] = [];
  let hash = 0;
  for (let next = 0; next < text.length; next += 1) {
    hash = withNext(hash, text.charCodeAt(next));
    const at = next - SHORTEST + 1;
    if (at < 0) continue;
    const slot = slotOf(hash);
    // The first of the six makes room for the next character.
    hash = (hash - Math.imul(FIRST, text.charCodeAt(at))) | 0;
    if (starts[slot] === 0) continue;
    for (const [length, known] of byLength) {
      if (known.has(text.slice(at, at + length))) found.push([at, at + length]);
    }
  }
  return found;
}

/** The base64 of a secret after other bytes, such as a user and a colon, without the characters that mix both. */
function behind(secret: string): string[] {
  return [1, 2].map(before =>
    Buffer.from(`${' '.repeat(before)}${secret}`)
      .toString('base64')
      .slice(4)
      .replace(/.={1,2}$/, ''),
  );
}

/** The forms of a secret: itself, each of its lines, and as base64, in JSON and in URLs. */
export function formsOf(secret: string): string[] {
  const trimmed = secret.trim();
  const lines = trimmed.split(/\r?\n/).map(line => line.trim());
  // The first and the last line of PEM are the same in all PEM texts.
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
    // As Latin-1, in which streams are searched.
    Buffer.from(body).toString('latin1'),
  ];
  return [...new Set(forms)].filter(form => form.length >= SHORTEST);
}

/** Latin-1 maps each byte to one character, so nothing else in a file changes, whatever its encoding. */
async function* redactedStream(bytes: AsyncIterable<Uint8Array>, redact: (text: string) => string) {
  let rest = '';
  for await (const piece of bytes) {
    rest += Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString('latin1');
    if (rest.length < PART) continue;
    // Wait for the end of a line, unless the line is very long.
    const end = rest.lastIndexOf('\n') + 1 || rest.length - 4096;
    yield Buffer.from(redact(rest.slice(0, end)), 'latin1');
    rest = rest.slice(end);
  }
  if (rest !== '') yield Buffer.from(redact(rest), 'latin1');
}
