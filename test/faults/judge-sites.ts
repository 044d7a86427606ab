import type { Shown } from '../../simulator/site/moments.ts';
import { versionShown } from '../together/versions.ts';
import { type AppPicture, isCopy, type Picture } from './picture.ts';
import type { Scenario, Want } from './scenarios.ts';
import type { SiteName, World } from './world.ts';

/** What a case is judged by: how the sites were before the run, and what it was to bring. */
export interface Ground {
  readonly world: World;
  readonly scenario: Scenario;
  /** The version of the app that is to be promoted, and its id on dev. */
  readonly version: string;
  readonly source: string;
  readonly before: ReadonlyMap<SiteName, Picture>;
  /** How many moments each site had before the run. */
  readonly from: ReadonlyMap<SiteName, number>;
}

type Sited<T> = T & { readonly site: SiteName };

/** Whether a place is one that the scenario wants filled. */
function wanted(
  { wants = [] }: Scenario,
  site: SiteName,
  { stream, name }: { stream?: string | undefined; name: string },
): boolean {
  return wants.some(want => want.site === site && want.stream === stream && want.name === name);
}

/** Promise 1: what users of any site saw at any moment of the run. */
export function momentFaults(ground: Ground): string[] {
  const { world, from } = ground;
  const faults = world.names.flatMap(site => {
    const [first, ...later] = world
      .site(site)
      .moments.all()
      .slice((from.get(site) ?? 1) - 1);
    const had = new Map((first?.shown ?? []).map(app => [app.id, app]));
    return later.flatMap(({ shown }) => [
      ...missed(ground, site, had, shown),
      ...shown.flatMap(app => shownFaults(ground, { ...app, site }, had.get(app.id))),
    ]);
  });
  return [...new Set(faults)];
}

function missed(
  ground: Ground,
  site: SiteName,
  had: ReadonlyMap<string, Shown>,
  shown: readonly Shown[],
): string[] {
  return [...had.values()]
    .filter(app => !shown.some(({ id }) => id === app.id) && !mayLeave(ground, app.id))
    .map(app => `users of ${site} missed ${called(app)}`);
}

const called = ({ name, stream, id }: Shown) => `"${name}" in ${stream} (${id.slice(0, 8)})`;

function mayLeave({ scenario, source }: Ground, id: string): boolean {
  return scenario.source === 'leaves its stream' && id === source;
}

function shownFaults({ scenario, version }: Ground, app: Sited<Shown>, was: Shown | undefined): string[] {
  const shows = versionShown(app);
  const isNew = shows === version;
  const faults: string[] = [];
  const users = `users of ${app.site} saw`;
  if (!app.hasData && !(scenario.withoutData && isNew)) faults.push(`${users} ${called(app)} without data`);
  if (was && (app.name !== was.name || app.stream !== was.stream)) {
    faults.push(`${users} ${called(was)} become ${called(app)}`);
  }
  if (!was && !wanted(scenario, app.site, app))
    faults.push(`${users} ${called(app)}, which nobody asked for`);
  const untouched = was && shows === versionShown(was);
  const replaced = isNew && !(was && (scenario.adds || !wanted(scenario, app.site, app)));
  if (!untouched && !replaced)
    faults.push(`${users} in ${called(app)} what is neither the old app nor the new one`);
  return faults;
}

/** Promise 5 and the plan: what differs from before, and nobody asked for. Working copies are judged elsewhere. */
export function unaskedFaults(ground: Ground, after: ReadonlyMap<SiteName, Picture>): string[] {
  return ground.world.names.flatMap(site => {
    const [was, is] = [ground.before.get(site), after.get(site)];
    if (!was || !is) return [];
    return [
      ...[...was.apps.values()].flatMap(app => keptFaults(ground, { ...app, site }, is.apps.get(app.id))),
      ...[...is.apps.values()]
        .filter(app => !was.apps.has(app.id) && !isCopy(app) && !isAsked(ground, { ...app, site }))
        .map(app => `${site} has "${app.name}" in ${app.stream}, which nobody asked for`),
      ...twinFaults(ground, site, is),
      ...namesFaults(ground, site, was, is),
      ...taskFaults(ground, site, was, is),
    ];
  });
}

