/** Takes what is secret out of a text. */
export interface Redact {
  (text: string): string;
  /** From now on this is a secret as well, in all the forms in which it may be shown. */
  add(secret: string): void;
}

/** Tokens of GitHub and signed JWTs, by their looks: a proxy may show a request that it refused. */
const LOOKS = /\b(?:gh[a-z]_|github_pat_)\w{10,}|\beyJ[\w-]{12,}(?:\.[\w-]*)*|\beyJ[\w-]+\.[\w-]+\.[\w-]+/g;
/** A shorter text is in too many words. */
const SHORTEST = 6;
/** So many letters of a secret are known for its beginning. */
const RECOGNIZED = 12;

export function redacting(): Redact {
  const secrets = new Set<string>();
  const redact = (text: string) => {
    let clean = text;
    for (const secret of secrets) clean = without(clean, secret);
    return clean.replace(LOOKS, '***');
  };
  return Object.assign(redact, {
    add: (secret: string) => {
      for (const form of formsOf(secret)) if (form.length >= SHORTEST) secrets.add(form);
    },
  });
}

/** Takes out a secret, and what a text that was cut has of its beginning. */
function without(text: string, secret: string): string {
  const beginning = secret.slice(0, RECOGNIZED);
  let clean = text;
  for (let at = clean.indexOf(beginning); at >= 0; at = clean.indexOf(beginning, at + 3)) {
    let end = beginning.length;
    while (end < secret.length && clean[at + end] === secret[end]) end += 1;
    clean = `${clean.slice(0, at)}***${clean.slice(at + end)}`;
  }
  return clean;
}

/** As it is, each line of it, and as base64, JSON and a part of an address have it. */
function formsOf(secret: string): string[] {
  const trimmed = secret.trim();
  const lines = trimmed.split(/\r?\n/).map(line => line.trim());
  const own = lines.filter(line => !line.startsWith('-----'));
  return [
    ...[secret, trimmed, `${trimmed}\n`].map(text => Buffer.from(text).toString('base64')),
    JSON.stringify(trimmed).slice(1, -1),
    encodeURIComponent(trimmed),
    secret,
    trimmed,
    ...own,
    ...own.map(encodeURIComponent),
  ];
}

/** Somebody else's text on one line and not too long. */
export function brief(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > 500 ? `${line.slice(0, 500)}…` : line;
}
