import { z } from 'zod';
import { type Accepted, ask } from './ask.ts';
import type { GitHub, Question } from './connect.ts';
import type { Denial } from './denial.ts';
import { listensTo } from './listeners.ts';
import { pathOf } from './repository.ts';

const FOLDER = '.github/workflows';
/** Files that are read; each costs a call. */
const MOST = 50;

const folder = z.array(z.object({ name: z.string(), path: z.string(), type: z.string() }));
const file = z.object({ content: z.string(), encoding: z.literal('base64') });
const page = z.object({
  total_count: z.number(),
  workflows: z.array(z.object({ path: z.string(), state: z.string() })),
});

export interface Workflow {
  path: string;
  listens: ReturnType<typeof listensTo>;
}

export interface Reading {
  github: GitHub;
  repository: string;
  signal: AbortSignal;
}

/** The workflow files on the default branch, where alone an event finds them; `more`: not all of them were read. */
export async function readWorkflows(
  reading: Reading,
): Promise<{ files: Workflow[]; more: boolean } | Denial> {
  const answer = await get(reading, 'read the workflows', `/contents/${FOLDER}`);
  // A repository without the folder, where contents may be read, has no workflow.
  if (answer.kind === 'refused' && answer.status === 404) return { files: [], more: false };
  if (answer.kind !== 'answer') return answer;
  const { data = [] } = folder.safeParse(answer.data);
  const names = data.filter(({ type, name }) => type === 'file' && /\.ya?ml$/.test(name));
  const files: Workflow[] = [];
  for (const { path, name } of names.slice(0, MOST)) {
    const read = await get(reading, `read ${path}`, `/contents/${FOLDER}/${encodeURIComponent(name)}`);
    if (read.kind !== 'answer') return read;
    const { data: found } = file.safeParse(read.data);
    const text = found && Buffer.from(found.content, 'base64').toString('utf8');
    files.push({ path, listens: text === undefined ? 'unreadable' : listensTo(text) });
  }
  return { files, more: names.length > MOST };
}

/** Paths of the workflows that somebody, or GitHub after long disuse, has disabled. */
export async function readDisabled(reading: Reading): Promise<Set<string> | Denial> {
  const disabled = new Set<string>();
  for (let number = 1, left = 1; left > 0; number += 1) {
    const query = `?per_page=100&page=${number}`;
    const permissions = { actions: 'read' };
    const answer = await get(reading, 'list the workflows', `/actions/workflows${query}`, permissions);
    if (answer.kind !== 'answer') return answer;
    const { data } = page.safeParse(answer.data);
    for (const { path, state } of data?.workflows ?? []) if (state !== 'active') disabled.add(path);
    left = data && data.workflows.length > 0 ? data.total_count - number * 100 : 0;
  }
  return disabled;
}

function get(
  { github, repository, signal }: Reading,
  what: string,
  path: string,
  permissions?: Question['permissions'],
): Promise<Accepted | Denial> {
  const question: Question = {
    attempt: `${what} of ${repository}`,
    repository,
    purpose: 'read',
    method: 'GET',
    url: `${pathOf(repository)}${path}`,
    ...(permissions ? { permissions } : {}),
  };
  return ask(github, question, signal);
}
