import { lazyMap } from '../../base/lazy-list.ts';
import type { Outcome, Report } from '../../base/report.ts';
import { type AppOutcome, changed, failed, hasNewVersion, type StreamOutcome, wentLive } from '../outcome.ts';
import type { AppPlan, Plan } from '../plan/planned.ts';
import { diagramOf } from './diagram.ts';
import { differencesOf } from './differences.ts';
import { failuresOf, refusalsOf, warningsOf } from './failures.ts';
import { hubUrl } from './hub.ts';
import { remarksOf } from './remarks.ts';
import { copyLines, linesOf, linesToDo } from './report-lines.ts';
import { appResult } from './result.ts';
import { summaryTable } from './summary-table.ts';
import { verdictOf } from './verdict.ts';
import { sourceHasWork, targetHasWork } from './words.ts';

export interface PromotionRun {
  plan: Plan;
  /** A refusal stopped the run, so nothing was changed. */
  heldBack: boolean;
  dryRun: boolean;
  /** Absent when nothing was carried out. */
  outcomes?: readonly AppOutcome[];
  /** The whole time, ms. */
  took: number;
}

/**
 * The lines before the execution: one for each step whose result the report will give. The report has what the plan
 * alone settles. Pure.
 */
export function linesAhead(plan: Plan): string[] {
  const outcomes = plan.apps.map(notCarriedOut);
  const lines = linesToDo(outcomes, { executed: false, at: plan.at, zone: ' UTC' });
  return [...lines, ...remarksOf(outcomes), ...plan.leftovers.flatMap(copyLines)];
}

/** Makes everything that is shown from the facts. Pure. */
export function reportOf(run: PromotionRun): Report {
  const { plan, heldBack, dryRun, took } = run;
  const outcomes = run.outcomes ?? plan.apps.map(notCarriedOut);
  const executed = run.outcomes !== undefined;
  const stage = { executed, at: plan.at, zone: ' UTC' };
  const outcome = wordOf(run, outcomes);
  const refusals = [...plan.refusals, ...refusalsOf(plan.apps)];
  const held = heldBack && !dryRun ? ['Nothing was changed on any site.'] : [];
  const remarks = executed ? [] : remarksOf(outcomes);
  const differences = executed ? [] : differencesOf(outcomes);
  return {
    outcome,
    title: titleOf(outcome, outcomes),
    verdict: verdictOf(plan, outcomes, { executed, heldBack, took }),
    remarks: executed ? [] : [...remarks, 'Times are UTC.'],
    table: summaryTable(outcomes, plan.from, { ...stage, zone: '' }),
    ...(differences.length > 0
      ? { details: [{ title: 'What differs from what is live', sentences: differences }] }
      : {}),
    diagram: diagramOf(outcomes, plan.from),
    excerpts: [],
    paths: pathsOf(outcomes),
    url: outcome === 'failed' ? undefined : hubUrl(outcomes),
    lines: [
      ...linesOf(outcomes, stage),
      ...remarks,
      ...differences,
      ...(executed ? [] : plan.leftovers.flatMap(copyLines)),
      ...held,
    ],
    failures: [...(outcome === 'failed' ? refusals : []), ...failuresOf(outcomes, plan.at)],
    warnings: [...plan.warnings, ...(outcome === 'failed' ? [] : refusals), ...warningsOf(outcomes)],
    result: {
      outcome,
      from: plan.from.name,
      refusals: plan.refusals,
      apps: lazyMap(outcomes, app => appResult(app, executed)),
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

/** The heading. What the run changed beside a promotion has headings of its own. */
function titleOf(outcome: Outcome, outcomes: readonly AppOutcome[]): string {
  const targets = outcomes.flatMap(app => app.targets);
  if (outcome === 'promoted' && !targets.some(hasNewVersion))
    return targets.some(wentLive) ? 'Brought up to date' : 'Source apps brought up to date';
  const untagged = outcome === 'nothing-to-do' && outcomes.some(({ tag }) => tag === 'removed');
  return untagged ? 'Nothing to promote; tags removed' : TITLES[outcome];
}

function wordOf(
  { plan, heldBack, dryRun, outcomes: executed }: PromotionRun,
  outcomes: readonly AppOutcome[],
): Outcome {
  const refused = plan.refusals.length > 0 || plan.apps.some(({ verdict }) => verdict === 'refuse');
  if (heldBack || outcomes.some(failed)) return 'failed';
  const work = plan.apps.some(({ verdict }) => verdict === 'promote' || verdict === 'untag');
  const tidying = plan.leftovers.some(({ removable }) => removable.length > 0);
  if (dryRun && (tidying || plan.apps.some(wouldChange))) return 'planned';
  if (executed && outcomes.some(changed)) return 'promoted';
  // With `on-refusal: skip` a refusal beside successes is a warning; without any success it is the run's result.
  return refused && !work ? 'failed' : 'nothing-to-do';
}

/** Whether the app's plan changes anything: on a target, on the source, or in the archive. */
function wouldChange(plan: AppPlan): boolean {
  if (plan.verdict !== 'promote') return plan.verdict === 'untag';
  return sourceHasWork(plan) || plan.targets.some(targetHasWork);
}

function notCarriedOut(plan: AppPlan): AppOutcome {
  const targets = plan.targets.map(target => ({
    plan: target,
    streams: target.steps.map(({ stream }): StreamOutcome => ({ stream, did: 'not done' })),
    left: [],
    took: 0,
    // A run would fail there. The refusals of an app include its targets.
    ...(plan.verdict === 'promote' && target.lost !== undefined ? { failure: target.lost } : {}),
  }));
  return { plan, targets, tag: 'none', done: [], notes: [] };
}

/** The folders with files of this run. */
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
