import { messageOf, RemoteError } from '../../base/errors.ts';
import { didYouMean } from '../../base/nearest.ts';
import { countApps, filterApps, listApps, searchApps } from '../../qrs/apps/find.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { App } from '../../qrs/entities.ts';
import { equals, equalsId, startsWith } from '../../qrs/filter.ts';
import type { Odd } from '../../qrs/shape.ts';
import type { Site } from '../../sites/sites.ts';
import { type BackedUp, readBackup } from '../app-file/backup.ts';
import type { Selector } from '../selector.ts';
import type { Destination } from '../spec.ts';
import { sameAddress } from '../version.ts';
import { BARE_PREFIX } from '../working-copy.ts';
import { ifShown } from './survey-names.ts';
import { nameThere, wishesOf } from './wish.ts';

/** What the selectors of a spec come to on the source site. */
export interface Selection {
  found: readonly Selected[];
  /** Selected apps that are not there, or several; a sentence each. */
  missing: readonly string[];
  /** The app of the event is gone, though the site shows others; a sentence. */
  gone: readonly string[];
  /** Working copies that the source site has; undefined where it was not asked. */
  copies: readonly App[] | undefined;
}

interface Selected {
  app: App;
  file: BackedUp | undefined;
}

interface Around {
  to: Destination;
  sites: readonly Site[];
}

interface Known {
  /** The selected apps that the site shows. */
  read: readonly App[];
  /** The names of all apps, where a selected one is not among what was read: one of them may have been meant. */
  others: readonly string[];
}

/** Reads the selected apps, and in the same request what working copies the source site has. */
export async function select(
  source: Qrs,
  selectors: readonly Selector[],
  around: Around,
): Promise<Selection> {
  const onSite = selectors.some(({ by }) => by !== 'file');
  const conditions = selectors.flatMap(one =>
    one.by === 'id' ? [equalsId('id', one.id)] : one.by === 'name' ? [equals('name', one.name)] : [],
  );
  const asked = onSite ? [startsWith('name', BARE_PREFIX), ...new Set(conditions)] : [];
  const { found: read, odd } = await searchApps(source, { attempt: 'read the apps to promote' }, asked);
  const names = new Set(read.map(({ name }) => name));
  const isMissing = selectors.some(one => one.by === 'name' && !names.has(one.name));
  const others = isMissing ? (await ifShown(listApps(source))).map(({ name }) => name) : [];
  const found = new Map<string, Selected>();
  const missing: string[] = [];
  const gone: string[] = [];
  for (const selector of selectors) {
    const broken = odd.filter(one => isMeant(selector, one)).map(unusableOn(source));
    const picked: Picked =
      broken.length > 0 ? { missing: broken } : await pick(source, selector, { read, others }, around);
    missing.push(...(picked.missing ?? []));
    gone.push(...(picked.gone ?? []));
    for (const one of picked.apps ?? []) found.set(one.file?.file ?? one.app.id, one);
  }
  const copies = onSite ? read.filter(({ name }) => name.startsWith(BARE_PREFIX)) : undefined;
  return { found: [...found.values()], missing, gone, copies };
}

function isMeant(selector: Selector, { id, name }: Odd): boolean {
  return (
    (selector.by === 'id' && id?.toLowerCase() === selector.id) ||
    (selector.by === 'name' && name === selector.name)
  );
}

/** A sentence about an app of which the site says too little, or too much, to use it. */
function unusableOn({ site }: Qrs) {
  return ({ problem }: Odd) => `An app on site "${site.name}" cannot be used: ${problem}.`;
}

interface Picked {
  apps?: readonly Selected[];
  missing?: readonly string[];
  gone?: readonly string[];
}

async function pick(source: Qrs, one: Selector, { read, others }: Known, around: Around): Promise<Picked> {
  if (one.by === 'file') {
    const file = await readBackup(one.file);
    return { apps: [{ app: file.app, file }] };
  }
  if (one.by === 'filter') {
    return pickFiltered(source, one.filter);
  }
  if (one.by === 'event') return { apps: [] };
  if (one.by === 'name') {
    const all = read.filter(({ name }) => name === one.name);
    return pickNamed(source.site, one, all, { ...around, hint: didYouMean(one.name, others) });
  }
  const app = read.find(({ id }) => id === one.id);
  if (app) return picked([app]);
  const { site } = source;
  const sentence = `There is no app with id ${one.id} on site "${site.name}", or ${site.user} may not read it.`;
  // A user who sees no app at all has lost a right: that must not turn every event green.
  if (one.event && (await countApps(source)) > 0)
    return { gone: [`${sentence} There is nothing to promote.`] };
  return { missing: [sentence] };
}

/** A filter that the site does not understand selects nothing, and must not hide what else is wrong. */
async function pickFiltered(source: Qrs, filter: string): Promise<Picked> {
  try {
    const { found, odd } = await filterApps(source, filter);
    return { ...picked(found), missing: odd.map(unusableOn(source)) };
  } catch (error) {
    if (error instanceof RemoteError && error.status === 400) return { missing: [messageOf(error)] };
    throw error;
  }
}

function picked(apps: readonly App[]): Picked {
  return { apps: apps.map(app => ({ app, file: undefined })) };
}

function pickNamed(
  site: Site,
  { name, stream }: Extract<Selector, { by: 'name' }>,
  all: readonly App[],
  { hint, ...around }: Around & { hint: string },
): Picked {
  const there = stream === undefined ? all : all.filter(app => app.published && app.stream?.name === stream);
  const match = stream === undefined ? withoutPromoted(site, there, around) : there;
  const [only, second] = match;
  const called = `called "${name}"${stream === undefined ? '' : ` in stream "${stream}"`} on site "${site.name}"`;
  if (!only) {
    const where = all.map(app => (app.stream ? `in "${app.stream.name}"` : 'unpublished')).join(', ');
    const instead = all.length > 0 ? ` It is ${where}.` : hint;
    return { missing: [`There is no app ${called}, or ${site.user} may not read it.${instead}`] };
  }
  if (!second) return picked([only]);
  const ids = match.map(app => app.id).join(', ');
  const streams = match.map(app => (app.stream ? `"${app.stream.name}"` : 'none')).join(', ');
  return {
    missing: [
      `There are ${match.length} apps ${called}; select one by its id: ${ids}; or by name and stream: ${streams}.`,
    ],
  };
}

/**
 * Where source and target are one site, an app that was promoted has the name of the one that it came from: those
 * that are where the spec sends the others of the name are left out, as long as others remain.
 */
function withoutPromoted(site: Site, apps: readonly App[], { to, sites }: Around): readonly App[] {
  if (apps.length < 2) return apps;
  const places = new Set<string>();
  for (const app of apps) {
    for (const wish of wishesOf(app, to, sites).wishes) {
      if (!sameAddress(wish.site, site)) continue;
      for (const stream of wish.streams) places.add(JSON.stringify([stream, nameThere(app, wish)]));
    }
  }
  const rest = apps.filter(app => !(app.stream && places.has(JSON.stringify([app.stream.name, app.name]))));
  return rest.length > 0 ? rest : apps;
}
