import * as z from 'zod';
import { capital, type Finding, ok, problem, warning } from '../../base/finding.ts';
import type { GitHub } from '../client.ts';
import { kindOf, nameOf } from '../credentials.ts';
import type { Answer } from '../transport.ts';

const DAY = 86_400_000;
/** So many days before a token expires, the check warns: somebody has to make and store a new one. */
const SOON = 14;

/** The facts that GitHub shows an App about its installation (docs/github.md 7). */
const installationSchema = z.object({
  account: z.object({ login: z.string() }).nullable(),
  permissions: z.record(z.string(), z.string()),
  suspended_at: z.string().nullable().optional(),
});

/** Of an App; a token has none. */
export async function inspectInstallation(
  github: GitHub,
  repository: string,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { credential } = github;
  if (credential.kind === 'token') return [];
  const app = nameOf(credential);
  const installation = `installation ${credential.installation} of ${app}`;
  const path = `/app/installations/${credential.installation}`;
  const read = await github.read(
    installationSchema,
    { attempt: `read ${installation}`, repository, method: 'GET', path, asApp: true },
    signal,
  );
  if (read.kind !== 'read') return [problem(read.words)];
  const wrong = installationProblem(read.data, repository, installation);
  if (wrong !== undefined) return [problem(capital(wrong))];
  return [
    ok(`The key of ${app} works, and its installation ${credential.installation} has Contents: write.`),
  ];
}

function installationProblem(
  { account, permissions, suspended_at: suspended }: z.infer<typeof installationSchema>,
  repository: string,
  installation: string,
): string | undefined {
  const [owner = ''] = repository.split('/');
  if (suspended) return `${installation} is suspended: end that under Settings > GitHub Apps of the owner.`;
  if (account && account.login.toLowerCase() !== owner.toLowerCase()) {
    return `${installation} belongs to ${account.login} and does not reach ${repository}: give the number of the one on ${owner}.`;
  }
  if (permissions.contents === 'write') return undefined;
  return `${installation} lacks Contents: write (not Actions: write): give it to the App under Permissions & events, and let the owner accept it.`;
}

/** When a personal token expires: GitHub says so in a header. An App's tokens renew themselves. */
export function expiryFindings({ credential, clock }: GitHub, { headers }: Answer): Finding[] {
  const kind = kindOf(credential);
  if (kind === 'app') return [];
  const name = capital(nameOf(credential));
  if (kind === 'installation') {
    const why = 'but such a token lasts an hour, or as long as its job';
    return [warning(`${name} works, ${why}: give the relay the App itself, or a token of a user.`)];
  }
  const header = headers['github-authentication-token-expiration'];
  const ends = Date.parse(header ?? '');
  if (Number.isNaN(ends)) {
    const known =
      header === undefined ? 'GitHub does not say when it expires' : 'its expiry date could not be read';
    return [ok(`${name} works; ${known}.`)];
  }
  const days = Math.floor((ends - clock.now()) / DAY);
  const date = new Date(ends).toISOString().slice(0, 10);
  if (days >= SOON) return [ok(`${name} works until ${date}.`)];
  const left = days < 1 ? 'less than a day' : days === 1 ? 'one day' : `${days} days`;
  return [warning(`${name} works until ${date} only, ${left} from now: make a new one in time.`)];
}

/** Whether a dispatch would be allowed, as far as GitHub shows without one (docs/github.md 8). */
export function permissionFindings(
  { credential }: GitHub,
  found: { full_name: string; private: boolean; permissions?: { push: boolean } | undefined },
  answer: Answer,
): Finding[] {
  const kind = kindOf(credential);
  const name = nameOf(credential);
  const { full_name: repository, permissions } = found;
  // The App's installation has answered this already, with more detail.
  if (kind === 'app') return [];
  if (kind === 'installation') {
    const wants = 'a dispatch wants Contents: write, not Actions: write';
    return [ok(`GitHub does not say what ${name} may do; ${wants}.`)];
  }
  const scope = found.private ? 'repo' : 'public_repo';
  const scopes = (answer.headers['x-oauth-scopes'] ?? '').split(/,\s*/);
  if (kind === 'classic' && !scopes.includes('repo') && !scopes.includes(scope)) {
    const lacks = `lacks the scope ${scope}, without which it may not dispatch to ${repository}`;
    return [problem(`${capital(name)} ${lacks}: add it on the page of the token.`)];
  }
  if (permissions === undefined) {
    return [warning(`GitHub did not say whether the user of ${name} may write to ${repository}.`)];
  }
  if (!permissions.push) {
    const not = `may not write to ${repository}, and so may not dispatch to it`;
    return [problem(`The user of ${name} ${not}: let its owner give the role Write.`)];
  }
  const may = `The user of ${name} may write to ${repository}`;
  if (kind === 'classic') return [ok(`${may}, and the token has the scope for it.`)];
  const unknown = 'GitHub does not say whether the token itself has Contents: write';
  return [ok(`${may}. ${unknown}: see the page of the token.`)];
}
