import type { AppOutcome, StreamOutcome, TargetOutcome } from '../outcome.ts';
import type { AppPlan, KeepStep, Step, TargetPlan } from '../plan/planned.ts';
import { startWords } from '../reload-task/task-words.ts';
import { aboutReplaced, type Moments } from './app-facts.ts';
import { changesPhrase } from './what-changes-words.ts';

/** Whether the words describe an execution, or a plan alone. */
export interface Stage extends Moments {
  executed: boolean;
}

/** Stands for the stream of an unpublished app that a target names by its id. */
export const NO_STREAM = 'unpublished';

/** The changes of the app on its own site, or why there are none. Pure. */
export function appNotes(app: AppOutcome, { executed }: Stage): string[] {
  const { plan, tag } = app;
  const reasons = plan.reasons.join('; ');
  if (plan.verdict === 'refuse') return [`refused: ${reasons}`];
  if (plan.verdict === 'skip') return [`skipped: ${reasons}`];
  if (plan.verdict === 'untag') {
    if (!executed) return [`tag to be removed: ${reasons}`];
    return [tag === 'removed' ? `tag removed: ${reasons}` : 'tag not removed'];
  }
  return executed ? didToSource(app) : willDoToSource(app.plan);
}

function willDoToSource({ done, archive, targets }: AppPlan): string[] {
  const archived = archive === undefined ? [] : [`to be archived without data in ${archive}`];
  const lost = targets.filter(target => target.lost !== undefined).map(({ site }) => site.name);
  if (lost.length > 0) return [...archived, `done only when it is on ${listed(lost)} too`];
  return [
    ...archived,
    ...(done.tag ? [`to be tagged "${done.tag.name}"`] : []),
    ...done.properties.map(name => `property ${name} to be removed`),
    ...(done.unpublish
      ? [`to be unpublished and given back to its owner${done.loses === undefined ? '' : `: ${done.loses}`}`]
      : []),
  ];
}

function didToSource({ plan, tag, done, archive, changedSince }: AppOutcome): string[] {
  const name = plan.done.tag?.name;
  const words: Partial<Record<AppOutcome['tag'], string>> = {
    set: `tagged "${name}"`,
    failed: `tag "${name}" not set`,
    'not due': `not tagged "${name}"${changedSince ? ', as the app has changed since' : ''}`,
  };
  const word = name === undefined ? undefined : words[tag];
  return [
    ...(archive === undefined ? [] : [`archived without data as ${archive}`]),
    ...(word === undefined ? [] : [word]),
    ...done,
  ];
}

/** The plan or the result of one step on a target, without the app's id. Pure. */
export function stepWords(step: Step, index: number, target: TargetOutcome, stage: Stage): string {
  if (!stage.executed) return `${will(step, stage)}${willHaveTask(target.plan, index)}`;
  if (target.skipped !== undefined) return `skipped: ${target.skipped}`;
  const stream = target.streams[index];
  return `${did(stream, step)}${stream?.task?.did === 'left' ? leftTask(target.plan, index) : ''}`;
}

function will(step: Step, moments: Moments): string {
  if (step.do === 'keep') return willKeep(step);
  if (step.do === 'replace') {
    const changes = step.changes ? `: ${changesPhrase(step.changes)}` : '';
    return `to be replaced (${aboutReplaced(step.app, moments)})${changes}`;
  }
  return `to be published${step.stream.id === undefined ? ', and the stream made' : ''}`;
}

function willHaveTask({ reloadTask }: TargetPlan, index: number): string {
  const step = reloadTask?.steps[index];
  if (step?.do === 'make') return `; reload task "${step.name}" to be made`;
  if (step?.do !== 'update') return leftTask({ reloadTask }, index);
  return `; reload task "${step.name}" to be brought up to date, as it ${listed(step.differs)}`;
}

/** How a task that stays as it is differs from the spec. */
function leftTask({ reloadTask }: Pick<TargetPlan, 'reloadTask'>, index: number): string {
  const step = reloadTask?.steps[index];
  if (step?.do !== 'leave' || step.differs.length === 0) return '';
  return `; reload task "${step.name}" stays as it is, though it ${listed(step.differs)} (set "update: true" to change it)`;
}

