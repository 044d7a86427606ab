import type { App } from '../../../simulator/site/entities.ts';
import { WORKING_COPY } from './obligations.ts';
import { ANNA, editOf, OWN, type SiteName } from './sites.ts';
import type { Step, Who } from './steps.ts';
import type { World } from './world.ts';

const userOf = (world: World, site: SiteName, who: Who) => {
  const [directory = '', id = ''] = (who === 'anna' ? ANNA : OWN).split('\\');
  const user = world.sites[site].site.userNamed(directory, id);
  if (!user) throw new Error(`there is no user ${directory}\\${id}`);
  return user;
};

export function appAt(world: World, site: SiteName, index: number): App | undefined {
  const apps = world.appsOf(site);
  return apps[index % Math.max(1, apps.length)];
}

type Where = { site: SiteName; app: number };

/** Anna renames it to its next version, and perhaps approves of it; the relay's own user changes a tag. */
function mutate(world: World, { site, app }: Where, who: Who, approve?: boolean): App | undefined {
  const { site: on } = world.sites[site];
  const one = appAt(world, site, app);
  if (!one) return undefined;
  const [, name = '', count = '0'] = /^(.*) v(\d+)$/.exec(one.name) ?? [];
  if (who === 'anna') {
    one.name = `${name} v${Number(count) + 1}`;
    const definition = [...on.customProperties.values()][0];
    if (approve !== undefined && definition) {
      const value = approve ? 'Approve' : 'Deny';
      const row = { schemaPath: 'CustomPropertyValue' as const, value, definition };
      one.customProperties = [{ ...on.stored(userOf(world, site, who)), ...row }];
    }
  } else {
    const tags = [...on.tags.values()];
    const next = tags[(tags.findIndex(({ name }) => name === (one.tags[0]?.name ?? 't0')) + 1) % tags.length];
    one.tags = next ? [next] : [];
  }
  return one;
}

export function change(world: World, where: Where, who: Who, approve?: boolean): void {
  const one = mutate(world, where, who, approve);
  const { site } = world.sites[where.site];
  if (one) site.touch(one, userOf(world, where.site, who), [who === 'anna' ? 'name' : 'tags']);
}

/** The site changes an app without a word; somebody else notifies the relay. */
export async function secretly(world: World, step: Where & { who: Who; late: number }): Promise<void> {
  const one = mutate(world, step, step.who);
  if (!one) return;
  one.modifiedDate = world.sites[step.site].site.now();
  one.modifiedByUserName = step.who === 'anna' ? ANNA : OWN;
  const edit = editOf(step.site, { type: 'Update', entity: one, properties: [] }, world.hours.now(), true);
  world.book.edits.push(edit);
  await notifyAll(world, step.site, itemOf(one, step.late, 2));
}

export async function repeat(world: World, step: Extract<Step, { do: 'repeat' }>): Promise<void> {
  const one = appAt(world, step.site, step.app);
  if (!one) return;
  world.book.forged.push({ at: world.hours.now(), id: one.id });
  for (let time = 0; time < step.times; time += 1)
    await notifyAll(world, step.site, itemOf(one, step.late, step.change));
}

function itemOf(app: App, late: number | 'none', changeType: number): object {
  const item = { changeType, objectType: 'App', objectID: app.id, changedProperties: ['modifiedDate'] };
  if (late === 'none') return item;
  return { ...item, modifiedDate: new Date(Date.parse(app.modifiedDate) + late).toISOString() };
}

async function notifyAll(world: World, site: SiteName, item: object): Promise<void> {
  for (const { name, site: of, entity } of world.book.wanted)
    if (of === site && entity === 'App') await world.notify(name, [item]);
}

export function add(world: World, who: Who): void {
  const { site } = world.sites.dev;
  const [template] = site.apps.values();
  if (!template || site.apps.size > 12) return;
  const made = site.stored(userOf(world, 'dev', who));
  // Every other one that the relay's own user makes is a promotion's.
  const name = `${who === 'own' && site.apps.size % 2 === 0 ? WORKING_COPY : ''}New${site.apps.size} v0`;
  const app: App = { ...template, ...made, name, tags: [], customProperties: [] };
  site.apps.set(app.id, app);
  site.added(app);
}

export function remove(world: World, index: number): void {
  const { site } = world.sites.dev;
  const app = appAt(world, 'dev', index);
  // The first two have tasks.
  if (app && site.apps.size > 3 && !/^App[01] /.test(app.name)) site.remove(app);
}
