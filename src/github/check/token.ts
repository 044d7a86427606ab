import { capital, type Finding, ok, problem, warning } from '../../base/finding.ts';
import type { GitHub } from '../client.ts';
import { kindOf, nameOf } from '../credentials.ts';
import type { Repository } from '../repository.ts';
import type { Answer } from '../transport.ts';

const DAY = 86_400_000;
/** Days that it may take until somebody has made a new token and brought it where it is needed. */
const SOON = 14;

/** When a personal token ends; GitHub tells it in a header of its own. An App's tokens renew themselves. */
export function expiryFindings({ credential, clock }: GitHub, { headers }: Answer): Finding[] {
  if (credential.kind === 'app') return [];
  const name = capital(nameOf(credential));
  if (kindOf(credential) === 'installation') {
    return [
      warning(
        `${name} works, but such a token lasts an hour, or as long as its job: give the relay the App itself, or a token of a user.`,
      ),
    ];
  }
  const header = headers['github-authentication-token-expiration'];
  const ends = Date.parse(header ?? '');
  if (Number.isNaN(ends)) {
    const known = header === undefined ? 'GitHub tells of no end of it' : 'when it ends could not be read';
    return [ok(`${name} works; ${known}.`)];
  }
  const days = Math.floor((ends - clock.now()) / DAY);
  const date = new Date(ends).toISOString().slice(0, 10);
  if (days >= SOON) return [ok(`${name} works until ${date}.`)];
  const left = days < 1 ? 'less than a day' : days === 1 ? 'one day' : `${days} days`;
  return [warning(`${name} works until ${date} only, ${left} from now: make a new one in time.`)];
}

/** Whether a dispatch would be allowed, as far as GitHub tells without one (docs/github.md 8). */
export function permissionFindings(github: GitHub, found: Repository, answer: Answer): Finding[] {
  const { credential } = github;
  const kind = kindOf(credential);
  const name = nameOf(credential);
  // Its installation was asked, which knows better.
  if (kind === 'app') return [];
  if (kind === 'installation') {
    return [
      ok(`What ${name} may do is not told by GitHub; a dispatch wants Contents: write, not Actions: write.`),
    ];
  }
  if (kind === 'classic') {
    const scope = scopeFinding(name, found, answer);
    if (scope) return [scope];
  }
  if (found.permissions === undefined) {
    return [warning(`GitHub did not tell whether the user of ${name} may write to ${found.full_name}.`)];
  }
  if (!found.permissions.push) {
    return [
      problem(
        `The user of ${name} may not write to ${found.full_name}, and so may not dispatch to it: let its owner give the role Write.`,
      ),
    ];
  }
  const may = `The user of ${name} may write to ${found.full_name}`;
  if (kind === 'classic') return [ok(`${may}, and the token has the scope for it.`)];
  return [
    ok(
      `${may}. Whether the token itself has Contents: write is not told by GitHub: see the page of the token.`,
    ),
  ];
}

function scopeFinding(name: string, found: Repository, { headers }: Answer): Finding | undefined {
  const scopes = (headers['x-oauth-scopes'] ?? '').split(/,\s*/);
  if (scopes.includes('repo') || (scopes.includes('public_repo') && !found.private)) return undefined;
  return problem(
    `${capital(name)} lacks the scope ${found.private ? 'repo' : 'public_repo'}, without which it may not dispatch to ${found.full_name}: add it on the page of the token.`,
  );
}
