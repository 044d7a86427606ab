import { randomUUID } from 'node:crypto';
import type { Simulator } from '../../simulator/server.ts';
import { addObject, editObject, objectsOf } from '../../simulator/site/app-objects.ts';
import type { App, AppObject, User } from '../../simulator/site/entities.ts';
import { change } from '../../simulator/verbs/update.ts';
import { appIn, type SiteName, type World } from './world.ts';

/** Someone at work on the sites during a run. */
export interface Act {
  readonly name: string;
  readonly on: 'source' | 'target';
  /** Does it, and says how to see in the end that it was not lost. */
  readonly does: (world: World) => Kept;
  /** The app is no longer to be promoted. */
  readonly forbids?: true;
  /** The source app is gone afterwards. */
  readonly ends?: true;
  /** Another app of the name is there afterwards. */
  readonly brings?: true;
}

/** Says what was lost of a change in the end; undefined: nothing. */
export type Kept = () => string | undefined;
const nothing: Kept = () => undefined;

function anna({ site }: Simulator): User {
  const user = site.userNamed('COMPANY', 'anna');
  if (!user) throw new Error('Anna is a user of every site');
  return user;
}

/** The source app; undefined once it is gone. */
const sourceOf = ({ sites }: World) => appIn(sites.dev, 'Build');
/** What the first target shows. */
const targetOf = ({ sites }: World) => appIn(sites.test, 'One');

function edit(world: World, where: SiteName, app: App | undefined, next: Partial<App>): App | undefined {
  if (app) change(world.sites[where].site, app, next, anna(world.sites[where]));
  world.note();
  return app;
}

function rowsWith(world: World, app: App, name: string, values: readonly string[]) {
  const { site } = world.sites.dev;
  const definition = site.customProperties.values().find(one => one.name === name);
  if (!definition) throw new Error(`no property ${name}`);
  const others = app.customProperties.filter(row => row.definition !== definition);
  const kept = app.customProperties.filter(
    row => row.definition === definition && values.includes(row.value),
  );
  const added = values
    .filter(value => !kept.some(row => row.value === value))
    .map(value => ({
      ...site.stored(anna(world.sites.dev)),
      schemaPath: 'CustomPropertyValue' as const,
      value,
      definition,
    }));
  return [...others, ...kept, ...added];
}

const hasRow = (app: App | undefined, name: string, value: string) =>
  app?.customProperties.some(row => row.definition.name === name && row.value === value);

/** The app itself, or, where it was unpublished meanwhile, its owner's copy. */
function stillThere(world: World, where: SiteName, app: App): App | undefined {
  const { apps } = world.sites[where].site;
  return (
    apps.get(app.id) ??
    apps.values().find(other => other.name === app.name && !other.published && where === 'dev')
  );
}

/** A new version of the source. */
export function editSheet(world: World): Kept {
  const app = sourceOf(world);
  const { site } = world.sites.dev;
  const sheet = app && objectsOf(site, app).find(({ objectType }) => objectType === 'sheet');
  if (sheet) editObject(site, sheet, anna(world.sites.dev));
  world.note();
  return nothing;
}

function described(where: SiteName, of: (world: World) => App | undefined) {
  return (world: World): Kept => {
    const words = 'Written by Anna meanwhile';
    const target = of(world);
    // What a target is called and says, a promotion decides; until it is live.
    if (where === 'test' && target && !target.description.includes('[qrs-action]')) return nothing;
    const app = edit(world, where, of(world), { description: words });
    return () => {
      if (!app || world.deleted.has(app.id)) return undefined;
      const text = stillThere(world, where, app)?.description ?? '';
      return text.includes(words)
        ? undefined
        : `Anna's description of the app on ${where} is lost: "${text}"`;
    };
  };
}

function tagged(where: SiteName, tag: string, of: (world: World) => App | undefined) {
  return (world: World): Kept => {
    const found = world.sites[where].site.tags.values().find(({ name }) => name === tag);
    const before = of(world);
    if (!before || !found) return nothing;
    const app = edit(world, where, before, { tags: [...before.tags, found] });
    return () => {
      const now = app && stillThere(world, where, app);
      return !now || now.tags.includes(found) ? undefined : `Anna's tag "${tag}" on ${where} is lost`;
    };
  };
}

function asked(name: string, values: readonly string[]) {
  return (world: World): Kept => {
    const app = sourceOf(world);
    if (!app) return nothing;
    edit(world, 'dev', app, { customProperties: rowsWith(world, app, name, values) });
    const value = values.at(-1) ?? '';
    return () => {
      const now = stillThere(world, 'dev', app);
      if (!now || hasRow(now, name, value) || (name === 'ToStream' && appIn(world.sites.test, value)))
        return undefined;
      return `Anna's ${name}=${value} is lost`;
    };
  };
}

