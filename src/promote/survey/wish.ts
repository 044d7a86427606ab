import type { App } from '../../qrs/entities.ts';
import { findSite, knownSites } from '../../sites/names.ts';
import type { Site } from '../../sites/site.ts';
import type { Options } from '../options.ts';
import type { Destination, Mode } from '../spec.ts';

/** What one app wants on one target site. */
export interface Wish {
  site: Site;
  mode: Mode;
  /** Names, each once, in the order given; none where the spec names the app. */
  streams: readonly string[];
  /** The id of the one app to replace, whatever its name and stream. */
  app: string | undefined;
  options: Options;
}

/**
 * The wishes of an app. `asks` is false for an app whose server property is empty: it wants nothing, and loses its tag.
 * An app that asks but names no stream has no wishes and keeps its tag.
 */
export interface Wishes {
  asks: boolean;
  wishes: readonly Wish[];
  /** Why there is nothing to do, if so. */
  reason?: string;
  /** Why a wish is impossible, and what would be right. */
  refusals: readonly string[];
}

/** The app's name on the site of a wish. Pure. */
export function nameThere(app: App, { options }: Wish): string {
  return options.name ?? app.name;
}

/** Reads an app's wishes from the spec or from the app itself. Pure. */
export function wishesOf(app: App, to: Destination, sites: readonly Site[]): Wishes {
  return to.by === 'list' ? wishesOfList(to.targets, sites) : asked(app, to, sites);
}

type ByProperties = Extract<Destination, { by: 'properties' }>;
type ByList = Extract<Destination, { by: 'list' }>;

/** The wishes of a spec's own targets, the same for every app. Pure. */
export function wishesOfList(targets: ByList['targets'], sites: readonly Site[]): Wishes {
  const wishes: Wish[] = [];
  const refusals: string[] = [];
  for (const target of targets) {
    const site = findSite(sites, target.site);
    if (!site) refusals.push(`no site is called "${target.site}". ${knownSites(sites, target.site)}`);
    else if (wishes.some(wish => wish.site === site && wish.app === target.app))
      refusals.push(`site "${site.name}" is a target twice.`);
    else wishes.push({ ...target, site });
  }
  return { asks: true, wishes, refusals };
}

function asked(app: App, to: ByProperties, sites: readonly Site[]): Wishes {
  const servers = valuesOf(app, to.server);
  const streams = valuesOf(app, to.stream);
  if (servers.length === 0) {
    return { asks: false, wishes: [], reason: `its property ${to.server} is empty`, refusals: [] };
  }
  if (streams.length === 0) {
    return { asks: true, wishes: [], reason: `its property ${to.stream} names no stream`, refusals: [] };
  }
  const modes = new Map<Site, Mode>();
  const refusals: string[] = [];
  for (const value of servers) {
    const read = readServer(value, to, sites);
    if ('refusal' in read) refusals.push(read.refusal);
    else if ((modes.get(read.site) ?? read.mode) === read.mode) modes.set(read.site, read.mode);
    else
      refusals.push(
        `${to.server} asks for both modes on site "${read.site.name}"; keep one of the two values.`,
      );
  }
  const wishes = [...modes].map(([site, mode]) => ({
    site,
    mode,
    streams,
    app: undefined,
    options: to.options,
  }));
  return { asks: true, wishes, refusals };
}

type Server = { site: Site; mode: Mode } | { refusal: string };

/** `<site or one of its names> - Overwrite|Duplicate`, split at the last ` - `, in any case. */
function readServer(value: string, to: ByProperties, sites: readonly Site[]): Server {
  const { called, word } = split(value);
  const mode = modeOf(word);
  const named = mode ? called : value;
  const site = findSite(sites, named) ?? defaultSite(to, sites);
  if (site && mode) return { site, mode };
  const example = `${site?.name ?? sites[0]?.name ?? 'site'} - Overwrite`;
  if (!site) {
    return { refusal: `${to.server} is "${value}", which names no site. ${knownSites(sites, named)}` };
  }
  return {
    refusal:
      `${to.server} is "${value}", which ends in neither " - Overwrite" nor " - Duplicate"; ` +
      `"${example}" would be right.`,
  };
}

function defaultSite(to: ByProperties, sites: readonly Site[]): Site | undefined {
  return to.defaultSite === undefined ? undefined : findSite(sites, to.defaultSite);
}

function split(value: string): { called: string; word: string } {
  const at = value.lastIndexOf(' - ');
  if (at < 0) return { called: '', word: value };
  return { called: value.slice(0, at).trim(), word: value.slice(at + 3) };
}

/** The whole word decides: "Disapproved overwrite list" is not a mode. */
function modeOf(word: string): Mode | undefined {
  const lower = word.trim().toLowerCase();
  return lower === 'overwrite' || lower === 'duplicate' ? lower : undefined;
}

function valuesOf(app: App, property: string): string[] {
  const rows = app.customProperties.filter(row => row.definition.name === property);
  return [...new Set(rows.map(row => row.value.trim()).filter(value => value !== ''))];
}
