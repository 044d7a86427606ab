import { createPrivateKey } from 'node:crypto';
import { InputError } from '../base/errors.ts';

/** A credential for GitHub: a token, or the key of an App. */
export type GitHubCredential =
  | { kind: 'token'; token: string }
  /** `id`: the App's id or client id. `key`: its private key as PEM. */
  | { kind: 'app'; id: string | number; key: string; installation: number };

/** For error messages: each kind of token lacks something else when GitHub refuses it (docs/github.md 3). */
export type CredentialKind = 'app' | 'classic' | 'fine-grained' | 'installation' | 'user' | 'unknown';

export function kindOf(credential: GitHubCredential): CredentialKind {
  if (credential.kind === 'app') return 'app';
  const { token } = credential;
  if (token.startsWith('github_pat_')) return 'fine-grained';
  // Old classic tokens have no prefix: they are 40 hexadecimal digits.
  if (token.startsWith('ghp_') || /^[0-9a-f]{40}$/.test(token)) return 'classic';
  if (token.startsWith('ghs_')) return 'installation';
  return /^gh[ou]_/.test(token) ? 'user' : 'unknown';
}

const NAMES: Readonly<Record<Exclude<CredentialKind, 'app'>, string>> = {
  classic: 'the classic token (ghp_)',
  'fine-grained': 'the fine-grained token (github_pat_)',
  installation: 'the installation token (ghs_, such as GITHUB_TOKEN)',
  user: 'the token of a user',
  unknown: 'the token',
};

/** The credential's name in the middle of a sentence. */
export function nameOf(credential: GitHubCredential): string {
  if (credential.kind === 'app') return `the GitHub App ${credential.id}`;
  const kind = kindOf(credential);
  return kind === 'app' ? '' : NAMES[kind];
}

/** The credential in the form in which calls send it. Throws InputError where it is none; the error never quotes it. */
export function usable(credential: GitHubCredential): GitHubCredential {
  if (credential.kind === 'app') return { ...credential, key: signingKey(credential.key) };
  const token = credential.token.trim();
  if (token === '') throw new InputError("GitHub's token is empty.");
  // The library would refuse such a header, and quote it in its error.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new InputError("GitHub's token has spaces, line breaks or letters in it that no token has.");
  }
  return { kind: 'token', token };
}

/** The key as PKCS#8. GitHub gives keys as PKCS#1. */
function signingKey(pem: string): string {
  try {
    // In an environment variable, a key often has `\n` in place of its line breaks.
    const key = createPrivateKey(pem.replaceAll('\\n', '\n'));
    if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs8', format: 'pem' }).toString();
  } catch {
    // OpenSSL's own error does not help users.
  }
  throw new InputError(
    "The GitHub App's key is not an RSA private key in PEM. Give the .pem file that GitHub made under " +
      '"Private keys" on the page of the App, whole.',
  );
}