/** A sheet of her own in the app that users see. */
function adds(where: SiteName, of: (world: World) => App | undefined) {
  return (world: World): Kept => {
    const app = of(world);
    const simulator = world.sites[where];
    if (!app) return nothing;
    const sheet = addObject(simulator.site, app, 'Mine', anna(simulator));
    world.note();
    const same = ({ engineObjectId }: AppObject) => engineObjectId === sheet.engineObjectId;
    return () =>
      simulator.site.objects.values().some(same) || world.deleted.has(app.id)
        ? undefined
        : `Anna's sheet on ${where} is lost`;
  };
}

function deletes(where: SiteName, of: (world: World) => App | undefined) {
  return (world: World): Kept => {
    const app = of(world);
    if (!app) return nothing;
    world.emptied.add(`${where}/${app.stream?.name}/${app.name}`);
    world.deleted.add(app.id);
    for (const object of objectsOf(world.sites[where].site, app))
      world.sites[where].site.objects.delete(object.id);
    world.sites[where].site.remove(app);
    return nothing;
  };
}

/** Her own app of the name, made elsewhere and published in the place. */
function publishes(world: World): Kept {
  const { site } = world.sites.test;
  const stream = site.streams.values().find(({ name }) => name === 'One');
  const content = { kind: 'made', recipe: recipe() } as const;
  const by = anna(world.sites.test);
  const at = site.now();
  const app: App = {
    ...site.stored(by, at),
    ...{ schemaPath: 'App', name: 'Sales', description: '', owner: by, published: true, publishTime: at },
    ...{
      stream: stream ?? null,
      tags: [],
      customProperties: [],
      lastReloadTime: at,
      fileSize: 9000,
      content,
    },
  };
  site.apps.set(app.id, app);
  const script = addObject(site, app, 'Script', by, 'app_appscript');
  Object.assign(script, { engineObjectId: 'app_appscript', published: true, approved: true });
  site.added(app);
  world.note();
  const was = app.content;
  return () => {
    if (site.apps.get(app.id) === undefined) return "Anna's own app in stream One is gone";
    return app.content === was || app.description.includes('[qrs-action]')
      ? undefined
      : "Anna's own app was overwritten";
  };
}

const recipe = () => ({
  ...{ madeBy: 'qrs-simulator' as const, seed: randomUUID(), size: 9000, withData: true, name: 'Sales' },
  ...{ lastReloadTime: new Date(0).toISOString(), description: '', parts: [] },
});

/** Another app takes the place of the one in the stream, under its id; the stamp stays. */
function replaces(world: World): Kept {
  const { site } = world.sites.test;
  const app = targetOf(world);
  if (!app) return nothing;
  for (const object of objectsOf(site, app)) if (object.approved) object.version = randomUUID();
  edit(world, 'test', app, { content: { kind: 'made', recipe: recipe() }, fileSize: 9000 });
  return nothing;
}

/** The task of the target, if it has one, reloads it for ten minutes. */
function reloads(world: World): Kept {
  const target = targetOf(world);
  const task = world.sites.test.site.tasks
    .values()
    .find(one => one.schemaPath === 'ReloadTask' && one.app === target && one.name === 'Nightly');
  if (task) world.sites.test.runTask(task.id);
  return nothing;
}

export const ACTS: readonly Act[] = [
  { name: 'describes the source', on: 'source', does: described('dev', sourceOf) },
  { name: 'edits a sheet of the source', on: 'source', does: editSheet },
  { name: 'denies', on: 'source', forbids: true, does: asked('Approval', ['Deny']) },
  { name: 'freezes the source', on: 'source', forbids: true, does: tagged('dev', 'frozen', sourceOf) },
  { name: 'tags the source', on: 'source', does: tagged('dev', 'noted', sourceOf) },
  { name: 'asks for one more stream', on: 'source', does: asked('ToStream', ['One', 'Two']) },
  { name: 'adds a sheet to the source', on: 'source', does: adds('dev', sourceOf) },
  { name: 'deletes the source', on: 'source', ends: true, does: deletes('dev', sourceOf) },
  { name: 'describes the target', on: 'target', does: described('test', targetOf) },
  { name: 'tags the target', on: 'target', does: tagged('test', 'noted', targetOf) },
  { name: 'adds a sheet to the target', on: 'target', does: adds('test', targetOf) },
  { name: 'reloads the target', on: 'target', does: reloads },
  { name: 'deletes the target', on: 'target', does: deletes('test', targetOf) },
  { name: 'replaces the target by another app', on: 'target', does: replaces },
  { name: 'publishes her own app of the name', on: 'target', brings: true, does: publishes },
];
