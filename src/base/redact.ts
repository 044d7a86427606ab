/** Takes what is secret out of a text. */
export interface Redact {
  (text: string): string;
  /** From now on this is a secret as well, in all the forms in which it may be shown. */
  add(secret: string): void;
}

/** Tokens of GitHub and signed JWTs, by their looks: a proxy may show a request that it refused. */
const LOOKS = /\b(?:gh[a-z]_|github_pat_)\w{10,}|\beyJ[\w-]+\.[\w-]+\.[\w-]*/g;
/** A shorter text is in too many words. */
const SHORTEST = 6;

export function redacting(): Redact {
  const secrets = new Set<string>();
  const redact = (text: string) => {
    let clean = text;
    for (const secret of secrets) clean = clean.replaceAll(secret, '***');
    return clean.replace(LOOKS, '***');
  };
  return Object.assign(redact, {
    add: (secret: string) => {
      for (const form of formsOf(secret)) if (form.length >= SHORTEST) secrets.add(form);
    },
  });
}

/** As it is, each line of it, and as base64, JSON and a part of an address have it; the longest first. */
function formsOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/).map(line => line.trim());
  const own = lines.filter(line => !line.startsWith('-----'));
  return [
    Buffer.from(secret).toString('base64'),
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    secret,
    ...own,
  ];
}

/** Somebody else's text on one line and not too long. */
export function brief(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > 500 ? `${line.slice(0, 500)}…` : line;
}
