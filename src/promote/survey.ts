import { InputError } from '../base/errors.ts';
import { nearest } from '../base/yaml.ts';
import { filterApps, findApps } from '../qrs/apps/find.ts';
import type { Qrs } from '../qrs/connection.ts';
import type { App, PropertyDefinition, Stream, Tag, User } from '../qrs/entities.ts';
import { equals, equalsId, startsWith } from '../qrs/filter.ts';
import { findProperties, propertyNames } from '../qrs/properties.ts';
import { findStreams } from '../qrs/streams.ts';
import { findTag, findTags } from '../qrs/tags.ts';
import { findUsers } from '../qrs/users.ts';
import type { Site } from '../sites/sites.ts';
import { unmet } from '../when/when.ts';
import { type BackedUp, readBackup } from './backup.ts';
import type { Selector } from './selector.ts';
import type { Spec } from './spec.ts';
import { type Wish, type Wishes, wishesOf } from './wish.ts';
import { workingPrefix } from './working-copy.ts';

/** All facts that a plan is made of. Reading them changes nothing. */
export interface Survey {
  from: Site;
  /** All sites that are known. */
  sites: readonly Site[];
  /** When it was made, ms since the epoch. */
  at: number;
  apps: readonly SurveyedApp[];
  /** Selected apps that are not there, or several; a sentence each. */
  missing: readonly string[];
  /** `done.tag` on the source site, when an app is to get it and the site has it. */
  doneTag: Tag | undefined;
  targets: ReadonlyMap<Site, TargetFacts>;
}

export interface SurveyedApp {
  app: App;
  /** The file it is promoted from, in place of the source site. */
  file: BackedUp | undefined;
  /** Why the spec's `when` leaves it alone; empty when it does not. */
  unmet: readonly string[];
  tagged: boolean;
  wishes: Wishes;
}

/** What a target site has of what is wanted there. */
export interface TargetFacts {
  streams: readonly Stream[];
  /** Apps of the wanted names, and working copies that an earlier run left. */
  apps: readonly App[];
  tags: readonly Tag[];
  properties: readonly PropertyDefinition[];
  users: readonly User[];
}

export const NOTHING: TargetFacts = { streams: [], apps: [], tags: [], properties: [], users: [] };

export interface Where {
  source: Qrs;
  sites: readonly Site[];
  /** Opens the connection to a target site. */
  open: (site: Site) => Qrs;
}

export async function survey(spec: Spec, selectors: readonly Selector[], where: Where): Promise<Survey> {
  const { source, sites, open } = where;
  const { found, missing } = await select(source, selectors);
  const { tag } = spec.done;
  const apps = found.map(({ app, file }) => ({
    app,
    file,
    unmet: file ? [] : unmet(spec.when, app),
    tagged: !file && tag !== undefined && app.tags.some(({ name }) => name === tag),
    wishes: wishesOf(app, spec.to, sites),
  }));
  if (spec.to.by === 'properties' && !apps.some(({ wishes }) => wishes.wishes.length > 0)) {
    await refuseUnknownProperties(source, [spec.to.server, spec.to.stream]);
  }
  const active = apps.filter(one => !one.tagged && one.unmet.length === 0);
  const [doneTag, targets] = await Promise.all([
    tag !== undefined && active.some(({ file }) => !file) ? findTag(source, tag) : undefined,
    surveyTargets(active, open),
  ]);
  return { from: source.site, sites, at: source.clock.now(), apps, missing, doneTag, targets };
}

interface Selected {
  app: App;
  file: BackedUp | undefined;
}

async function select(
  source: Qrs,
  selectors: readonly Selector[],
): Promise<{ found: Selected[]; missing: string[] }> {
  const conditions = selectors.flatMap(one =>
    one.by === 'id' ? [equalsId('id', one.id)] : one.by === 'name' ? [equals('name', one.name)] : [],
  );
  const named = await findApps(source, 'read the apps to promote', [...new Set(conditions)]);
  const found = new Map<string, Selected>();
  const missing: string[] = [];
  for (const selector of selectors) {
    const picked = await pick(source, selector, named);
    if (typeof picked === 'string') missing.push(picked);
    else for (const one of picked) found.set(one.file?.file ?? one.app.id, one);
  }
  return { found: [...found.values()], missing };
}

/** The apps of one selector, or a sentence about why there is not the one that it names. */
async function pick(source: Qrs, one: Selector, named: readonly App[]): Promise<Selected[] | string> {
  const onSite = (apps: readonly App[]) => apps.map(app => ({ app, file: undefined }));
  if (one.by === 'file') {
    const file = await readBackup(one.file);
    return [{ app: file.app, file }];
  }
  if (one.by === 'filter') return onSite(await filterApps(source, one.filter));
  if (one.by === 'event') return [];
  const match = named.filter(app => (one.by === 'id' ? app.id === one.id : app.name === one.name));
  return match.length === 1 ? onSite(match) : notOne(source, one, match);
}

function notOne(
  { site }: Qrs,
  one: { by: 'id'; id: string } | { by: 'name'; name: string },
  match: readonly App[],
) {
  const called = one.by === 'id' ? `with id ${one.id}` : `called "${one.name}"`;
  if (match.length === 0)
    return `There is no app ${called} on site "${site.name}", or ${site.user} may not read it.`;
  const ids = match.map(app => app.id).join(', ');
  return `There are ${match.length} apps ${called} on site "${site.name}"; select one by its id: ${ids}.`;
}

/** An app that carries no promotion property is normal; a property that nobody defined is a misspelt spec. */
async function refuseUnknownProperties(source: Qrs, wanted: readonly string[]): Promise<void> {
  const defined = await propertyNames(source);
  const unknown = wanted.filter(name => !defined.includes(name));
  if (unknown.length === 0) return;
  throw new InputError(
    unknown.map(name => {
      const near = nearest(name, defined);
      return (
        `Site "${source.site.name}" has no custom property "${name}".` +
        (near ? ` Did you mean "${near}"?` : ' Define it in the QMC, for apps.')
      );
    }),
  );
}

async function surveyTargets(
  apps: readonly SurveyedApp[],
  open: (site: Site) => Qrs,
): Promise<Map<Site, TargetFacts>> {
  const sites = [...new Set(apps.flatMap(({ wishes }) => wishes.wishes.map(wish => wish.site)))];
  const facts = sites.map(async (site): Promise<[Site, TargetFacts]> => {
    const going = apps.flatMap(({ app, wishes }) =>
      wishes.wishes.flatMap(wish => (wish.site === site ? [{ app, wish }] : [])),
    );
    return [site, await surveyTarget(open(site), going)];
  });
  return new Map(await Promise.all(facts));
}

/** One look-up after the other, on one connection: a second TLS handshake takes longer than the wait. */
async function surveyTarget(qrs: Qrs, going: readonly { app: App; wish: Wish }[]): Promise<TargetFacts> {
  const options = going.map(({ wish }) => wish.options);
  const names = going.flatMap(({ app, wish }) => [
    equals('name', wish.options.name ?? app.name),
    startsWith('name', workingPrefix(app.id)),
  ]);
  const owners = options.flatMap(({ owner }) => (owner === undefined ? [] : [owner]));
  return {
    streams: await findStreams(qrs, unique(going.flatMap(({ wish }) => wish.streams))),
    apps: await findApps(qrs, 'read the apps of the same names', unique(names)),
    tags: await findTags(qrs, unique(options.flatMap(({ tags }) => tags))),
    properties: await findProperties(qrs, unique(options.flatMap(one => Object.keys(one.customProperties)))),
    users: await findUsers(qrs, unique(owners)),
  };
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
