import * as z from 'zod';
import { capital, type Finding, ok, problem } from '../../base/finding.ts';
import type { GitHub } from '../client.ts';
import { nameOf } from '../credentials.ts';
import { misfit } from '../denial.ts';
import type { Request } from '../request.ts';

/** What GitHub tells an App of its own installation (docs/github.md 7). */
const description = z.object({
  account: z.object({ login: z.string() }).nullable(),
  permissions: z.record(z.string(), z.string()),
  suspended_at: z.string().nullable().optional(),
});

/** Nothing to find where a token was given. `hopeless`: nothing else can be looked at. */
export async function inspectInstallation(
  github: GitHub,
  repository: string,
  signal: AbortSignal,
): Promise<{ findings: Finding[]; hopeless: boolean }> {
  const { credential } = github;
  if (credential.kind === 'token') return { findings: [], hopeless: false };
  const app = nameOf(credential);
  const installation = `installation ${credential.installation} of ${app}`;
  const question: Request = {
    attempt: `read ${installation}`,
    repository,
    method: 'GET',
    path: `/app/installations/${credential.installation}`,
    asApp: true,
  };
  const answer = await github.call(question, signal);
  if (answer.kind !== 'answer') return { findings: [problem(answer.words)], hopeless: true };
  const { data } = description.safeParse(answer.data);
  if (!data) return { findings: [problem(misfit(github, question, answer.status).words)], hopeless: true };
  const wrong = problemOf(data, repository, installation);
  if (wrong !== undefined) return { findings: [problem(capital(wrong))], hopeless: true };
  return {
    findings: [
      ok(`The key of ${app} works, and its installation ${credential.installation} has Contents: write.`),
    ],
    hopeless: false,
  };
}

function problemOf(
  { account, permissions, suspended_at: suspended }: z.infer<typeof description>,
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
