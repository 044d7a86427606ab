import { lazyMap } from '../../base/lazy-list.ts';
import type { Outcome, Report } from '../../base/report.ts';
import { type AppOutcome, changed, failed, type StreamOutcome } from '../outcome.ts';
import type { AppPlan, Plan } from '../plan/planned.ts';
import { diagramOf } from './diagram.ts';
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
  const outcomes = plan.apps.map(notCarriedOut);
  const lines = linesToDo(outcomes, { executed: false, at: plan.at, zone: ' UTC' });
  return [...lines, ...remarksOf(outcomes), ...plan.leftovers.flatMap(copyLines)];
}

/** Pure: facts in, everything that is shown out. */
export function reportOf(run: PromotionRun): Report {
  const { plan, stopped, dryRun, took } = run;
  const outcomes = run.outcomes ?? plan.apps.map(notCarriedOut);
  const executed = run.outcomes !== undefined;
  const stage = { executed, at: plan.at, zone: ' UTC' };
  const outcome = wordOf(run, outcomes);
  const refusals = [...plan.refusals, ...refusalsOf(plan.apps)];
  const held = stopped && !dryRun ? ['Nothing was changed on any site.'] : [];
  const remarks = executed ? [] : remarksOf(outcomes);
  return {
    outcome,
    title: TITLES[outcome],
    verdict: verdictOf(plan, outcomes, { executed, stopped, took }),
    remarks: executed ? [] : [...remarks, 'Times are UTC.'],
    table: summaryTable(outcomes, plan.from, { ...stage, zone: '' }),
    diagram: diagramOf(outcomes, plan.from),
    excerpts: [],
    paths: pathsOf(outcomes),
    url: outcome === 'failed' ? undefined : hubUrl(outcomes),
    lines: [
      ...linesOf(outcomes, stage),
      ...remarks,
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

function wordOf(
  { plan, stopped, dryRun, outcomes: executed }: PromotionRun,
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
    // A run would fail there. The targets of a refused app are among its refusals.
    ...(plan.verdict === 'promote' && target.lost !== undefined ? { failure: target.lost } : {}),
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
