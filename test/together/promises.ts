import { outcomeOf, type Started, type Want, wordsOf } from './run.ts';
import { versionShown } from './versions.ts';
import { SITES, type World } from './world.ts';

/** Promise 2: what a run said, held against what users saw while it ran. */
export function untrue(world: World, started: Started): string[] {
  const outcome = outcomeOf(started);
  if (outcome !== 'promoted') return [];
  const { wants, mode } = started.run;
  const faults = wants
    .filter(want => !wasThere(world, started, want))
    .map(({ site, stream }) => `said promoted, yet ${site}/${stream} never had the app in ${mode} mode`);
  return [...faults, ...tagFaults(world, started)];
}

/** Whether the place had the version that the run is about, or a newer one, at some moment until its end. */
function wasThere(world: World, { ended, app, version }: Started, want: Want): boolean {
  const moments = world.moments()[want.site].slice(0, ended?.to[want.site]);
  const versions = (world.versions.get(app) ?? []).slice(version);
  return moments.some(({ shown }) =>
    shown.some(
      one => one.stream === want.stream && one.name === want.name && versions.includes(versionShown(one)),
    ),
  );
}

/** Whether the place has the newest version of the app now. */
export function isThere(world: World, { app }: Pick<Started, 'app'>, { site, stream, name }: Want): boolean {
  const newest = world.versions.get(app)?.at(-1);
  const now = world.moments()[site].at(-1)?.shown ?? [];
  return now.some(one => one.stream === stream && one.name === name && versionShown(one) === newest);
}

function tagFaults(world: World, started: Started): string[] {
  const { tag } = started.run;
  const app = world.sites.dev.site.apps.get(started.app);
  if (tag === undefined || !app || app.tags.some(({ name }) => name === tag)) return [];
  return /has changed since|no longer/.test(wordsOf(started))
    ? []
    : [`said promoted, yet "${tag}" is not on`];
}

/** A tag that says "done" although a run that sets it has not done it. */
export function tagTooEarly(world: World, started: Started): string[] {
  const { tag, wants } = started.run;
  const app = world.sites.dev.site.apps.get(started.app);
  if (tag === undefined || !app?.tags.some(({ name }) => name === tag)) return [];
  const last = world.moments();
  const toTheEnd = { ...started, ended: undefined };
  return wants
    .filter(want => last[want.site].length > 0 && !wasThere(world, toTheEnd, want))
    .map(({ site, stream }) => `"${tag}" is on, yet ${site}/${stream} never had the app`);
}

/** Promise 3: what runs leave behind, unless they name it. */
export function leftBehind(
  world: World,
  runs: readonly Started[],
  named: 'may be named' | 'never',
): string[] {
  const said = named === 'never' ? '' : runs.map(wordsOf).join('\n');
  return SITES.flatMap(name => {
    const { apps, tasks } = world.sites[name].site;
    const copies = [...apps.values()]
      .filter(app => app.name.startsWith('qrs-action') && !said.includes(app.id) && !said.includes(app.name))
      .map(app => `${name} keeps "${app.name}", which no run names`);
    const ownerless = [...tasks.values()].filter(
      task => task.schemaPath === 'ReloadTask' && !apps.has(task.app.id) && task.name !== 'Nightly',
    );
    return [
      ...copies,
      ...ownerless.map(task => `${name} keeps the task "${task.name}" of an app that is gone`),
    ];
  });
}

/** Promise 4: two streams, tags or manual tasks of one name. */
export function pairsOf(world: World): string[] {
  return SITES.flatMap(name => {
    const { streams, tags, tasks } = world.sites[name].site;
    return [...doubled(streams), ...doubled(tags), ...doubled(tasks)].map(
      one => `${name} has two of "${one}"`,
    );
  });
}

function doubled(entities: ReadonlyMap<string, { name: string }>): string[] {
  const names = [...entities.values()].map(one => one.name);
  return [...new Set(names.filter((one, index) => names.indexOf(one) !== index))];
}

/** Promise 5: apps that were there at the beginning, and are no more. */
export function lostApps(world: World, before: ReadonlySet<string>, leaves: ReadonlySet<string>): string[] {
  const now = new Set(SITES.flatMap(name => [...world.sites[name].site.apps.keys()]));
  return [...before]
    .filter(id => !now.has(id) && !leaves.has(id) && !world.deleted.has(id))
    .map(id => `the app ${id} is gone`);
}
