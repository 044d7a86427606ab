import { messageOf, RemoteError } from '../../base/errors.ts';
import { didYouMean } from '../../base/nearest.ts';
import { countApps, filterApps, listApps, searchApps } from '../../qrs/apps/find.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { App } from '../../qrs/entities.ts';
import { equals, equalsId, startsWith } from '../../qrs/filter.ts';
import type { Odd } from '../../qrs/shape.ts';
import type { Site } from '../../sites/site.ts';
import { type BackedUp, readBackup } from '../app-file/backup.ts';
import type { Selector } from '../selector.ts';
import type { Destination } from '../spec.ts';
import { sameAddress } from '../version.ts';
import { BARE_PREFIX } from '../working-copy.ts';
import { ifShown } from './if-shown.ts';
import { nameThere, wishesOf } from './wish.ts';

/** The apps that a spec selects on the source site. */
export interface Selection {
  found: readonly Selected[];
  /** Sentences about selected apps that are missing, or of which there are several. */
  missing: readonly string[];
  /** A sentence where the app of the event is gone, although the site shows others. */
  gone: readonly string[];
  /** Working copies on the source site; undefined where it was not asked. */
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
  /** The names of all apps, where a selected app is missing, to suggest the nearest one. */
  others: readonly string[];
}

/** Reads the selected apps, and in the same request the working copies on the source site. */
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

/** A sentence about an unusable app. */
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
  // A user who sees no app at all has lost a right: events must not succeed because of that.
  if (one.event && (await countApps(source)) > 0)
    return { gone: [`${sentence} There is nothing to promote.`] };
  return { missing: [sentence] };
}

/** A filter that the site rejects selects nothing, and must not hide other problems. */
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
 * Where source and target are one site, a promoted app has the name of its source app. So this leaves out the apps that
 * are already in the spec's target streams, as long as others of the name remain.
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