function willKeep(step: KeepStep): string {
  const { lacks, reload } = step;
  const amended = lacks.length > 0 ? `; as it ${lacks.join(', ')}, to be brought up to date` : '';
  return `${alreadyThere(step)}${amended}${reload ? '; to be reloaded' : ''}`;
}

function did(stream: StreamOutcome | undefined, step: Step): string {
  const reloaded = `${stream?.reloaded ? ', reloaded' : ''}${taskWords(stream)}`;
  const there = step.do === 'keep' ? alreadyThere(step) : 'already there';
  if (stream?.did === 'kept') return `${there}${reloaded}`;
  if (stream?.did === 'amended') return `${there}, brought up to date${reloaded}`;
  if (stream?.did === 'unclear') return `unclear: the site gave no answer`;
  return `${stream?.did ?? 'not done'}${reloaded}`;
}

function taskWords(stream: StreamOutcome | undefined): string {
  if (!stream?.task) return '';
  const { name, did } = stream.task;
  if (did === 'left' || did === 'rolled back') return '';
  const words = { made: 'made', updated: 'brought up to date', 'not done': 'not made', unclear: 'unclear' };
  return `, reload task "${name}" ${words[did]}`;
}

/** How the version is known, where not by its content, and what has changed since. */
function alreadyThere({ evidence, since }: KeepStep): string {
  const how = evidence === 'stamp' ? ', by its stamp' : '';
  return `already there${how}${since === undefined ? '' : `, ${since}`}`;
}

/** How the app reaches a target. Pure. */
export function manner({ options, attributes, steps }: TargetPlan): string[] {
  const { owner, tags, properties } = attributes;
  return [
    ...(options.data === 'drop' ? ['without data'] : []),
    ...(options.data === 'target'
      ? [
          'the live app keeps its own data, by an experimental call (whether users see the change in one step is not proven)',
        ]
      : []),
    ...(options.connections === 'drop' ? ['without data connections'] : []),
    ...(options.reload === 'before' ? ['reloaded before it goes live'] : []),
    ...(options.reload === 'after' ? ['reloaded afterwards'] : []),
    ...(owner ? [`owner ${owner.userDirectory}\\${owner.userId}`] : []),
    ...tags.map(({ name, id }) => `tag "${name}"${id === undefined ? ' (to be made)' : ''}`),
    ...properties.map(({ definition, values }) => `${definition.name}: ${values.join(', ')}`),
    ...(options.reloadTask
      ? [`reload task "${options.reloadTask.name}" ${startWords(options.reloadTask)}`]
      : []),
    ...(options.backup === undefined || !steps.some(step => step.do === 'replace')
      ? []
      : [
          `backed up to ${options.backup}${options.backupContent === 'all' ? ', also with what users made' : ''}`,
        ]),
  ];
}

/** Whether the step changes anything. Pure. */
export function isWork(step: Step): boolean {
  return step.do !== 'keep' || step.lacks.length > 0 || step.reload;
}

/** Whether reload tasks are to be made or changed. Pure. */
export function hasTaskWork({ reloadTask }: Pick<TargetPlan, 'reloadTask'>): boolean {
  return reloadTask?.steps.some(step => step.do !== 'leave') === true;
}

/** Whether there is work in one place: on the app, or on its reload task. Pure. */
export function placeHasWork({ steps, reloadTask }: TargetPlan, index: number): boolean {
  const step = steps[index];
  return (step !== undefined && isWork(step)) || (reloadTask?.steps[index]?.do ?? 'leave') !== 'leave';
}

/** Whether there is work on the target. Pure. */
export function targetHasWork({ steps, twins, reloadTask }: TargetPlan): boolean {
  return twins.length > 0 || steps.some(isWork) || hasTaskWork({ reloadTask });
}

/** Whether there is work for the app on its own site. Pure. */
export function sourceHasWork({ done, archive }: AppPlan): boolean {
  return done.tag !== undefined || done.properties.length > 0 || done.unpublish || archive !== undefined;
}

/** `test`, `test and prod`, `dev, test and prod`. Pure. */
export function listed(names: readonly string[]): string {
  return names.length <= 1 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
