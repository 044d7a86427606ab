import type { Moment, Shown } from '../../simulator/site/moments.ts';
import { versionShown } from './versions.ts';
import { SITES, type SiteName, type World } from './world.ts';

/** Promise 1, on all that users saw of a site. */
export function historyFaults(world: World, leaves: ReadonlySet<string>, takesBack: boolean): string[] {
  const all = world.moments();
  return SITES.flatMap(site => [
    ...missing(site, all[site], new Set([...leaves, ...world.emptied]), takesBack),
    ...all[site].flatMap(({ shown }) => shown.flatMap(app => notWhole(world, site, app))),
  ]).filter((fault, index, faults) => faults.indexOf(fault) === index);
}

const placeOf = (site: SiteName, { stream, name }: Shown) => `${site}/${stream}/${name}`;

/**
 * Places that had an app and then had none; `takesBack`: those that had one at the beginning. An app that only bears
 * another name for a moment, as some sites may give it, is still there.
 */
function missing(
  site: SiteName,
  moments: readonly Moment[],
  excused: ReadonlySet<string>,
  takesBack: boolean,
): string[] {
  const had = new Map<string, Set<string>>();
  const faults = new Set<string>();
  for (const [index, { shown }] of moments.entries()) {
    for (const [place, ids] of had) {
      const isThere = shown.some(app => placeOf(site, app) === place || ids.has(`${app.stream}/${app.id}`));
      if (!isThere && !excused.has(place)) faults.add(place);
    }
    if (takesBack && index > 0) continue;
    for (const app of shown.filter(({ name }) => !name.startsWith('qrs-action'))) {
      const place = placeOf(site, app);
      had.set(place, (had.get(place) ?? new Set()).add(`${app.stream}/${app.id}`));
    }
  }
  return [...faults].map(place => `users missed the app at ${place}`);
}

function notWhole(world: World, site: SiteName, app: Shown): string[] {
  const faults: string[] = [];
  const place = placeOf(site, app);
  if (!app.hasData) faults.push(`users saw an app without data at ${place}`);
  if (!('app_appscript' in app.base)) faults.push(`users saw an app without a script at ${place}`);
  const known = [...world.versions.values()].some(versions => versions.includes(versionShown(app)));
  if (!known) faults.push(`users saw at ${place} what nobody has made`);
  return faults;
}

/** Of the apps that users see in the end: two of one version in a stream, or more than there may be. */
export function twins(world: World, mayBeMany: boolean): string[] {
  const faults: string[] = [];
  const all = world.moments();
  for (const site of SITES) {
    const [first] = all[site];
    const last = all[site].at(-1)?.shown ?? [];
    for (const [place, apps] of Map.groupBy(last, app => placeOf(site, app))) {
      if (apps.length < 2) continue;
      const before = first?.shown.filter(app => placeOf(site, app) === place).length ?? 0;
      if (!mayBeMany && apps.length > Math.max(1, before)) faults.push(`twins at ${place}: ${ids(apps)}`);
      const versions = new Set(apps.map(app => versionShown(app) + textOf(app)));
      if (versions.size < apps.length) faults.push(`one version twice at ${place}: ${ids(apps)}`);
    }
  }
  return faults;
}

/** What its author says of the app: another text is another version (docs/promotion.md). */
const textOf = ({ description }: Shown) => description.split('[qrs-action]')[0]?.trimEnd();

const ids = (apps: readonly Shown[]) => apps.map(({ id }) => id.slice(0, 8)).join(', ');
