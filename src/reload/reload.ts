import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { InputError } from '../base/errors.ts';
import { limiter } from '../base/limit.ts';
import type { Log } from '../base/log.ts';
import type { Report } from '../base/report.ts';
import { connect } from '../qrs/connection.ts';
import { findSite, knownSites, type Site } from '../sites/sites.ts';
import { watchRuns } from './follow.ts';
import { plan as makePlan, type Plan, type RunPlan } from './plan.ts';
import { reportOf } from './report.ts';
import type { Request } from './request.ts';
import { type Running, type RunOutcome, runTask } from './run.ts';
import { enderOf } from './stop.ts';
import { survey } from './survey.ts';

/** Starts under way at a time; the runs themselves are QRS's to queue. */
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
}

/**
 * Starts tasks and follows them to their ends: survey, plan, execute, report. Throws InputError for a request
 * that cannot be meant, RemoteError when the site cannot be surveyed; what goes wrong later is in the report.
 */
export async function reload(
  request: Request,
  { sites, dryRun, folder, run, ...given }: Reload,
): Promise<Report> {
  const site = siteOf(request, sites);
  const qrs = connect(site, given);
  try {
    const { log } = given;
    const facts = await log.group('Survey', () => survey(request, qrs));
    const plan = makePlan(request, facts, site.name);
    const held = plan.refusals.length > 0;
    await log.group('Plan', async () => {
      for (const line of reportOf({ request, plan }).lines) log.info(line);
    });
    if (dryRun || held) return reportOf({ request, plan });
    const logs = join(folder, `qrs-action-logs-${run}`);
    const running: Running = {
      qrs,
      watcher: watchRuns(qrs),
      ender: enderOf(qrs),
      slot: limiter(STARTS),
      request,
      logs,
    };
    const outcomes = await log.group('Reload', () => execute(plan, running));
    return reportOf({ request, plan, outcomes, logs });
  } finally {
    await qrs.close();
  }
}

function siteOf({ site }: Request, sites: readonly Site[]): Site {
  const [only] = sites;
  if (site === undefined) {
    if (only && sites.length === 1) return only;
    throw new InputError(`The request does not say on which site. ${knownSites(sites, '')}`);
  }
  const found = findSite(sites, site);
  if (!found) throw new InputError(`"site" names no site: "${site}". ${knownSites(sites, site)}`);
  return found;
}

async function execute({ runs }: Plan, running: Running): Promise<RunOutcome[]> {
  return running.request.order === 'sequence' ? inSequence(runs, running) : atOnce(runs, running);
}

function atOnce(runs: readonly RunPlan[], running: Running): Promise<RunOutcome[]> {
  return Promise.all(runs.map(run => runTask(run, running)));
}

/** One after the other; a run that did not succeed holds back those after it. */
async function inSequence(runs: readonly RunPlan[], running: Running): Promise<RunOutcome[]> {
  const outcomes: RunOutcome[] = [];
  let failed: RunPlan | undefined;
  for (const plan of runs) {
    if (failed) {
      const why = `Task "${plan.name}" was not started, as "${failed.name}" before it did not succeed.`;
      outcomes.push({ plan, verdict: 'not started', records: [], notes: [], why });
      continue;
    }
    const outcome = await runTask(plan, running);
    outcomes.push(outcome);
    if (outcome.verdict !== 'succeeded') failed = plan;
  }
  return outcomes;
}
