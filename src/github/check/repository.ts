import { capital, type Finding, ok, problem, warning } from '../../base/finding.ts';
import type { GitHub } from '../client.ts';
import { nameOf } from '../credentials.ts';
import { type Repository, readRepository, renamed } from '../repository.ts';
import { inspectEvents } from './events.ts';
import { inspectInstallation } from './installation.ts';
import { budgetFinding, clockFinding, inspectAddress, inspectServer } from './surroundings.ts';
import { expiryFindings, permissionFindings } from './token.ts';

/**
 * Looks at all that a dispatch depends on, without sending one: the credential, the repository, the permission,
 * the workflows that listen. What GitHub does not tell is said to be unknown. Throws StoppedError alone.
 */
export async function inspectRepository(
  github: GitHub,
  repository: string,
  events: readonly string[],
  signal: AbortSignal,
): Promise<Finding[]> {
  const installed = await inspectInstallation(github, repository, signal);
  const first = [...inspectAddress(github), ...installed.findings];
  if (installed.hopeless) return first;
  const read = await readRepository(github, repository, signal);
  if (!('found' in read)) return [...first, problem(read.words)];
  const { found, answer } = read;
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
  if (archived) {
    return [
      ...moved,
      problem(`The repository ${name} is archived and takes no dispatch: end that in its settings.`),
    ];
  }
  if (disabled) {
    return [...moved, problem(`The repository ${name} is disabled: its page on GitHub tells why.`)];
  }
  const sees = `${capital(nameOf(github.credential))} sees the repository ${name}`;
  return [...moved, ok(`${sees}, with the default branch ${branch}.`)];
}
