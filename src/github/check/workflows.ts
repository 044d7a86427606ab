import { parseDocument } from 'yaml';
import * as z from 'zod';
import type { GitHub, Read } from '../client.ts';
import type { Denial } from '../denial.ts';
import { type GitHubRequest, type Permissions, pathOf } from '../request.ts';

const FOLDER = '.github/workflows';
/** The most files to read; each takes a call. */
const MOST = 50;

const folder = z.array(z.object({ name: z.string(), path: z.string(), type: z.string() })).catch([]);
const file = z
  .object({ content: z.string(), encoding: z.literal('base64') })
  .optional()
  .catch(undefined);
const page = z
  .object({
    total_count: z.number(),
    workflows: z.array(z.object({ path: z.string(), state: z.string() })),
  })
  .catch({ total_count: 0, workflows: [] });

const names = z.union([z.string().transform(one => [one]), z.array(z.string())]);
const triggers = z.union([
  names.transform(events => Object.fromEntries(events.map(event => [event, null]))),
  z.record(z.string(), z.unknown()),
]);
const workflow = z.object({ on: triggers });
const filter = z.object({ types: names.optional() }).nullable();

export interface Workflow {
  path: string;
  listens: ReturnType<typeof listensTo>;
}

export interface WorkflowsAt {
  github: GitHub;
  repository: string;
  signal: AbortSignal;
}

/** The workflow files on the default branch; events start no others. `more`: there are files that were not read. */
export async function readWorkflows(
  reading: WorkflowsAt,
): Promise<{ files: Workflow[]; more: boolean } | Denial> {
  const listed = await read(reading, folder, 'read the workflows', `/contents/${FOLDER}`);
  // A repository without the folder, where contents may be read, has no workflow.
  if (listed.kind === 'refused' && listed.status === 404) return { files: [], more: false };
  if (listed.kind !== 'read') return listed;
  const found = listed.data.filter(({ type, name }) => type === 'file' && /\.ya?ml$/.test(name));
  const files: Workflow[] = [];
  for (const { path, name } of found.slice(0, MOST)) {
    const one = await read(reading, file, `read ${path}`, `/contents/${FOLDER}/${encodeURIComponent(name)}`);
    if (one.kind !== 'read') return one;
    const text = one.data && Buffer.from(one.data.content, 'base64').toString('utf8');
    files.push({ path, listens: text === undefined ? 'unreadable' : listensTo(text) });
  }
  return { files, more: found.length > MOST };
}

/** Paths of the disabled workflows. GitHub itself disables workflows that nobody has used for long. */
export async function readDisabled(reading: WorkflowsAt): Promise<Set<string> | Denial> {
  const disabled = new Set<string>();
  for (let number = 1, left = 1; left > 0; number += 1) {
    const path = `/actions/workflows?per_page=100&page=${number}`;
    const listed = await read(reading, page, 'list the workflows', path, { actions: 'read' });
    if (listed.kind !== 'read') return listed;
    const { total_count: total, workflows } = listed.data;
    for (const { path, state } of workflows) if (state !== 'active') disabled.add(path);
    left = workflows.length > 0 ? total - number * 100 : 0;
  }
  return disabled;
}

function read<T>(
  { github, repository, signal }: WorkflowsAt,
  schema: z.ZodType<T>,
  what: string,
  path: string,
  permissions?: Permissions,
): Promise<Read<T> | Denial> {
  const request: GitHubRequest = {
    attempt: `${what} of ${repository}`,
    repository,
    method: 'GET',
    path: `${pathOf(repository)}${path}`,
    ...(permissions ? { permissions } : {}),
  };
  return github.read(schema, request, signal);
}

/**
 * The event types of `repository_dispatch` that start a workflow: none, some, or `all` where the file names no `types`
 * (docs/github.md 2). `unreadable`: GitHub cannot read the file either, and does not run it.
 */
export function listensTo(text: string): readonly string[] | 'all' | 'unreadable' {
  const value = parsed(text);
  const { data } = workflow.safeParse(value);
  if (!data) return 'unreadable';
  if (!('repository_dispatch' in data.on)) return [];
  const how = filter.safeParse(data.on.repository_dispatch ?? null);
  if (!how.success) return 'unreadable';
  return how.data?.types ?? 'all';
}

function parsed(text: string): unknown {
  const document = parseDocument(text, { logLevel: 'silent' });
  if (document.errors.length > 0) return undefined;
  try {
    return document.toJS();
  } catch {
    // An alias that nothing defines.
    return undefined;
  }
}
