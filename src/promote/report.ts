import type { Outcome, Report } from '../base/report.ts';
import { formatBytes, formatDuration } from '../base/units.ts';
import { type AppOutcome, changed, failed, type StreamOutcome, type TargetOutcome } from './outcome.ts';
import type { AppPlan, Plan, Step, TargetPlan } from './plan.ts';

interface Row {
  app: string;
  target: string;
  stream: string;
  done: string;
  time: string;
  size: string;
}

export interface Run {
  plan: Plan;
  /** A refusal holds everything back. */
  stopped: boolean;
  dryRun: boolean;
  /** Absent when nothing was carried out. */
  outcomes?: readonly AppOutcome[];
}

/** Pure: facts in, everything that is shown out. */
export function reportOf(run: Run): Report {
  const { plan, stopped, dryRun } = run;
  const outcomes = run.outcomes ?? plan.apps.map(notCarriedOut);
  const executed = run.outcomes !== undefined;
  const outcome = wordOf(run, outcomes);
  const rows = outcomes.flatMap(app => rowsOf(app, executed));
  const refusals = [...plan.refusals, ...plan.apps.flatMap(refusalsOf)];
  const held = stopped && !dryRun ? ['Nothing was changed on any site.'] : [];
  return {
    outcome,
    title: TITLES[outcome],
    table: {
      head: ['App', 'Target', 'Stream', 'What', 'Time', 'Size'],
      rows: rows.map(({ app, target, stream, done, time, size }) => [app, target, stream, done, time, size]),
    },
    excerpts: [],
    paths: {},
    lines: [...plan.refusals, ...rows.map(lineOf), ...held],
    failures: [...(outcome === 'failed' ? refusals : []), ...outcomes.flatMap(failuresOf)],
    warnings: [...(outcome === 'failed' ? [] : refusals), ...outcomes.flatMap(warningsOf)],
    result: {
      outcome,
      from: plan.from.name,
      refusals: plan.refusals,
      apps: outcomes.map(app => appResult(app, executed)),
    },
  };
}

const TITLES: Readonly<Record<Outcome, string>> = {
  promoted: 'Promoted',
  planned: 'Plan: nothing was changed',
  'nothing-to-do': 'Nothing to promote',
  failed: 'Promotion failed',
  reloaded: 'Reloaded',
  started: 'Started',
};

function wordOf(
  { plan, stopped, dryRun, outcomes: executed }: Run,
  outcomes: readonly AppOutcome[],
): Outcome {
  const refused = plan.refusals.length > 0 || plan.apps.some(({ verdict }) => verdict === 'refuse');
  if (stopped || outcomes.some(failed)) return 'failed';
  const work = plan.apps.some(({ verdict }) => verdict === 'promote' || verdict === 'untag');
  if (dryRun && work) return 'planned';
  if (executed && outcomes.some(changed)) return 'promoted';
  // With `on-refusal: skip` a refusal among successes is a warning; when nothing else came of the run, it is all.
  return refused && !work ? 'failed' : 'nothing-to-do';
}

function notCarriedOut(plan: AppPlan): AppOutcome {
  const targets = plan.targets.map(target => ({
    plan: target,
    streams: target.steps.map(({ stream }): StreamOutcome => ({ stream, did: 'not done' })),
    left: [],
    took: 0,
  }));
  return { plan, targets, tag: 'none', notes: [] };
}

function refusalsOf({ app, verdict, reasons }: AppPlan): string[] {
  return verdict === 'refuse' ? reasons.map(reason => `App "${app.name}": ${reason}`) : [];
}

function failuresOf({ plan, targets, failure }: AppOutcome): string[] {
  const name = `App "${plan.app.name}"`;
  const broken = targets.flatMap(target =>
    target.failure === undefined ? [] : [`${name}: ${target.failure}`],
  );
  return [...broken, ...(failure === undefined ? [] : [`${name}: ${failure}`])];
}

function warningsOf({ plan, targets, notes }: AppOutcome): string[] {
  const name = `App "${plan.app.name}"`;
  const left = targets.flatMap(target =>
    target.left.map(copy => {
      const where = `on site "${target.plan.site.name}" (${copy.id ? `id ${copy.id}, ` : ''}"${copy.name}")`;
      const what = copy.certain
        ? `a working copy stayed ${where}`
        : `a working copy may have stayed ${where}`;
      return `${name}: ${what}; the next promotion of this app to that site removes it.`;
    }),
  );
  const missing = plan.targets.flatMap(target =>
    target.missing.map(stream => `${name}: site "${target.site.name}" has no stream "${stream}"; left out.`),
  );
  return [...missing, ...left, ...notes.map(note => `${name}: ${note}`)];
}

