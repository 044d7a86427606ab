import type { Outcome, Report } from '../base/report.ts';
import { diagramOf } from './diagram.ts';
import { hubUrl } from './hub.ts';
import { type AppOutcome, changed, failed, type StreamOutcome, type TargetOutcome } from './outcome.ts';
import type { AppPlan, Plan, TargetPlan } from './plan/planned.ts';
import { copyLines, lineOf, rowsOf } from './report-rows.ts';
import { summaryTable } from './summary-table.ts';
import { type AppSentence, together } from './together.ts';
import { verdictOf } from './verdict.ts';
import { isWork } from './words.ts';

export interface Run {
  plan: Plan;
  /** A refusal holds everything back. */
  stopped: boolean;
  dryRun: boolean;
  /** Absent when nothing was carried out. */
  outcomes?: readonly AppOutcome[];
  /** How long all of it took, ms. */
  took: number;
}

/**
 * What is about to be done, before it is: a line for each thing of which the report will say what came of it. What is
 * settled by the plan alone is in the report. Pure.
 */
export function linesAhead(plan: Plan): string[] {
  const rows = plan.apps.map(notCarriedOut).flatMap(app => rowsOf(app, { executed: false, at: plan.at }));
  return [...rows.filter(({ todo }) => todo).map(lineOf), ...plan.leftovers.flatMap(copyLines)];
}

/** Pure: facts in, everything that is shown out. */
export function reportOf(run: Run): Report {
  const { plan, stopped, dryRun } = run;
  const outcomes = run.outcomes ?? plan.apps.map(notCarriedOut);
  const executed = run.outcomes !== undefined;
  const outcome = wordOf(run, outcomes);
  const rows = outcomes.flatMap(app => rowsOf(app, { executed, at: plan.at }));
  const refusals = [...plan.refusals, ...together(plan.apps.flatMap(refusalsOf))];
  const held = stopped && !dryRun ? ['Nothing was changed on any site.'] : [];
  return {
    outcome,
    title: TITLES[outcome],
    verdict: verdictOf(outcome, outcomes, { executed, took: run.took }),
    table: summaryTable(outcomes, plan.from, { executed, at: plan.at }),
    diagram: diagramOf(outcomes, plan.from),
    excerpts: [],
    paths: pathsOf(outcomes),
    url: outcome === 'failed' ? undefined : hubUrl(outcomes),
    lines: [
      ...plan.refusals,
      ...rows.map(lineOf),
      ...(executed ? [] : plan.leftovers.flatMap(copyLines)),
      ...held,
    ],
    failures: [...(outcome === 'failed' ? refusals : []), ...together(outcomes.flatMap(failuresOf))],
    warnings: [
      ...plan.warnings,
      ...(outcome === 'failed' ? [] : refusals),
      ...together(outcomes.flatMap(warningsOf)),
    ],
    result: {
      outcome,
      from: plan.from.name,
      refusals: plan.refusals,
      apps: outcomes.map(app => appResult(app, executed)),
    },
  };
}

const TITLES: Readonly<Record<Outcome, string>> = {
  checked: 'Checked',
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
  const tidying = plan.leftovers.some(({ removable }) => removable.length > 0);
  if (dryRun && (tidying || plan.apps.some(wouldChange))) return 'planned';
  if (executed && outcomes.some(changed)) return 'promoted';
  // With `on-refusal: skip` a refusal among successes is a warning; when nothing else came of the run, it is all.
  return refused && !work ? 'failed' : 'nothing-to-do';
}

/** Whether anything would come of the app's plan: on a target, on the source, or in the archive. */
function wouldChange({ verdict, targets, done, archive }: AppPlan): boolean {
  if (verdict !== 'promote') return verdict === 'untag';
  const atSource = done.tag !== undefined || done.properties.length > 0 || done.unpublish;
  return atSource || archive !== undefined || targets.some(targetWouldChange);
}

function targetWouldChange({ steps, twins }: TargetPlan): boolean {
  return twins.length > 0 || steps.some(isWork);
}

function notCarriedOut(plan: AppPlan): AppOutcome {
  const targets = plan.targets.map(target => ({
    plan: target,
    streams: target.steps.map(({ stream }): StreamOutcome => ({ stream, did: 'not done' })),
    left: [],
    took: 0,
  }));
  return { plan, targets, tag: 'none', done: [], notes: [] };
}

/** The folders that were filled. */
function pathsOf(outcomes: readonly AppOutcome[]): Record<string, string> {
  const backup = outcomes
    .flatMap(({ targets }) => targets)
    .find(({ streams }) => streams.some(stream => stream.backup !== undefined))?.plan.options.backup;
  const archive = outcomes.find(outcome => outcome.archive !== undefined)?.plan.archive;
  return {
    ...(backup === undefined ? {} : { 'backup-path': backup }),
    ...(archive === undefined ? {} : { 'archive-path': archive }),
  };
}

function refusalsOf({ app: { name: app }, verdict, reasons }: AppPlan): AppSentence[] {
  return verdict === 'refuse' ? reasons.map(text => ({ app, text })) : [];
}

function failuresOf({ plan, targets, failure }: AppOutcome): AppSentence[] {
  const causes = [...targets.map(target => target.failure), failure];
  return causes.flatMap(text => (text === undefined ? [] : [{ app: plan.app.name, text }]));
}

function warningsOf({ plan, targets, notes }: AppOutcome): AppSentence[] {
  const missing = plan.targets.flatMap(target =>
    target.missing.map(stream => `site "${target.site.name}" has no stream "${stream}"; left out.`),
  );
  const said = targets.flatMap(({ streams }) => streams.flatMap(({ note }) => note ?? []));
  return [...missing, ...targets.flatMap(leftOn), ...said, ...notes].map(text => ({
    app: plan.app.name,
    text,
  }));
}

function leftOn({ plan, left }: TargetOutcome): string[] {
  return left.map(copy => {
    const where = `on site "${plan.site.name}" (${copy.id ? `id ${copy.id}, ` : ''}"${copy.name}")`;
    const what = copy.certain ? `a working copy stayed ${where}` : `a working copy may have stayed ${where}`;
    return `${what}; a later run removes it once it shows no sign of life.`;
  });
}

function appResult(app: AppOutcome, executed: boolean): Record<string, unknown> {
  const { plan, targets, file, tag, done, archive, failure, notes } = app;
  return {
    id: plan.app.id,
    name: plan.app.name,
    verdict: plan.verdict,
    reasons: plan.reasons,
    tag,
    done,
    ...(archive === undefined ? {} : { archive }),
    plan: { archive: plan.archive, done: plan.done },
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
    options: plan.options,
    missingStreams: plan.missing,
    streams: streams.map(({ stream, did, app, backup }, index) => ({
      stream: stream.name,
      plan: plan.steps[index]?.do,
      ...replaced(plan, index),
      ...(backup === undefined ? {} : { backup }),
      ...(executed ? { did, ...(app ? { app: app.id } : {}) } : {}),
    })),
    ...(executed ? { leftBehind: left, milliseconds: took } : {}),
    ...(failure === undefined ? {} : { failure }),
  };
}

/** What the plan says of the app that is there. */
function replaced(plan: TargetPlan, index: number): Record<string, unknown> {
  const step = plan.steps[index];
  if (!step || step.do === 'publish') return {};
  const { id, owner, fileSize, lastReloadTime, modifiedDate } = step.app;
  const facts = {
    owner: owner && `${owner.userDirectory}\\${owner.userId}`,
    fileSize,
    lastReloadTime,
    modifiedDate,
  };
  return { app: id, before: facts };
}
