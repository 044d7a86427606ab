import { writeFile } from 'node:fs/promises';
import { InputError, messageOf } from '../base/errors.ts';
import type { Report } from '../base/report.ts';
import { connect, type Qrs } from '../qrs/connection.ts';
import { findSite, knownSites, type Named } from '../sites/names.ts';
import type { Site } from '../sites/site.ts';
import { askQuestions } from './ask.ts';
import type { CheckFacts, SiteFacts, WayFacts } from './facts.ts';
import { findingsOf } from './findings.ts';
import { answersText } from './questions.ts';
import { type Check, type CheckRequest, rehearse } from './rehearse.ts';
import { reportOf } from './report.ts';
import { surveyProperties, surveyRights, surveyWay } from './survey.ts';
import { tryChanges } from './trial.ts';
import { type WantedOnSite, wantedOf, withStreamValues } from './wanted.ts';

/**
 * Tries every site, and says what is missing for the spec and the request: survey, findings, report. Changes nothing,
 * unless the user names a stream for changes. Throws InputError for an unknown site.
 */
export async function check(asked: CheckRequest, given: Check): Promise<Report> {
  const sites = chosen(asked.names, given.sites);
  if (asked.report !== undefined) await makeFile(asked.report);
  const open = sites.map(site => ({ qrs: connect(site, given), wanted: wantedHere(site, asked, given) }));
  try {
    const facts = await given.log.group('Check', async (): Promise<CheckFacts> => {
      const surveyed = await surveySites(open);
      const letIn = open.filter((_, index) => isIn(surveyed[index]?.way));
      const rest = await rehearse(
        asked,
        surveyed,
        letIn.map(({ qrs }) => qrs),
        given,
      );
      const trials =
        asked.write === undefined
          ? []
          : await tryOn(letIn, asked.write, asked.report !== undefined, given.run);
      if (asked.report !== undefined) await writeAnswers(asked.report, letIn, surveyed, trials);
      return { at: given.clock.now(), sites: surveyed, ...rest, trials: trials.map(({ trial }) => trial) };
    });
    return reportOf(
      findingsOf(facts),
      sites.map(({ name }) => name),
      asked.report,
    );
  } finally {
    await Promise.all(open.map(({ qrs }) => qrs.close()));
  }
}

/** Before the check, so that nobody waits for answers that are lost. */
async function makeFile(path: string): Promise<void> {
  try {
    await writeFile(path, '');
  } catch (error) {
    throw new InputError(
      `The file ${path} cannot be written: ${messageOf(error)}. Give a path in a folder that this user can write.`,
    );
  }
}

const isIn = (way: WayFacts | undefined) => way !== undefined && 'is' in way.version;

type Tried = Awaited<ReturnType<typeof tryChanges>>;

function tryOn(open: readonly Open[], stream: string, observes: boolean, run: string): Promise<Tried[]> {
  return Promise.all(open.map(({ qrs }) => tryChanges(qrs, { stream, run, observes })));
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

/** Throws InputError for names that no site has. */
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

/** Reaches all sites first, in parallel: the values of the source's properties decide what to look for on targets. */
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
