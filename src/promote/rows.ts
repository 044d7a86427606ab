import { formatBytes, formatDuration } from '../base/units.ts';
import type { App } from '../qrs/entities.ts';
import { CHANGED_SINCE } from './finishing.ts';
import type { AppOutcome, StreamOutcome, TargetOutcome } from './outcome.ts';
import type { Keep, Leftovers, Step, TargetPlan } from './planned.ts';

/** One line of the table: what is planned for, or came of, one app in one stream, or of the app itself. */
export interface Row {
  app: string;
  target: string;
  stream: string;
  done: string;
  time: string;
  size: string;
  /** Something is still to be done, so that another line will say what came of it. */
  todo: boolean;
}

/** Where the rows are made for: after the execution, or of the plan alone, whose facts were read `at` (ms). */
export interface Stage {
  executed: boolean;
  at: number;
}

/** Pure: facts in, rows out. */
export function rowsOf(app: AppOutcome, stage: Stage): Row[] {
  const { plan } = app;
  const base = { app: plan.app.name, target: '', stream: '', time: '', size: '', todo: false };
  const rows =
    plan.verdict === 'refuse' ? [] : app.targets.flatMap(target => targetRows(base, app, target, stage));
  const todo = !stage.executed && (plan.verdict === 'promote' || plan.verdict === 'untag');
  return [...rows, ...appNotes(app, stage).map(done => ({ ...base, done, todo }))];
}

/** A row as a line of the log. */
export function lineOf({ app, target, stream, done }: Row): string {
  const where = [target, stream && `stream "${stream}"`].filter(Boolean).join(', ');
  return `"${app}"${where ? ` → ${where}` : ''}: ${done}`;
}

/** What the plan says of working copies on a site. */
export function copyLines({ site, removable, held }: Leftovers): string[] {
  const what = (copy: App) => `${site.name}: the working copy "${copy.name}" (${copy.id})`;
  return [
    ...removable.map(copy => `${what(copy)} is nobody's any more, and is to be removed.`),
    ...held.map(copy => `${what(copy)} may be another run's, and is left alone.`),
  ];
}

/** What is, or was, done to the app on its own site. */
function appNotes(app: AppOutcome, { executed }: Stage): string[] {
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

function targetRows(
  base: Omit<Row, 'done'>,
  app: AppOutcome,
  target: TargetOutcome,
  { executed, at }: Stage,
): Row[] {
  const { plan, streams, took } = target;
  const moved = streams.some(({ did }) => did === 'replaced' || did === 'published');
  const time = executed && moved ? formatDuration(took) : '';
  const size = app.file && moved ? formatBytes(app.file.bytes) : '';
  const place = { ...base, target: plan.site.name };
  const rows = plan.steps.map((step, index) => {
    const first = index === 0 ? { time, size } : { time: '', size: '' };
    const came = target.skipped === undefined ? did(streams[index], step) : `skipped: ${target.skipped}`;
    const done = executed ? came : will(step, plan, at);
    return { ...place, stream: step.stream.name, done, ...first, todo: !executed && isWork(step) };
  });
  const lost = plan.lost === undefined ? [] : [{ ...place, stream: '', done: `not done: ${plan.lost}` }];
  const missing = plan.missing.map(stream => ({ ...place, stream, done: 'left out: no such stream' }));
  const twins = plan.twins.map(app => {
    const done = `twin of ${executed ? 'the same version' : 'the same version, to be removed'} (${app.id})`;
    return { ...place, stream: app.stream?.name ?? '', done };
  });
  return [...rows, ...lost, ...missing, ...twins];
}

function will(step: Step, plan: TargetPlan, at: number): string {
  if (step.do === 'keep') return willKeep(step);
  const extras = extrasOf(plan);
  const how = extras.length > 0 ? `; ${extras.join(', ')}` : '';
  if (step.do === 'replace') return `to be replaced (${about(step.app, at)})${how}`;
  return `to be published${step.stream.id === undefined ? ', and the stream made' : ''}${how}`;
}

function willKeep(step: Keep): string {
  const { app, lacks, reload } = step;
  const todo = [
    ...(lacks.length > 0 ? [`as it ${lacks.join(', ')}, to be brought up to date`] : []),
    ...(reload ? ['to be reloaded'] : []),
  ];
  return [`${alreadyThere(step)} (${app.id})`, ...todo].join('; ');
}

/** Whether the step changes anything. */
export function isWork(step: Step): boolean {
  return step.do !== 'keep' || step.lacks.length > 0 || step.reload;
}

/** How it is known, where that is not by its content, and what became of it since. */
function alreadyThere({ evidence, since }: Keep): string {
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
  const owner = app.owner ? `, owner ${app.owner.userDirectory}\\${app.owner.userId}` : '';
  const size = app.fileSize === undefined ? '' : `, ${formatBytes(app.fileSize)}`;
  const reloaded = Date.parse(app.lastReloadTime);
  // Dates before any Qlik Sense mean that there is none (docs/qrs.md 1).
  const never = Number.isNaN(reloaded) || reloaded < 0;
  const age = never
    ? 'never reloaded'
    : `last reload ${app.lastReloadTime.slice(0, 16)}, ${ago(at - reloaded)}`;
  return `${app.id}${owner}${size}, ${age}`;
}

function ago(ms: number): string {
  if (ms < DAY) return 'less than a day ago';
  const days = Math.floor(ms / DAY);
  return days === 1 ? 'a day ago' : `${days} days ago`;
}

function did(stream: StreamOutcome | undefined, step: Step): string {
  const id = stream?.app ? ` (${stream.app.id})` : '';
  const reloaded = stream?.reloaded ? ', reloaded' : '';
  const there = step.do === 'keep' ? alreadyThere(step) : 'already there';
  if (stream?.did === 'kept') return `${there}${reloaded}${id}`;
  if (stream?.did === 'amended') return `${there}, brought up to date${reloaded}${id}`;
  if (stream?.did === 'unclear') return `unclear: the site gave no answer${id}`;
  return `${stream?.did ?? 'not done'}${reloaded}${id}`;
}