function rowsOf(app: AppOutcome, executed: boolean): Row[] {
  const { plan } = app;
  const base = { app: plan.app.name, target: '', stream: '', time: '', size: '' };
  const own = appRow(app, executed);
  const rows =
    plan.verdict === 'refuse' ? [] : app.targets.flatMap(target => targetRows(base, app, target, executed));
  return [...rows, ...(own === undefined ? [] : [{ ...base, target: '', done: own }])];
}

function appRow({ plan, tag }: AppOutcome, executed: boolean): string | undefined {
  const reasons = plan.reasons.join('; ');
  if (plan.verdict === 'refuse') return `refused: ${reasons}`;
  if (plan.verdict === 'skip') return `skipped: ${reasons}`;
  if (plan.verdict === 'untag') {
    return !executed
      ? `tag to be removed: ${reasons}`
      : tag === 'removed'
        ? `tag removed: ${reasons}`
        : 'tag not removed';
  }
  if (!plan.tag) return undefined;
  if (!executed) return `to be tagged "${plan.tag.name}"`;
  const words: Partial<Record<AppOutcome['tag'], string>> = {
    set: `tagged "${plan.tag.name}"`,
    failed: `tag "${plan.tag.name}" not set`,
    'not due': `tag "${plan.tag.name}" not due`,
  };
  return words[tag];
}

function targetRows(
  base: Row | Omit<Row, 'done'>,
  app: AppOutcome,
  target: TargetOutcome,
  executed: boolean,
): Row[] {
  const { plan, streams, took } = target;
  const moved = streams.some(({ did }) => did === 'replaced' || did === 'published');
  const time = executed && moved ? formatDuration(took) : '';
  const size = app.file && moved ? formatBytes(app.file.bytes) : '';
  const rows = plan.steps.map((step, index) => {
    const first = index === 0 ? { time, size } : { time: '', size: '' };
    const done = executed ? did(streams[index]) : will(step);
    return { ...base, target: plan.site.name, stream: step.stream.name, done, ...first };
  });
  const missing = plan.missing.map(stream => ({
    ...base,
    target: plan.site.name,
    stream,
    done: 'left out: no such stream',
  }));
  return [...rows, ...missing];
}

function will(step: Step): string {
  if (step.do === 'publish') return 'to be published';
  if (step.do === 'keep') return `already there (${step.app.id})`;
  return `to be replaced (${step.app.id})`;
}

function did(stream: StreamOutcome | undefined): string {
  const id = stream?.app ? ` (${stream.app.id})` : '';
  if (stream?.did === 'kept') return `already there${id}`;
  if (stream?.did === 'unclear') return `unclear: the site gave no answer${id}`;
  return `${stream?.did ?? 'not done'}${id}`;
}

function lineOf({ app, target, stream, done }: Row): string {
  const where = [target, stream && `stream "${stream}"`].filter(Boolean).join(', ');
  return `"${app}"${where ? ` → ${where}` : ''}: ${done}`;
}

function appResult(app: AppOutcome, executed: boolean): Record<string, unknown> {
  const { plan, targets, file, tag, failure, notes } = app;
  return {
    id: plan.app.id,
    name: plan.app.name,
    verdict: plan.verdict,
    reasons: plan.reasons,
    tag,
    ...(file ?? {}),
    ...(failure === undefined ? {} : { failure }),
    notes,
    targets: targets.map(target => targetResult(target, executed)),
  };
}

function targetResult({ plan, streams, failure, left, took }: TargetOutcome, executed: boolean) {
  return {
    site: plan.site.name,
    mode: plan.mode,
    name: plan.name,
    missingStreams: plan.missing,
    streams: streams.map(({ stream, did, app }, index) => ({
      stream: stream.name,
      plan: plan.steps[index]?.do,
      ...replaced(plan, index),
      ...(executed ? { did, ...(app ? { app: app.id } : {}) } : {}),
    })),
    ...(executed ? { leftBehind: left, milliseconds: took } : {}),
    ...(failure === undefined ? {} : { failure }),
  };
}

function replaced(plan: TargetPlan, index: number): Record<string, unknown> {
  const step = plan.steps[index];
  return step && step.do !== 'publish' ? { app: step.app.id } : {};
}
