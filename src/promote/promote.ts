import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { InputError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Report } from '../base/report.ts';
import { connect, type Qrs } from '../qrs/connection.ts';
import type { Limits } from '../qrs/limits.ts';
import { findSite, meantSite, unknownSite } from '../sites/names.ts';
import type { Site } from '../sites/site.ts';
import type { Traces } from './after-kill.ts';
import { creditOf, type StartedBy } from './credit.ts';
import { type EventApp, eventProblem } from './event-app.ts';
import { execute } from './execute.ts';
import { isHeldBack, plan as makePlan } from './plan/plan.ts';
import { linesAhead, reportOf } from './report/report.ts';
import type { Selector } from './selector.ts';
import type { Spec } from './spec.ts';
import { ASKS_FOR_SOURCE } from './spec-problems.ts';
import { survey } from './survey/survey.ts';

export interface Promotion {
  sites: readonly Site[];
  /** The app for `apps: event`; undefined when no event that names an app started the run. */
  event: EventApp | undefined;
  dryRun: boolean;
  /** The folder for app files on their way. */
  folder: string;
  /** Names this run, in stamps and in the names of working copies. */
  run: string;
  /** Who started the run, and its page. */
  started?: StartedBy | undefined;
  clock: Clock;
  signal: AbortSignal;
  log: Log;
  /** Called before anything is changed, and before and after each replace. */
  acting?: ((traces: Traces) => void) | undefined;
  /** Instead of the usual limits. */
  limits?: Partial<Limits>;
}

/**
 * Promotes apps as the spec says: survey, plan, execute, report. It changes nothing before the plan is complete. Throws
 * InputError for a spec that does not fit the sites, RemoteError when a site cannot be surveyed, AggregateError of both; the report holds later
 * failures.
 */
export async function promote(spec: Spec, promotion: Promotion): Promise<Report> {
  const { sites, log, dryRun, folder, run } = promotion;
  const from = sourceSite(spec, sites);
  const selectors = selectorsOf(spec, from, promotion);
  checkDefaultSite(spec, sites);
  const began = promotion.clock.now();
  const took = () => promotion.clock.now() - began;
  const connections = new Map<Site, Qrs>();
  const open = (site: Site): Qrs => {
    // Each app makes one call at a time; touches and clean-up come on top.
    const known = connections.get(site) ?? connect(site, { ...promotion, calls: spec.concurrency + 2 });
    connections.set(site, known);
    return known;
  };
  try {
    const source = open(from);
    const facts = await log.group('Survey', () => survey(spec, selectors, { source, sites, open, dryRun }));
    const credit = creditOf(run, promotion.started);
    const plan = makePlan(spec, facts);
    const heldBack = isHeldBack(spec, plan);
    if (dryRun || heldBack) return reportOf({ plan, heldBack, dryRun, took: took() });
    const ahead = linesAhead(plan);
    await log.group('Plan', async () => {
      for (const line of ahead.length > 0 ? ahead : ['Nothing is to be done.']) log.info(line);
    });
    const traces = { run, folder, sites: [...connections.keys()].map(({ name }) => name) };
    const copiesInUse = new Set<string>();
    const leaveTraces = () => promotion.acting?.({ ...traces, copiesInUse: [...copiesInUse] });
    leaveTraces();
    const outcomes = await log.group('Promotion', () =>
      execute(plan, spec, {
        source,
        open,
        folder,
        run,
        credit,
        giving: (name, now) => {
          if (now) copiesInUse.add(name);
          else copiesInUse.delete(name);
          leaveTraces();
        },
        logs: join(folder, `qrs-action-logs-${run}`),
      }),
    );
    return reportOf({ plan, heldBack, dryRun, outcomes, took: took() });
  } finally {
    await Promise.all([...connections.values()].map(qrs => qrs.close()));
  }
}

function sourceSite({ from }: Spec, sites: readonly Site[]): Site {
  const site = meantSite(sites, from, ASKS_FOR_SOURCE);
  if (typeof site === 'string') throw new InputError(site);
  return site;
}

function checkDefaultSite({ to }: Spec, sites: readonly Site[]): void {
  if (to.by !== 'properties' || to.defaultSite === undefined || findSite(sites, to.defaultSite)) return;
  throw new InputError(unknownSite(sites, 'to.default-site', to.defaultSite));
}

/** The spec's apps, with the event's app for `event`. */
function selectorsOf(spec: Spec, from: Site, { event, sites }: Promotion): Selector[] {
  return spec.apps.map(selector => {
    if (selector.by !== 'event') return selector;
    const problem = eventProblem(event, from, sites);
    if (!event || problem !== undefined) throw new InputError(problem ?? []);
    return { by: 'id', id: event.id, event: true };
  });
}
