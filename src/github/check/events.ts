import { type Finding, ok, problem, warning } from '../../base/finding.ts';
import type { Denial } from '../denial.ts';
import type { Repository } from '../repository.ts';
import { type Reading, readDisabled, readWorkflows, type Workflow } from './workflows.ts';

/**
 * Which workflows each event would start: GitHub accepts an event that starts none as gladly as any other
 * (docs/github.md 2).
 */
export async function inspectEvents(
  reading: Reading,
  { default_branch: branch, private: closed }: Repository,
  events: readonly string[],
): Promise<Finding[]> {
  const read = await readWorkflows(reading);
  if (!('files' in read)) return [unseen(read, closed)];
  const { files, more } = read;
  const disabled = await readDisabled(reading);
  const findings = files
    .filter(({ listens }) => listens === 'unreadable')
    .map(({ path }) =>
      warning(`${path} on ${branch} could not be read as a workflow; whether it listens is not known.`),
    );
  for (const event of new Set(events)) {
    findings.push(eventFinding(event, { files, disabled, branch, repository: reading.repository }));
  }
  if (!(disabled instanceof Set)) findings.push(unknownState(disabled));
  if (more) findings.push(warning(`Only the first ${files.length} workflow files were looked at.`));
  return findings;
}

/** Contents: write includes reading them, and a private repository shows them to nobody else. */
function unseen(trouble: Denial, closed: boolean): Finding {
  const denied = trouble.kind === 'refused' && trouble.status === 403 && closed;
  return (denied ? problem : warning)(`Which workflows listen could not be seen. ${trouble.words}`);
}

function unknownState(trouble: Denial): Finding {
  return trouble.kind === 'refused'
    ? ok('Whether a workflow is disabled cannot be seen with this credential: that takes Actions: read.')
    : warning(`Whether a workflow is disabled could not be seen. ${trouble.words}`);
}

interface Seen {
  files: readonly Workflow[];
  disabled: Set<string> | Denial;
  branch: string;
  repository: string;
}

function eventFinding(event: string, { files, disabled, branch, repository }: Seen): Finding {
  const listeners = files.filter(({ listens }) => listens === 'all' || listens.includes(event));
  const off = ({ path }: Workflow) => disabled instanceof Set && disabled.has(path);
  const on = listeners.filter(one => !off(one));
  const name = JSON.stringify(event);
  if (on.length > 0) return ok(`The event ${name} starts ${pathsOf(on)} on ${branch} of ${repository}.`);
  if (listeners.length > 0) {
    const what = `The event ${name} starts nothing: ${pathsOf(listeners)} would listen, but is disabled. Enable it under Actions of ${repository}.`;
    return warning(what);
  }
  const heard = files.flatMap(({ listens }) => (typeof listens === 'string' ? [] : listens));
  const others = heard.length === 0 ? '' : ` Listened to there: ${[...new Set(heard)].join(', ')}.`;
  return warning(
    `No workflow on the branch ${branch} of ${repository} listens to the event ${name}: GitHub accepts it and starts none.${others} ` +
      `A workflow needs "on: repository_dispatch: types: [${event}]" on that very branch.`,
  );
}

function pathsOf(workflows: readonly Workflow[]): string {
  return workflows.map(({ path }) => path).join(', ');
}
