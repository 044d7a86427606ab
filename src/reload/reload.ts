import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { InputError, StoppedError } from '../base/errors.ts';
import { limiter } from '../base/limit.ts';
import type { Log } from '../base/log.ts';
import type { Report } from '../base/report.ts';
import { formatDuration } from '../base/units.ts';
import { connect, type Qrs } from '../qrs/connection.ts';
import type { Limits } from '../qrs/limits.ts';
import { meantSite } from '../sites/names.ts';
import type { Site } from '../sites/site.ts';
import { watchRuns } from './follow.ts';
import { plan as makePlan, type Plan, type RunPlan } from './plan.ts';
import { failureOf, reportOf } from './report.ts';
import { ASKS_FOR_SITE, type ReloadRequest } from './request.ts';
import { type ReloadContext, type RunOutcome, runTask } from './run.ts';
import { runStopper } from './stop.ts';
import { type Survey, survey } from './survey.ts';

/** The most starts under way at a time; QRS queues the runs themselves. */
const STARTS = 4;

export interface Reload {
  sites: readonly Site[];
  dryRun: boolean;
  /** Where script logs go, in a folder of their own. */
  folder: string;
  /** Names this run. */
  run: string;
  clock: Clock;
  signal: AbortSignal;
  log: Log;
  /** Instead of the usual limits. */
  limits?: Partial<Limits>;
}

/**
 * Starts tasks and follows them to their ends: survey, plan, execute, report. Throws InputError for a request that
 * makes no sense, RemoteError when the site cannot be surveyed; the report holds later failures.
 */
export async function reload(
  request: ReloadRequest,
  { sites, dryRun, folder, run, ...given }: Reload,
): Promise<Report> {
  const site = siteOf(request, sites);
  const qrs = connect(site, given);
  try {
    const { log } = given;
    const began = given.clock.now();
    const until = began + (request.totalTimeout ?? Number.POSITIVE_INFINITY);
    const facts = await log.group('Survey', () => surveyInTime(request, qrs));
    const plan = makePlan(request, facts, site.name);
    const held = plan.refusals.length > 0;
    await log.group('Plan', async () => {
      for (const line of reportOf({ request, plan }).lines) log.info(line);
    });
    if (dryRun || held) return reportOf({ request, plan });
    const logs = join(folder, `qrs-action-logs-${run}`);
    const running: ReloadContext = {
      qrs,
      watcher: watchRuns(qrs),
      stopRun: runStopper(qrs),
      slot: limiter(STARTS),
      request,
      until,
      logs,
    };
    const outcomes = await log.group('Reload', () => execute(plan, running));
    return reportOf({ request, plan, outcomes, logs, took: given.clock.now() - began });
  } finally {
    await qrs.close();
  }
}

/** A survey takes seconds. A slow site gets five minutes, or the time of the whole request. Ms. */
const SURVEY = 300_000;

async function surveyInTime(request: ReloadRequest, qrs: Qrs): Promise<Survey> {
  const within = Math.min(request.totalTimeout ?? SURVEY, SURVEY);
  const late = AbortSignal.timeout(within);
  try {
    return await survey(request, qrs.under(AbortSignal.any([qrs.signal, late])));
  } catch (error) {
    if (!late.aborted || qrs.signal.aborted) throw error;
    throw new StoppedError(
      `The survey of site "${qrs.site.name}" was given up after ${formatDuration(within)}; nothing was started.`,
      { cause: error },
    );
  }
}

function siteOf({ site }: ReloadRequest, sites: readonly Site[]): Site {
  const meant = meantSite(sites, site, ASKS_FOR_SITE);
  if (typeof meant === 'string') throw new InputError(meant);
  return meant;
}

async function execute({ runs }: Plan, running: ReloadContext): Promise<RunOutcome[]> {
  return running.request.order === 'sequence' ? inSequence(runs, running) : atOnce(runs, running);
}

function atOnce(runs: readonly RunPlan[], running: ReloadContext): Promise<RunOutcome[]> {
  return Promise.all(runs.map(run => runAndLog(run, running)));
}

/** Reports each end at once, not after the last run. */
async function runAndLog(plan: RunPlan, running: ReloadContext): Promise<RunOutcome> {
  const { log, site } = running.qrs;
  const outcome = await runTask(plan, running);
  const took = formatDuration(outcome.records[0]?.duration ?? 0);
  if (outcome.verdict === 'succeeded') log.info(`${site.name}: "${plan.name}" succeeded after ${took}.`);
  for (const sentence of failureOf(outcome)) log.failure(sentence);
  return outcome;
}

/** Runs one task after the other; a failure stops the later ones. */
async function inSequence(runs: readonly RunPlan[], running: ReloadContext): Promise<RunOutcome[]> {
  const outcomes: RunOutcome[] = [];
  let failed: RunPlan | undefined;
  for (const plan of runs) {
    if (failed) {
      const why = `Task "${plan.name}" was not started, as "${failed.name}" before it did not succeed.`;
      outcomes.push({ plan, verdict: 'not started', records: [], notes: [], why });
      continue;
    }
    const outcome = await runAndLog(plan, running);
    outcomes.push(outcome);
    if (outcome.verdict !== 'succeeded') failed = plan;
  }
  return outcomes;
}
