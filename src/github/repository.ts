import { z } from 'zod';
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

/** Reads a repository; `path`: under the address that GitHub gave for it, instead of its name. */
export async function readRepository(
  github: GitHub,
  repository: string,
  signal: AbortSignal,
  path = pathOf(repository),
): Promise<{ answer: Answer; found: Repository } | Denial> {
  const request: Request = { attempt: `read the repository ${repository}`, repository, method: 'GET', path };
  const answer = await github.call(request, signal);
  if (answer.kind !== 'answer') return answer;
  const { data } = description.safeParse(answer.data);
  return data ? { answer, found: data } : misfit(github, request, answer.status);
}

/** A repository that was renamed still takes dispatches under its old name, until somebody takes that name. */
export async function tellRenamed(
  github: GitHub,
  repository: string,
  { from }: Answer,
  signal: AbortSignal,
): Promise<void> {
  if (from === undefined || github.renamed.has(repository)) return;
  github.renamed.add(repository);
  let name = 'another name';
  try {
    const read = await readRepository(github, repository, signal, from.replace(/\/dispatches$/, ''));
    if ('found' in read) name = read.found.full_name;
  } catch {
    // Stopped: the dispatch itself is done, and that is to be told.
  }
  github.log.warning(renamedTo(repository, name));
}

/** An old name works for a while, which nobody notices until it ends. */
export function renamedTo(repository: string, name: string): string {
  return (
    `The repository ${repository} was renamed to ${name}. GitHub forwards dispatches until somebody takes the ` +
    'old name: write the new one in the configuration.'
  );
}
