import * as z from 'zod';
import type { GitHub } from './client.ts';
import { type Denial, misfit } from './denial.ts';
import { pathOf, type Request } from './request.ts';
import type { Answer } from './transport.ts';

/** What GitHub tells of a repository, as far as it counts here. */
const description = z.object({
  full_name: z.string(),
  default_branch: z.string(),
  private: z.boolean(),
  archived: z.boolean(),
  disabled: z.boolean().default(false),
  /** What the user behind a token may do; says nothing for an App (docs/github.md 8). */
  permissions: z.object({ push: z.boolean() }).optional(),
});

export type Repository = z.infer<typeof description>;

export async function readRepository(
  github: GitHub,
  repository: string,
  signal: AbortSignal,
): Promise<{ answer: Answer; found: Repository } | Denial> {
  const attempt = `read the repository ${repository}`;
  const request: Request = { attempt, repository, method: 'GET', path: pathOf(repository) };
  const answer = await github.call(request, signal);
  if (answer.kind !== 'answer') return answer;
  const { data } = description.safeParse(answer.data);
  return data ? { answer, found: data } : misfit(github, request, answer.status);
}

/** An old name works for a while, which nobody notices until it ends. */
export function renamed(repository: string, name?: string): string {
  const to = name === undefined ? '' : ` to ${name}`;
  return (
    `The repository ${repository} was renamed${to}. GitHub forwards dispatches until somebody takes the old name: ` +
    `write the new one in the configuration${name === undefined ? '; "check" tells it' : ''}.`
  );
}
