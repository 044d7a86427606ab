import { z } from 'zod';
import { type Accepted, ask } from './ask.ts';
import type { GitHub, Question } from './connect.ts';
import { type Denial, misfit } from './denial.ts';

/** Of the API. */
export function pathOf(repository: string): string {
  return `/repos/${repository.split('/').map(encodeURIComponent).join('/')}`;
}

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

/** Reads a repository; `at`: under the address that GitHub gave for it, instead of its name. */
export async function readRepository(
  github: GitHub,
  repository: string,
  signal: AbortSignal,
  at = pathOf(repository),
): Promise<{ answer: Accepted; found: Repository } | Denial> {
  const question: Question = {
    attempt: `read the repository ${repository}`,
    repository,
    purpose: 'read',
    method: 'GET',
    url: at,
  };
  const answer = await ask(github, question, signal);
  if (answer.kind !== 'answer') return answer;
  const { success, data } = description.safeParse(answer.data);
  return success ? { answer, found: data } : misfit(github, question, answer.status);
}

/** A repository that was renamed still takes dispatches under its old name, until somebody takes that name. */
export async function tellRenamed(
  github: GitHub,
  repository: string,
  { from }: Accepted,
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
