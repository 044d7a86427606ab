import { InputError, messageOf, RemoteError } from '../../base/errors.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { App } from '../../qrs/entities.ts';
import { findTags } from '../../qrs/tags.ts';
import type { Site } from '../../sites/site.ts';
import { unmet } from '../../when/when.ts';
import type { BackedUp } from '../app-file/backup.ts';
import type { Selector } from '../selector.ts';
import type { Spec } from '../spec.ts';
import { addressDigest } from '../version.ts';
import { alikeSites, nodesOf } from './alike-sites.ts';
import { impossibleConditions } from './conditions.ts';
import { isThere } from './evidence.ts';
import type { Survey, SurveyedApp } from './facts.ts';
import { lookUpNames } from './look-up-names.ts';
import { type Selection, select } from './select.ts';
import { surveyFolders } from './survey-folders.ts';
import { surveyObjects } from './survey-objects.ts';
import { copiesOn, surveyTarget } from './survey-target.ts';
import { type Wishes, wishesOf, wishesOfList } from './wish.ts';

export interface Where {
  source: Qrs;
  sites: readonly Site[];
  /** Opens the connection to a target site. */
  open: (site: Site) => Qrs;
  dryRun: boolean;
}

export async function survey(spec: Spec, selectors: readonly Selector[], where: Where): Promise<Survey> {
  const { source, sites, open, dryRun } = where;
  const selection = await selectOrNameAll(selectors, spec, where);
  const { found, gone } = selection;
  // Targets of the spec's own list are the same for all apps.
  const listed = spec.to.by === 'list' ? wishesOfList(spec.to.targets, sites) : undefined;
  const plain = found.map(one => surveyed(one, spec, where, listed));
  const onSite = plain.filter(({ file }) => !file).map(({ app }) => app);
  const missing = await missingNames(selection, onSite, spec, where);
  const active = plain.filter(one => !one.tagged && one.unmet.length === 0);
  const { tag } = spec.done;
  const tagging = tag !== undefined && active.some(({ file }) => !file);
  const read = sitesAsked(plain).map(async site => {
    const wanted = active.flatMap(one =>
      one.wishes.wishes.filter(wish => wish.site === site).map(wish => ({ one, wish })),
    );
    return [site, await surveyTarget(open(site), wanted, { spec, from: source.site, dryRun })] as const;
  });
  const [doneTags, ...facts] = await Promise.all([tagging ? findTags(source, [tag]) : [], ...read]);
  const targets = new Map(facts);
  const { apps, unseen } = await withObjects(plain, active, { spec, targets, source, dryRun });
  const copies = new Map([...targets].map(([site, facts]) => [site, facts.copies] as const));
  if (selection.copies) copies.set(source.site, await copiesOn(source, selection.copies, spec.leftoverAge));
  const at = source.clock.now();
  const alike = alikeSites({ from: source.site, apps, targets });
  const nodes = await nodesOf(alike.flat(), open);
  const unusable = await surveyFolders(spec, active);
  return {
    from: source.site,
    sites,
    at,
    apps,
    unseen,
    missing,
    gone,
    doneTags,
    targets,
    compares: dryRun,
    unusable,
    alike,
    nodes,
    copies,
  };
}

/** Where the source site does not answer, the error also lists what the target sites lack. */
async function selectOrNameAll(selectors: readonly Selector[], spec: Spec, where: Where): Promise<Selection> {
  try {
    return await select(where.source, selectors, { to: spec.to, sites: where.sites });
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    const more = await lookUpNames(spec, where);
    if (more.length === 0) throw error;
    throw new AggregateError([error, new InputError(more)], [messageOf(error), ...more].join('\n'));
  }
}

/**
 * Sentences about missing selected apps. Throws InputError where the conditions name what the source lacks. Where no
 * app remains, the sentences also say what the target sites lack.
 */
async function missingNames(
  { found, missing, gone }: Selection,
  onSite: readonly App[],
  spec: Spec,
  where: Where,
): Promise<readonly string[]> {
  const looked = onSite.length > 0 || missing.length + gone.length > 0;
  const impossible = looked ? await impossibleConditions(spec, onSite, where.source) : [];
  const isPlanned = impossible.length === 0 && (found.length > 0 || missing.length === 0);
  const all = isPlanned ? missing : [...missing, ...(await lookUpNames(spec, where))];
  if (impossible.length > 0) throw new InputError([...impossible, ...all]);
  return all;
}

/**
 * The sites to read: also those without an app to promote, because an interrupted run may have left a working copy
 * there. An app that the conditions exclude costs no request.
 */
function sitesAsked(apps: readonly SurveyedApp[]): Site[] {
  const asking = apps.filter(one => one.unmet.length === 0);
  return [...new Set(asking.flatMap(one => one.wishes.wishes.map(({ site }) => site)))];
}

function surveyed(
  { app, file }: { app: App; file: BackedUp | undefined },
  { when, done, to }: Spec,
  { source: { site }, sites }: Where,
  listed: Wishes | undefined,
): SurveyedApp {
  const { name, names } = site;
  const there = { site: name, names, at: addressDigest(site) };
  return {
    app,
    file,
    unmet: file ? [] : unmet(when, app),
    tagged: !file && done.tag !== undefined && app.tags.some(tag => tag.name === done.tag),
    wishes: listed ?? wishesOf(app, to, sites),
    origin: file?.origin ?? { ...there, app: app.id, modified: app.modifiedDate, data: true },
    objects: undefined,
  };
}

/**
 * Reads the objects of apps, in one call for many: only of apps that are new somewhere by their date alone, or that
 * will be unpublished.
 */
async function withObjects(
  apps: readonly SurveyedApp[],
  active: readonly SurveyedApp[],
  {
    spec,
    targets,
    source,
    dryRun,
  }: Pick<Survey, 'targets'> & Pick<Where, 'source' | 'dryRun'> & { spec: Spec },
): Promise<Pick<Survey, 'apps' | 'unseen'>> {
  const needed = active.filter(
    one => !one.file && one.wishes.refusals.length === 0 && (spec.done.unpublish || isNews(one, targets)),
  );
  const { objects, unseen } = await surveyObjects(
    source,
    needed.map(({ app }) => app.id),
    dryRun,
  );
  const asked = new Set(needed);
  const seen = apps.map(one => (asked.has(one) ? { ...one, objects: objects.get(one.app.id) ?? [] } : one));
  return { apps: seen, unseen };
}

function isNews(one: SurveyedApp, targets: Survey['targets']): boolean {
  return one.wishes.wishes.some(wish => {
    const facts = targets.get(wish.site);
    return facts !== undefined && facts.lost === undefined && !isThere(one, wish, facts);
  });
}
