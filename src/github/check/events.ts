import { type Finding, ok, problem, warning } from '../../base/finding.ts';
import type { Denial } from '../denial.ts';
import { readDisabled, readWorkflows, type Workflow, type WorkflowsAt } from './workflows.ts';

/**
 * Finds the workflows that each event would start: GitHub also accepts an event that starts none
 * (docs/github.md 2).
 */
export async function inspectEvents(
  reading: WorkflowsAt,
  { default_branch: branch, private: closed }: { default_branch: string; private: boolean },
  events: readonly string[],
): Promise<Finding[]> {
  const read = await readWorkflows(reading);
  if (!('files' in read)) {
    // Contents: write includes reading. A private repository shows its files to nobody without that right.
    const isDenied = read.kind === 'refused' && read.status === 403 && closed;
    return [(isDenied ? problem : warning)(`Which workflows listen could not be seen. ${read.words}`)];
  }
  const { files, more } = read;
  const disabled = await readDisabled(reading);
  const isSeen = disabled instanceof Set;
  const off = isSeen ? disabled : new Set<string>();
  return [
    ...files
      .filter(({ listens }) => listens === 'unreadable')
      .map(({ path }) =>
        warning(`${path} on ${branch} could not be read as a workflow; whether it listens is not known.`),
      ),
    ...[...new Set(events)].map(event =>
      eventFinding(event, files, off, `${branch} of ${reading.repository}`),
    ),
    ...(isSeen ? [] : [unknownState(disabled)]),
    ...(more ? [warning(`Only the first ${files.length} workflow files were looked at.`)] : []),
  ];
}

function unknownState(why: Denial): Finding {
  return why.kind === 'refused'
    ? ok('This credential does not show whether a workflow is disabled; with Actions: read it does.')
    : warning(`Whether a workflow is disabled could not be seen. ${why.words}`);
}

/** `place`: the branch and its repository. */
function eventFinding(
  event: string,
  files: readonly Workflow[],
  disabled: ReadonlySet<string>,
  place: string,
): Finding {
  const name = JSON.stringify(event);
  const pathsOf = (some: readonly Workflow[]) => some.map(({ path }) => path).join(', ');
  const listeners = files.filter(({ listens }) => listens === 'all' || listens.includes(event));
  const on = listeners.filter(({ path }) => !disabled.has(path));
  if (on.length > 0) return ok(`The event ${name} starts ${pathsOf(on)} on ${place}.`);
  if (listeners.length > 0) {
    const repository = place.slice(place.lastIndexOf(' ') + 1);
    const why = `${pathsOf(listeners)} would listen, but is disabled`;
    return warning(`The event ${name} starts nothing: ${why}. Enable it under Actions of ${repository}.`);
  }
  const heard = new Set(files.flatMap(({ listens }) => (typeof listens === 'string' ? [] : listens)));
  const others = heard.size === 0 ? '' : ` Listened to there: ${[...heard].join(', ')}.`;
  return warning(
    `No workflow on the branch ${place} listens to the event ${name}: GitHub accepts it and starts none.${others} ` +
      `A workflow needs "on: repository_dispatch: types: [${event}]" on that very branch.`,
  );
}
