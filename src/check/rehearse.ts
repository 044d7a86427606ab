import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Report } from '../base/report.ts';
import type { EventApp } from '../promote/event-app.ts';
import { promote } from '../promote/promote.ts';
import type { Spec } from '../promote/spec.ts';
import { impossibleConditions } from '../promote/survey/conditions.ts';
import { lookUpNames } from '../promote/survey/look-up-names.ts';
import { connect, type Qrs } from '../qrs/connection.ts';
import { reload } from '../reload/reload.ts';
import type { ReloadRequest } from '../reload/request.ts';
import { findSite } from '../sites/names.ts';
import type { Site } from '../sites/site.ts';
import type { CheckFacts, FolderFacts, Rehearsal, SiteFacts } from './facts.ts';
import { readFact, surveyFolder } from './survey.ts';

export interface CheckRequest {
  /** Names of sites; all sites where none is named. */
  names: readonly string[];
  /** Is checked, and not run. */
  spec: Spec | undefined;
  request: ReloadRequest | undefined;
  /** The stream for changes, on each checked site. */
  write?: string | undefined;
  /** The file for the sites' answers to open questions. */
  report?: string | undefined;
}

export interface Check {
  sites: readonly Site[];
  event: EventApp | undefined;
  /** The folder in which a run keeps files. */
  folder: string;
  run: string;
  clock: Clock;
  signal: AbortSignal;
  log: Log;
}

/**
 * Plans the spec and the request without carrying them out, where all sites let the user in, and checks the folders in
 * which a run writes. `letIn`: connections to the sites that let the user in.
 */
export async function rehearse(
  { spec, request }: CheckRequest,
  sites: readonly SiteFacts[],
  letIn: readonly Qrs[],
  given: Check,
): Promise<Pick<CheckFacts, 'folders' | 'rehearsals'>> {
  const allIn = sites.every(({ way }) => 'is' in way.version) && sites.length === given.sites.length;
  const rehearsals: Rehearsal[] = [];
  const quiet: Log = { ...given.log, info: given.log.debug, group: (_, work) => work() };
  const dry = { ...given, log: quiet, dryRun: true };
  const byEvent = spec?.apps.some(({ by }) => by === 'event') && !given.event;
  if (spec && allIn && !byEvent) {
    rehearsals.push(await rehearsal('Promotion', () => promote(spec, dry)));
  }
  if (spec && !allIn) {
    rehearsals.push(...(await lookUpRest(spec, letIn, given)));
  }
  if (request && allIn) rehearsals.push(await rehearsal('Reload', () => reload(request, dry)));
  return { rehearsals, folders: await surveyFolders(spec, given) };
}

/** Without all of its sites, a spec cannot be planned: then the other sites are asked for the names in it. */
async function lookUpRest(spec: Spec, letIn: readonly Qrs[], given: Check): Promise<Rehearsal[]> {
  const connections = new Map(letIn.map(qrs => [qrs.site, qrs]));
  const from = spec.from === undefined ? given.sites[0] : findSite(given.sites, spec.from);
  const source = from && connections.get(from);
  const lacking = await Promise.all([
    source ? impossibleConditions(spec, [], source) : [],
    lookUpNames(spec, {
      sites: [...connections.keys()],
      open: site => connections.get(site) ?? connect(site, given),
    }),
  ]);
  const sentences = lacking.flat();
  if (sentences.length === 0) return [];
  return [{ of: 'Promotion', says: { failed: short(sentences) }, warnings: [] }];
}

async function rehearsal(of: Rehearsal['of'], run: () => Promise<Report>): Promise<Rehearsal> {
  const report = await readFact(run);
  if (!('is' in report)) return { of, says: report, warnings: [] };
  const { outcome, failures, warnings } = report.is;
  return {
    of,
    says: outcome === 'failed' ? { failed: short(failures) } : { is: 'can be done' },
    warnings,
  };
}

/** The most apps to name here; a dry run shows all of them. */
const SHOWN = 20;

function short(failures: readonly string[]): string {
  const more = failures.length - SHOWN;
  const rest = more > 0 ? [`… and ${more} more; a dry run shows them all.`] : [];
  return [...failures.slice(0, SHOWN), ...rest].join(' ');
}

function surveyFolders(spec: Spec | undefined, { folder }: Check): Promise<FolderFacts[]> {
  const backups = spec ? optionsOf(spec).flatMap(({ backup }) => backup ?? []) : [];
  return Promise.all([
    surveyFolder('apps', folder),
    ...[...new Set(backups)].map(path => surveyFolder(`backup ${path}`, path)),
    ...(spec?.archive === undefined ? [] : [surveyFolder(`archive ${spec.archive}`, spec.archive)]),
  ]);
}

function optionsOf({ to }: Spec) {
  return to.by === 'list' ? to.targets.map(({ options }) => options) : [to.options];
}