/** What became of an app that was there. */
function keptFaults(ground: Ground, was: Sited<AppPicture>, is: AppPicture | undefined): string[] {
  const { scenario, source } = ground;
  const { site, ...old } = was;
  const isSource = site === 'dev' && was.id === source;
  const name = `${site}: "${was.name}" in ${was.stream}`;
  if (!is) return isSource && mayLeave(ground, was.id) ? [] : [`${name} is gone`];
  const replaced =
    !isSource && !scenario.adds && wanted(scenario, site, was) && is.version === ground.version;
  const amended = replaced && scenario.attributes === true;
  const expected: AppPicture = {
    ...old,
    ...(replaced ? { version: is.version, hasData: is.hasData, description: is.description } : {}),
    ...(replaced || scenario.task ? { lastReloadTime: is.lastReloadTime } : {}),
    ...(amended ? { owner: is.owner, tags: is.tags, properties: is.properties } : {}),
    ...(isSource ? sourceRows(ground, old, is) : {}),
  };
  return Object.entries(expected).flatMap(([key, value]) => {
    const now: unknown = Reflect.get(is, key);
    return JSON.stringify(now) === JSON.stringify(value)
      ? []
      : [`${name}: its ${key} was ${String(value)} and is ${String(now)}`];
  });
}

/** What may become of the source app's own rows: all of what `done` says, or nothing of it. */
function sourceRows({ scenario }: Ground, was: AppPicture, is: AppPicture): Partial<AppPicture> {
  const { tag, source } = scenario;
  const others = was.tags.filter(one => one !== tag);
  const tagged = tag !== undefined && is.tags.includes(tag);
  const tags = tagged ? [...others, tag].sort() : others;
  const left = source === 'loses properties' && tagged;
  return {
    tags,
    properties: left ? was.properties.filter(row => !row.startsWith('Approval=')) : was.properties,
  };
}

function isAsked(ground: Ground, app: Sited<AppPicture>): boolean {
  if (wanted(ground.scenario, app.site, app)) return app.version === ground.version;
  return isOwners(ground, app);
}

/** Whether it is the copy that the owner of an unpublished app gets. */
export function isOwners({ scenario, version, source, before }: Ground, app: Sited<AppPicture>): boolean {
  const old = before.get('dev')?.apps.get(source);
  const back = app.stream === undefined && app.name === old?.name && app.owner === old?.owner;
  return scenario.source === 'leaves its stream' && app.site === 'dev' && back && app.version === version;
}

/** Promise 4: one version twice in a place, or more apps in it than there may be. */
function twinFaults({ scenario, version, before }: Ground, site: SiteName, { apps }: Picture): string[] {
  const { wants = [], adds } = scenario;
  return wants
    .filter(want => want.site === site)
    .flatMap(want => {
      const now = [...apps.values()].filter(app => isAt(app, want));
      const old = [...(before.get(site)?.apps.values() ?? [])].filter(app => isAt(app, want)).length;
      const most = adds ? old + 1 : Math.max(1, old);
      const news = now.filter(app => app.version === version).length;
      return now.length > most || news > 1
        ? [`${site} has the app ${now.length} times in ${want.stream}`]
        : [];
    });
}

export function isAt(app: AppPicture, { stream, name }: Pick<Want, 'stream' | 'name'>): boolean {
  return app.stream === stream && app.name === name;
}

function namesFaults({ world, scenario }: Ground, site: SiteName, was: Picture, is: Picture): string[] {
  const { makes = [], tag } = scenario;
  const compare = (what: string, old: readonly string[], now: readonly string[], may: readonly string[]) => {
    const made = may.filter(name => now.includes(name) && !old.includes(name));
    const all = world.late
      ? now.filter((name, index) => !made.includes(name) || now.indexOf(name) === index)
      : now;
    return JSON.stringify([...old, ...made].sort()) === JSON.stringify(all)
      ? []
      : [`the ${what} of ${site} are ${now.join(', ')}`];
  };
  return [
    ...compare('streams', was.streams, is.streams, makes),
    ...compare('tags', was.tags, is.tags, tag === undefined ? [] : [tag]),
    ...compare('definitions', was.definitions, is.definitions, []),
  ];
}

function taskFaults({ world, scenario }: Ground, site: SiteName, was: Picture, is: Picture): string[] {
  const gone = [...was.tasks]
    .filter(([id]) => !is.tasks.has(id))
    .map(([, { name }]) => `task "${name}" is gone`);
  const added = [...is.tasks].filter(([id]) => !was.tasks.has(id)).map(([, task]) => task);
  const odd = added
    .filter(({ app }) => !is.apps.has(app) || !(scenario.reloads || scenario.task || scenario.taskOfEach))
    .map(({ name }) => `task "${name}" was made, and its app is gone or nobody asked for it`);
  const manual = added.map(({ app }) => app);
  const doubled = manual
    .filter((app, index) => !world.late && manual.indexOf(app) !== index)
    .map(() => 'two tasks of one app');
  return [...gone, ...odd, ...doubled].map(fault => `${site}: ${fault}`);
}
