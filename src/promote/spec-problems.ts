import { InputError, messageOf } from '../base/errors.ts';
import { isMapping } from '../base/json.ts';
import { nearest } from '../base/nearest.ts';
import type { Found } from '../base/yaml-problems.ts';
import { findSite, meantSite, type Named, unknownSite } from '../sites/names.ts';
import { type EventApp, eventProblem } from './event-app.ts';
import { targetDataProblems } from './target-data-problems.ts';
import { targetProblems } from './target-problems.ts';

/** What a spec may refer to, as far as it is known when the spec is read. */
export interface SpecSurroundings {
  /** All sites, also those whose credentials cannot be used. */
  sites?: readonly Named[] | undefined;
  /** Reads the event that started the run; absent where that does not matter. Throws InputError. */
  event?: (() => EventApp | undefined) | undefined;
}

type Keys = Readonly<Record<string, unknown>>;

/** Where options are set: at a target of `to`, or for the whole spec where apps name their targets. */
interface OptionsInSpec {
  path: readonly PropertyKey[];
  keys: Keys;
}

/**
 * Finds problems between several keys, and references to unknown sites. It reads the text, not the parsed shape, so
 * that it also works where a key is wrong. Pure, except for the event.
 */
export function specProblems(spec: unknown, around: SpecSurroundings): Found[] {
  if (!isMapping(spec)) return [];
  const options: OptionsInSpec[] = Array.isArray(spec.to)
    ? spec.to.map((target, index) => ({ path: ['to', index], keys: keysIn(target) }))
    : [{ path: [], keys: {} }];
  return [
    ...new Map(
      options
        .flatMap(one => [
          ...contradictions(one, spec),
          ...targetProblems(one, spec),
          ...targetDataProblems(one, spec),
        ])
        .map(one => [JSON.stringify(one), one]),
    ).values(),
    ...emptySpec(spec),
    ...referencesToSites(spec, options, around),
    ...referenceToEvent(spec, around),
  ];
}

export const ASKS_FOR_SOURCE = { key: 'from', asks: 'The spec does not say which site to promote from' };

function keysIn(value: unknown): Keys {
  return isMapping(value) ? value : {};
}

const selectorsIn = ({ apps }: Keys): Keys[] => (Array.isArray(apps) ? apps.map(keysIn) : []);

/** Finds options of one target that exclude each other. */
function contradictions({ path, keys }: OptionsInSpec, spec: Keys): Found[] {
  const problems: Found[] = [];
  const option = (name: string) => keys[name] ?? spec[name];
  const problem = (name: string, text: string) =>
    problems.push({ path: name in keys ? [...path, name] : [name], text });
  // The key may be misspelt, which the schema reports.
  const isMisspelt = [...Object.keys(keys), ...Object.keys(spec)].some(key => nearest(key, ['backup']));
  if (option('rollback') === true && (option('backup') ?? 'none') === 'none' && !isMisspelt) {
    problem('rollback', '"rollback: true" needs "backup": a folder for what is about to be replaced.');
  }
  if (option('data') === 'refresh' && (option('reload') ?? 'none') !== 'none') {
    problem(
      'data',
      '"data: refresh" and "reload" contradict each other: a reload on the target makes other data. Leave one of them out.',
    );
  }
  const apps = selectorsIn(spec);
  if (option('name') !== undefined && (apps.length > 1 || apps.some(({ filter }) => filter !== undefined))) {
    problem('name', '"name" would give several apps one name; promote one app, or leave it out.');
  }
  if (path.length === 0 && apps.some(({ file }) => file !== undefined)) {
    problems.push({
      path: ['to'],
      text: 'an app from a file carries no properties: list the sites in "to".',
    });
  }
  return problems;
}

function emptySpec({ to, done }: Keys): Found[] {
  const asked = Object.values(keysIn(done)).some(value => value !== undefined && value !== false);
  if (!Array.isArray(to) || to.length > 0 || asked) return [];
  return [
    { path: ['to'], text: '"to" is empty and "done" asks for nothing: there is nothing to do. List a site.' },
  ];
}

function referencesToSites(
  spec: Keys,
  options: readonly OptionsInSpec[],
  { sites }: SpecSurroundings,
): Found[] {
  const { from, to } = spec;
  const problems: Found[] = [];
  const refer = (path: readonly PropertyKey[], key: string, called: unknown) => {
    if (!sites || typeof called !== 'string') return undefined;
    const site = findSite(sites, called);
    if (!site) problems.push({ path, text: unknownSite(sites, key, called) });
    return site;
  };
  if (from !== undefined) refer(['from'], 'from', from);
  else if (sites) {
    const source = meantSite(sites, undefined, ASKS_FOR_SOURCE);
    if (typeof source === 'string') problems.push({ path: [], text: source });
  }
  refer(['to', 'default-site'], 'to.default-site', keysIn(to)['default-site']);
  const seen = new Set<string>();
  for (const { path, keys } of options) {
    const where = [...path, 'site'];
    const site = refer(where, 'site', keys.site);
    const name = site?.name ?? (typeof keys.site === 'string' ? keys.site.trim().toLowerCase() : undefined);
    if (name === undefined) continue;
    const target = JSON.stringify([name.toLowerCase(), appOf(keys)]);
    if (seen.has(target)) problems.push({ path: where, text: twice(name, appOf(keys)) });
    seen.add(target);
  }
  return problems;
}

function appOf({ app }: Keys): string | undefined {
  return typeof app === 'string' ? app.trim().toLowerCase() : undefined;
}

function twice(site: string, app: string | undefined): string {
  return app === undefined
    ? `"to" names site "${site}" twice; list all its streams in one entry.`
    : `"to" names app ${app} on site "${site}" twice; keep one entry.`;
}

function referenceToEvent(spec: Keys, { sites, event }: SpecSurroundings): Found[] {
  const { apps = 'event', from } = spec;
  const asks = apps === 'event' || selectorsIn(spec).some(app => app.event === true);
  if (!asks || !event || !sites) return [];
  const source = typeof from === 'string' ? findSite(sites, from) : sites[0];
  try {
    const text = eventProblem(event(), source, sites);
    return text === undefined ? [] : [{ path: ['apps'], text }];
  } catch (error) {
    if (error instanceof InputError) return [{ path: ['apps'], text: messageOf(error) }];
    throw error;
  }
}
