import { formatBytes } from '../base/units.ts';
import type { App } from '../qrs/entities.ts';
import type { AppOutcome, StreamOutcome } from './outcome.ts';
import type { KeepStep, Step, TargetPlan } from './plan/planned.ts';
import { CHANGED_SINCE } from './source/finishing.ts';

/** When the words are said: after the execution, or of the plan alone, whose facts were read `at` (ms). */
export interface Stage {
  executed: boolean;
  at: number;
}

/** What is, or was, done to the app on its own site. */
export function appNotes(app: AppOutcome, { executed }: Stage): string[] {
  const { plan, tag } = app;
  const reasons = plan.reasons.join('; ');
  if (plan.verdict === 'refuse') return [`refused: ${reasons}`];
  if (plan.verdict === 'skip') return [`skipped: ${reasons}`];
  if (plan.verdict === 'untag') {
    if (!executed) return [`tag to be removed: ${reasons}`];
    return [tag === 'removed' ? `tag removed: ${reasons}` : 'tag not removed'];
  }
  return executed ? didToSource(app) : willDoToSource(app);
}

function willDoToSource({ plan: { done, archive } }: AppOutcome): string[] {
  return [
    ...(archive === undefined ? [] : [`to be archived without data in ${archive}`]),
    ...(done.tag ? [`to be tagged "${done.tag.name}"`] : []),
    ...done.properties.map(name => `property ${name} to be removed`),
    ...(done.unpublish ? ['to be unpublished and given back to its owner'] : []),
  ];
}

function didToSource(outcome: AppOutcome): string[] {
  const { plan, tag, done, archive } = outcome;
  const name = plan.done.tag?.name;
  const words: Partial<Record<AppOutcome['tag'], string>> = {
    set: `tagged "${name}"`,
    failed: `tag "${name}" not set`,
    'not due': `tag "${name}" not due${changedSince(outcome) ? `, ${CHANGED_SINCE}` : ''}`,
  };
  const word = name === undefined ? undefined : words[tag];
  return [
    ...(archive === undefined ? [] : [`archived without data as ${archive}`]),
    ...(word === undefined ? [] : [word]),
    ...done,
  ];
}

function changedSince({ notes }: AppOutcome): boolean {
  return notes.some(note => note.includes(CHANGED_SINCE));
}

/** What is planned for, or came of, one step on a target, without the id of the app. Pure. */
export function stepWords(
  step: Step,
  plan: TargetPlan,
  outcome: StreamOutcome | undefined,
  { executed, at }: Stage,
): string {
  return executed ? did(outcome, step) : will(step, plan, at);
}

function will(step: Step, plan: TargetPlan, at: number): string {
  if (step.do === 'keep') return willKeep(step);
  const extras = extrasOf(plan);
  const how = extras.length > 0 ? `; ${extras.join(', ')}` : '';
  if (step.do === 'replace') return `to be replaced (${about(step.app, at)})${how}`;
  return `to be published${step.stream.id === undefined ? ', and the stream made' : ''}${how}`;
}

function willKeep(step: KeepStep): string {
  const { lacks, reload } = step;
  const todo = [
    ...(lacks.length > 0 ? [`as it ${lacks.join(', ')}, to be brought up to date`] : []),
    ...(reload ? ['to be reloaded'] : []),
  ];
  return [alreadyThere(step), ...todo].join('; ');
}

/** Whether the step changes anything. */
export function isWork(step: Step): boolean {
  return step.do !== 'keep' || step.lacks.length > 0 || step.reload;
}

/** How it is known, where that is not by its content, and what became of it since. */
function alreadyThere({ evidence, since }: KeepStep): string {
  const how = [...(evidence === 'stamp' ? ['by its stamp'] : []), ...(since === undefined ? [] : [since])];
  return ['already there', ...how].join(', ');
}

function extrasOf({ options, attributes }: TargetPlan): string[] {
  const { owner, tags, properties } = attributes;
  return [
    ...(options.data === 'drop' ? ['without data'] : []),
    ...(options.connections === 'drop' ? ['without data connections'] : []),
    ...(options.reload === 'before' ? ['reloaded before it goes live'] : []),
    ...(options.reload === 'after' ? ['reloaded afterwards'] : []),
    ...(owner ? [`owner ${owner.userDirectory}\\${owner.userId}`] : []),
    ...tags.map(({ name, id }) => `tag "${name}"${id === undefined ? ' (to be made)' : ''}`),
    ...properties.map(({ definition, values }) => `${definition.name}: ${values.join(', ')}`),
    ...(options.backup === undefined ? [] : [`backed up to ${options.backup}`]),
  ];
}

const DAY = 86_400_000;

/** What a reviewer asks of an app that is about to be replaced: which, whose, how large, how old. */
function about(app: App, at: number): string {
  const owner = app.owner ? [`owner ${app.owner.userDirectory}\\${app.owner.userId}`] : [];
  const size = app.fileSize === undefined ? [] : [formatBytes(app.fileSize)];
  const reloaded = Date.parse(app.lastReloadTime);
  // Dates before any Qlik Sense mean that there is none (docs/qrs.md 1).
  const never = Number.isNaN(reloaded) || reloaded < 0;
  const age = never ? 'never reloaded' : `reloaded ${minute(app.lastReloadTime)}, ${ago(at - reloaded)}`;
  return [...owner, ...size, age].join(', ');
}

/** `2026-11-25 20:28` UTC, of a date as QRS writes it. */
function minute(date: string): string {
  return date.slice(0, 16).replace('T', ' ');
}

function ago(ms: number): string {
  if (ms < DAY) return 'less than a day ago';
  const days = Math.floor(ms / DAY);
  return days === 1 ? 'a day ago' : `${days} days ago`;
}

function did(stream: StreamOutcome | undefined, step: Step): string {
  const reloaded = stream?.reloaded ? ', reloaded' : '';
  const there = step.do === 'keep' ? alreadyThere(step) : 'already there';
  if (stream?.did === 'kept') return `${there}${reloaded}`;
  if (stream?.did === 'amended') return `${there}, brought up to date${reloaded}`;
  if (stream?.did === 'unclear') return `unclear: the site gave no answer`;
  return `${stream?.did ?? 'not done'}${reloaded}`;
}

/** What a reviewer asks of the app on its own site: how large, how old, changed when and by whom. */
export function aboutSource(app: App, at: number): string {
  const by = app.modifiedByUserName === '' ? '' : ` by ${app.modifiedByUserName}`;
  return `${about({ ...app, owner: undefined }, at)}, changed ${minute(app.modifiedDate)}${by}`;
}
