import * as z from 'zod';
import { capital, type Finding, ok, problem, warning } from '../../base/finding.ts';
import type { GitHub } from '../client.ts';
import { nameOf } from '../credentials.ts';
import { renamed } from '../dispatch.ts';
import { pathOf } from '../request.ts';
import { expiryFindings, inspectInstallation, permissionFindings } from './credential.ts';
import { inspectEvents } from './events.ts';
import { budgetFinding, clockFinding, inspectAddress, inspectServer } from './surroundings.ts';

/** The facts about a repository that the checks need. */
const repositorySchema = z.object({
  full_name: z.string(),
  default_branch: z.string(),
  private: z.boolean(),
  archived: z.boolean(),
  disabled: z.boolean().default(false),
  /** What the user of a token may do; empty for an App (docs/github.md 8). */
  permissions: z.object({ push: z.boolean() }).optional(),
});

type Repository = z.infer<typeof repositorySchema>;

/**
 * Checks everything that a dispatch depends on, and sends none: the credential, the repository, the permission,
 * the workflows that listen. Reports as unknown what GitHub does not show. Throws only StoppedError.
 */
export async function inspectRepository(
  github: GitHub,
  repository: string,
  events: readonly string[],
  signal: AbortSignal,
): Promise<Finding[]> {
  const first = [...inspectAddress(github), ...(await inspectInstallation(github, repository, signal))];
  if (first.some(({ level }) => level === 'problem')) return first;
  const read = await github.read(
    repositorySchema,
    { attempt: `read the repository ${repository}`, repository, method: 'GET', path: pathOf(repository) },
    signal,
  );
  if (read.kind !== 'read') return [...first, problem(read.words)];
  const { data: found, answer } = read;
  return [
    ...first,
    ...expiryFindings(github, answer),
    ...repositoryFindings(github, repository, found),
    ...permissionFindings(github, found, answer),
    ...(await inspectEvents({ github, repository: found.full_name, signal }, found, events)),
    clockFinding(github, answer),
    ...(await inspectServer(github, repository, answer, signal)),
    budgetFinding(github, answer),
  ];
}

function repositoryFindings(github: GitHub, repository: string, found: Repository): Finding[] {
  const { full_name: name, archived, disabled, default_branch: branch } = found;
  const same = name.toLowerCase() === repository.toLowerCase();
  const moved = same ? [] : [warning(renamed(repository, name))];
  const sees = `${capital(nameOf(github.credential))} sees the repository ${name}`;
  const state = archived
    ? problem(`The repository ${name} is archived and takes no dispatch: end that in its settings.`)
    : disabled
      ? problem(`The repository ${name} is disabled: its page on GitHub says why.`)
      : ok(`${sees}, with the default branch ${branch}.`);
  return [...moved, state];
}
