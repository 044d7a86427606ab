import { writeFile } from 'node:fs/promises';
import type { Clock } from '../base/clock.ts';
import { InputError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Report } from '../base/report.ts';
import type { EventApp } from '../promote/event-app.ts';
import { promote } from '../promote/promote.ts';
import type { Spec } from '../promote/spec.ts';
import { connect, type Qrs } from '../qrs/connection.ts';
import { reload } from '../reload/reload.ts';
import type { Request } from '../reload/request.ts';
import { findSite, knownSites, type Named } from '../sites/names.ts';
import type { Site } from '../sites/sites.ts';
import type { CheckFacts, FolderFacts, Rehearsal, SiteFacts, WayFacts } from './facts.ts';
import { findingsOf } from './findings.ts';
import { answersText, askQuestions } from './questions.ts';
import { reportOf } from './report.ts';
import { looked, surveyFolder, surveyProperties, surveyRights, surveyWay } from './survey.ts';
import { tryChanges } from './trial.ts';
import { type WantedOnSite, wantedOf, withStreamValues } from './wanted.ts';

export interface CheckRequest {
  /** As they are called; all of them where none is named. */
  names: readonly string[];
  /** Checked and not run. */
  spec: Spec | undefined;
  request: Request | undefined;
  /** The stream in which changes are tried, on each site that is checked. */
  write?: string | undefined;
  /** The file for what the sites answer to open questions. */
  report?: string | undefined;
}

export interface Check {
  sites: readonly Site[];
  event: EventApp | undefined;
  /** Where a run keeps files. */
  folder: string;
  run: string;
  clock: Clock;
  signal: AbortSignal;
  log: Log;
}

/**
 * Tries every site, and says what is missing for the spec and the request: survey, findings, report. Changes nothing,
 * unless a stream is named in which it may. Throws InputError for a name that no site has.
 */
export async function check(asked: CheckRequest, given: Check): Promise<Report> {
  const sites = chosen(asked.names, given.sites);
  const open = sites.map(site => ({ qrs: connect(site, given), wanted: wantedHere(site, asked, given) }));
  try {
    const facts = await given.log.group('Check', async (): Promise<CheckFacts> => {
      const surveyed = await surveySites(open);
      const rest = await surveyRest(asked, surveyed, given);
      const letIn = open.filter((_, index) => isIn(surveyed[index]?.way));
      const trials = asked.write === undefined ? [] : await tryOn(letIn, asked.write, given.run);
      if (asked.report !== undefined) await writeAnswers(asked.report, letIn, surveyed, trials);
      return { at: given.clock.now(), sites: surveyed, ...rest, trials: trials.map(({ trial }) => trial) };
    });
    return reportOf(
      findingsOf(facts),
      sites.map(({ name }) => name),
    );
  } finally {
    await Promise.all(open.map(({ qrs }) => qrs.close()));
  }
}

const isIn = (way: WayFacts | undefined) => way !== undefined && 'is' in way.version;

type Tried = Awaited<ReturnType<typeof tryChanges>>;

function tryOn(open: readonly Open[], stream: string, run: string): Promise<Tried[]> {
  return Promise.all(open.map(({ qrs }) => tryChanges(qrs, stream, run)));
}

async function writeAnswers(
  file: string,
  open: readonly Open[],
  surveyed: readonly SiteFacts[],
  trials: readonly Tried[],
): Promise<void> {
  const sites = await Promise.all(
    open.map(async ({ qrs }) => {
      const version = surveyed.find(({ site }) => site === qrs.site)?.way.version;
      const tried = trials.find(({ trial }) => trial.site === qrs.site.name)?.answers ?? [];
      const answers = [...(await askQuestions(qrs)), ...tried];
      return { version: version && 'is' in version ? version.is : 'not known', answers };
    }),
  );
  await writeFile(file, answersText(sites));
}

/** Throws InputError about names that no site has. */
export function refuseStrangers(names: readonly string[], sites: readonly Named[]): void {
  const strangers = names.filter(name => !findSite(sites, name));
  if (strangers.length > 0) {
    throw new InputError(strangers.map(name => `No site is called "${name}". ${knownSites(sites, name)}`));
  }
}

function chosen(names: readonly string[], sites: readonly Site[]): readonly Site[] {
  refuseStrangers(names, sites);
  if (names.length === 0) return sites;
  return sites.filter(site => names.some(name => findSite(sites, name) === site));
}

function wantedHere(site: Site, { spec, request }: CheckRequest, { sites }: Check): WantedOnSite {
  return wantedOf(site, sites, spec, request);
}

interface Open {
  qrs: Qrs;
  wanted: WantedOnSite;
}

/** All ways first, at once: what the source's properties allow decides what is looked for on the targets. */
async function surveySites(open: readonly Open[]): Promise<SiteFacts[]> {
  const ways = await Promise.all(open.map(({ qrs }) => surveyWay(qrs)));
  const properties = await Promise.all(
    open.map(({ qrs, wanted }, index) =>
      isIn(ways[index]) && wanted.properties.length > 0 ? surveyProperties(qrs, wanted) : undefined,
    ),
  );
  const values = open.flatMap(({ wanted: { streamProperty } }, index) => {
    const read = properties[index];
    return streamProperty !== undefined && read && 'is' in read ? (read.is.get(streamProperty) ?? []) : [];
  });
  return Promise.all(
    open.map(async ({ qrs, wanted: alone }, index): Promise<SiteFacts> => {
      const wanted = withStreamValues(alone, values);
      const way = ways[index] ?? (await surveyWay(qrs));
      const rights = isIn(way) ? await surveyRights(qrs, wanted) : undefined;
      return { site: qrs.site, wanted, way, rights, properties: properties[index] };
    }),
  );
}

async function surveyRest(
  { spec, request }: CheckRequest,
  sites: readonly SiteFacts[],
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
  if (request && allIn) rehearsals.push(await rehearsal('Reload', () => reload(request, dry)));
  return { rehearsals, folders: await surveyFolders(spec, given) };
}

async function rehearsal(of: Rehearsal['of'], run: () => Promise<Report>): Promise<Rehearsal> {
  const report = await looked(run);
  if (!('is' in report)) return { of, says: report, warnings: [] };
  const { outcome, failures, warnings, lines } = report.is;
  return {
    of,
    says:
      outcome === 'failed'
        ? { failed: short(failures) }
        : { is: `can be done, in ${lines.length} ${lines.length === 1 ? 'step' : 'steps'}` },
    warnings,
  };
}

/** Of hundreds of apps a few are enough here; a dry run shows them all. */
function short(failures: readonly string[]): string {
  const shown = failures.slice(0, 3).join(' ');
  return failures.length > 3
    ? `${shown} … and ${failures.length - 3} more; a dry run shows them all.`
    : shown;
}

function surveyFolders(spec: Spec | undefined, { folder }: Check): Promise<FolderFacts[]> {
  const backups = spec ? optionsOf(spec).flatMap(({ backup }) => backup ?? []) : [];
  return Promise.all([
    surveyFolder('apps on their way', folder),
    ...[...new Set(backups)].map(path => surveyFolder(`backup ${path}`, path)),
    ...(spec?.archive === undefined ? [] : [surveyFolder(`archive ${spec.archive}`, spec.archive)]),
  ]);
}

function optionsOf({ to }: Spec) {
  return to.by === 'list' ? to.targets.map(({ options }) => options) : [to.options];
}
