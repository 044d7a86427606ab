import { FAILURE_SIGN, type Outcome, type Report } from '../base/report.ts';
import { formatDuration } from '../base/units.ts';
import type { Plan, RunPlan } from './plan.ts';
import type { ReloadRequest } from './request.ts';
import type { RunOutcome } from './run.ts';
import { usualDuration } from './run-words.ts';

export interface ReloadRun {
  request: ReloadRequest;
  plan: Plan;
  /** Absent when nothing was carried out. */
  outcomes?: readonly RunOutcome[];
  /** The folder with the script logs. */
  logs?: string;
  /** The whole time, ms. */
  took?: number;
}

/** Makes everything that is shown from the facts. Pure. */
export function reportOf({ plan, outcomes, logs, took = 0 }: ReloadRun): Report {
  const outcome = wordOf(plan, outcomes);
  const failures = outcomes?.flatMap(failureOf) ?? [];
  const saved = outcomes?.some(({ log }) => log !== undefined);
  return {
    outcome,
    title: TITLES[outcome],
    ...(outcomes ? { verdict: verdictOf(outcomes, plan.site, took) } : {}),
    lines: outcomes ? outcomes.map(lineOf) : plan.runs.map(planLine),
    failures: [...plan.refusals, ...failures],
    warnings: outcomes?.flatMap(({ plan: { name }, notes }) => notes.map(note => `${name}: ${note}`)) ?? [],
    table: outcomes ? outcomeTable(outcomes) : planTable(plan),
    excerpts: (outcomes ?? []).flatMap(({ plan: { name }, log }) =>
      log ? [{ title: `The end of the script log of "${name}"`, text: log.end }] : [],
    ),
    result: {
      outcome,
      site: plan.site,
      refusals: plan.refusals,
      runs: outcomes ? outcomes.map(outcomeResult) : plan.runs.map(planResult),
    },
    paths: saved && logs !== undefined ? { 'log-path': logs } : {},
  };
}

const TITLES: Readonly<Record<Outcome, string>> = {
  checked: 'Checked',
  reloaded: 'Reloaded',
  started: 'Started, not waited for',
  planned: 'Plan: nothing was started',
  failed: 'Reload failed',
  'nothing-to-do': 'Nothing to reload',
  promoted: 'Promoted',
};

function wordOf(plan: Plan, outcomes: readonly RunOutcome[] | undefined): Outcome {
  if (plan.refusals.length > 0) return 'failed';
  if (!outcomes) return 'planned';
  if (outcomes.every(({ verdict }) => verdict === 'succeeded')) return 'reloaded';
  return outcomes.every(({ verdict }) => verdict === 'started') ? 'started' : 'failed';
}

function isGood(verdict: RunOutcome['verdict']): boolean {
  return verdict === 'succeeded' || verdict === 'started';
}

/** How many of the runs ended well, in how long, and which did not. */
function verdictOf(outcomes: readonly RunOutcome[], site: string, took: number): string {
  const bad = outcomes.filter(({ verdict }) => !isGood(verdict)).map(({ plan: { name } }) => name);
  const word = outcomes.some(({ verdict }) => verdict === 'started') ? 'started' : 'succeeded';
  const tasks = `${outcomes.length} ${outcomes.length === 1 ? 'task' : 'tasks'}`;
  const named =
    bad.length > NAMED ? `${bad.slice(0, NAMED).join(', ')} and ${bad.length - NAMED} more` : bad.join(', ');
  const end = bad.length === 0 ? '' : `; not: ${named}`;
  return `${outcomes.length - bad.length} of ${tasks} ${word} on ${site} in ${formatDuration(took)}${end}.`;
}

/** The most failed tasks to name. */
const NAMED = 3;

/** Why a run did not succeed, with the first error of its script log. */
export function failureOf({ why, log }: RunOutcome): string[] {
  if (why === undefined) return [];
  return [log?.error === undefined ? why : `${why} Its script log says: ${log.error}`];
}

function planLine(run: RunPlan): string {
  const doing = 'app' in run.of ? 'the task is to be made and started' : `to ${run.do}`;
  return `"${run.name}": ${doing}; ${before(run)}`;
}

function before({ history, of }: RunPlan): string {
  const last = history[0] ?? ('task' in of ? of.task.operational?.lastExecutionResult : undefined);
  if (!last || last.status === 'NeverStarted') return 'it has not run yet';
  return `last run ${last.startTime.replace(/T(\d\d:\d\d).*/, ' $1 UTC')}, ended as ${last.status} after ${formatDuration(last.duration)}`;
}

/** The failures say why it did not succeed. */
function lineOf({ plan, verdict, records }: RunOutcome): string {
  const [newest] = records;
  const took = newest && newest.duration > 0 ? ` in ${formatDuration(newest.duration)}` : '';
  return `"${plan.name}": ${newest && verdict !== 'unknown' ? newest.status : verdict}${took}`;
}

function planTable(plan: Plan): Report['table'] {
  const rows = plan.runs.map(run => [
    run.name,
    'app' in run.of ? 'make the task, start' : run.do,
    before(run),
  ]);
  return { head: ['Task', 'What', 'Before'], rows };
}

function outcomeTable(outcomes: readonly RunOutcome[]): Report['table'] {
  const rows = outcomes.map(({ plan, task, verdict, records }) => {
    const [newest] = records;
    const ended = newest && verdict !== 'unknown' ? newest.status : verdict;
    return [
      plan.name,
      task?.app?.name ?? '',
      isGood(verdict) ? ended : `${FAILURE_SIGN} ${ended}`,
      newest ? formatDuration(newest.duration) : '',
      usual(plan),
      newest?.executingNodeName ?? '',
    ];
  });
  return withoutEmptyColumns(['Task', 'App', 'Ended as', 'Took', 'Usually', 'Node'], rows);
}

function withoutEmptyColumns(head: readonly string[], rows: readonly string[][]): Report['table'] {
  const filled = (column: number) => rows.some(row => row[column] !== '');
  const kept = <T>(cells: readonly T[]) => cells.filter((_, column) => filled(column));
  return { head: kept(head), rows: rows.map(kept) };
}

function usual(run: RunPlan): string {
  const ms = usualDuration(run);
  return ms === undefined ? '' : formatDuration(ms);
}

function planResult(run: RunPlan): Record<string, unknown> {
  const of = 'task' in run.of ? { task: run.of.task.id, kind: run.of.task.kind } : { app: run.of.app.id };
  return { name: run.name, ...of, plan: run.do, running: run.running?.id, last: lastOf(run) };
}

function lastOf({ of, history }: RunPlan): Record<string, unknown> | undefined {
  const last = history[0] ?? ('task' in of ? of.task.operational?.lastExecutionResult : undefined);
  return last ? { status: last.status, start: last.startTime, duration: last.duration } : undefined;
}

function outcomeResult({ plan, task, session, verdict, records, why, log, notes }: RunOutcome) {
  const [newest] = records;
  return {
    name: plan.name,
    task: task?.id,
    kind: task?.kind,
    app: task?.app ? { id: task.app.id, name: task.app.name } : undefined,
    session,
    verdict,
    status: newest?.status,
    attempts: records.length,
    start: newest?.startTime,
    end: newest?.stopTime,
    duration: newest?.duration,
    usualDuration: usualDuration(plan),
    node: newest?.executingNodeName ?? undefined,
    details: newest?.details.map(({ message }) => message),
    why,
    log: log?.file,
    error: log?.error,
    notes,
  };
}
