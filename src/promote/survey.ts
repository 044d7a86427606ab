import { InputError } from '../base/errors.ts';
import { nearest } from '../base/yaml.ts';
import { findApps } from '../qrs/apps/find.ts';
import type { Qrs } from '../qrs/connection.ts';
import type { App, Stream, Tag } from '../qrs/entities.ts';
import { equals, equalsId, startsWith } from '../qrs/filter.ts';
import { propertyNames } from '../qrs/properties.ts';
import { findStreams } from '../qrs/streams.ts';
import { findTag } from '../qrs/tags.ts';
import type { Site } from '../sites/sites.ts';
import type { Selector, Spec } from './spec.ts';
import { type Wishes, wishesOf } from './wish.ts';
import { workingPrefix } from './working-copy.ts';

/** All facts that a plan is made of. Reading them changes nothing. */
export interface Survey {
  from: Site;
  apps: readonly SurveyedApp[];
  /** Selected apps that are not there, or twice; a sentence each. */
  missing: readonly string[];
  /** `done.tag` on the source site, when an app is to get it and the site has it. */
  doneTag: Tag | undefined;
  targets: ReadonlyMap<Site, TargetFacts>;
}

export interface SurveyedApp {
  app: App;
  tagged: boolean;
  wishes: Wishes;
}

/** What a target site has of the wanted names. */
export interface TargetFacts {
  streams: readonly Stream[];
  /** Apps of the wanted names, and working copies that an earlier run left. */
  apps: readonly App[];
}

export interface Where {
  source: Qrs;
  sites: readonly Site[];
  /** Opens the connection to a target site. */
  open: (site: Site) => Qrs;
}

export async function survey(spec: Spec, selectors: readonly Selector[], where: Where): Promise<Survey> {
  const { source, sites, open } = where;
  const { found, missing } = await select(source, selectors);
  const apps = found.map(app => ({
    app,
    tagged: spec.doneTag !== undefined && app.tags.some(tag => tag.name === spec.doneTag),
    wishes: wishesOf(app, spec.to, sites),
  }));
  if (spec.to.by === 'properties' && !apps.some(({ wishes }) => wishes.wishes.length > 0)) {
    await refuseUnknownProperties(source, [spec.to.server, spec.to.stream]);
  }
  const active = apps.filter(({ tagged, wishes }) => !tagged && wishes.wishes.length > 0);
  const [doneTag, targets] = await Promise.all([
    spec.doneTag !== undefined && active.length > 0 ? findTag(source, spec.doneTag) : undefined,
    surveyTargets(active, open),
  ]);
  return { from: source.site, apps, missing, doneTag, targets };
}

async function select(
  source: Qrs,
  selectors: readonly Selector[],
): Promise<{ found: App[]; missing: string[] }> {
  const conditions = selectors.flatMap(one =>
    one.by === 'id' ? [equalsId('id', one.id)] : one.by === 'name' ? [equals('name', one.name)] : [],
  );
  const all = await findApps(source, 'read the apps to promote', [...new Set(conditions)]);
  const found = new Map<string, App>();
  const missing: string[] = [];
  const site = `site "${source.site.name}"`;
  for (const one of selectors) {
    const match = all.filter(app =>
      one.by === 'id' ? app.id === one.id : one.by === 'name' && app.name === one.name,
    );
    const called = one.by === 'id' ? `with id ${one.id}` : one.by === 'name' ? `called "${one.name}"` : '';
    if (match.length === 0) {
      missing.push(`There is no app ${called} on ${site}, or ${source.site.user} may not read it.`);
    } else if (match.length > 1) {
      const ids = match.map(app => app.id).join(', ');
      missing.push(`There are ${match.length} apps ${called} on ${site}; select one by its id: ${ids}.`);
    } else for (const app of match) found.set(app.id, app);
  }
  return { found: [...found.values()], missing };
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
    const qrs = open(site);
    const going = apps.filter(({ wishes }) => wishes.wishes.some(wish => wish.site === site));
    const names = going.flatMap(({ wishes }) =>
      wishes.wishes.filter(wish => wish.site === site).flatMap(wish => wish.streams),
    );
    const conditions = going.flatMap(({ app }) => [
      equals('name', app.name),
      startsWith('name', workingPrefix(app.id)),
    ]);
    // One after the other, on one connection: a second TLS handshake takes longer than the wait.
    const streams = await findStreams(qrs, [...new Set(names)]);
    const found = await findApps(qrs, 'read the apps of the same names', [...new Set(conditions)]);
    return [site, { streams, apps: found }];
  });
  return new Map(await Promise.all(facts));
}
