/** Takes what is secret out of a text that somebody else wrote. */
export interface Redact {
  (text: string): string;
  /** From now on this is a secret as well. */
  add(secret: string): void;
}

/** Tokens of GitHub and signed JWTs, by their looks: a proxy may show a request that it refused. */
const LOOKS = /\b(?:gh[a-z]_|github_pat_)\w{10,}|\beyJ[\w-]+\.[\w-]+\.[\w-]*/g;

export function redacting(): Redact {
  const secrets = new Set<string>();
  const redact = (text: string) => {
    let clean = text;
    for (const secret of secrets) clean = clean.replaceAll(secret, '***');
    return clean.replace(LOOKS, '***');
  };
  return Object.assign(redact, {
    add: (secret: string) => {
      if (secret !== '') secrets.add(secret);
    },
  });
}

/** Somebody else's text on one line and not too long. */
export function brief(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > 500 ? `${line.slice(0, 500)}…` : line;
}
