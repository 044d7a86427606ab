import { globSync } from 'node:fs';
import { join } from 'node:path';
import { versionOf } from './picture.ts';
import { run } from './said.ts';
import type { SiteName, World } from './world.ts';

/** The site refuses to publish to a stream, until its faults are cleared. */
export const publishRefused =
  (site: SiteName, stream: string) =>
  async (world: World): Promise<undefined> => {
    const id = world
      .site(site)
      .site.streams.values()
      .find(({ name }) => name === stream)?.id;
    const query = new RegExp(`stream=${id}`);
    const times = Number.POSITIVE_INFINITY;
    world.site(site).faults.add({ method: 'PUT', path: /publish$/, query, times, fault: { status: 403 } });
  };

/** An earlier run replaced the app in Everyone and left its backup: FILE. Gives the version in that file. */
export const backedUp =
  (text: string) =>
  async (world: World): Promise<string> => {
    const test = world.site('test');
    const app = test.site.apps.values().find(({ stream }) => stream?.name === 'Everyone');
    const version = app ? versionOf(test, app) : '';
    const said = await run(world, { asks: 'promote', text }, '');
    if (said.outcome !== 'promoted') throw new Error(`no backup: ${said.text}`);
    const [file = ''] = globSync('backup/**/*.qvf', { cwd: world.folder });
    world.words.set('FILE', join(world.folder, file));
    return version;
  };

/** A schedule has just started this task. */
export const inReload =
  (site: SiteName, task: string) =>
  async (world: World): Promise<undefined> => {
    const found = world
      .site(site)
      .site.tasks.values()
      .find(({ name }) => name === task);
    world.site(site).runTask(found?.id ?? '');
  };

/** The word stands for the id of the app in that stream. */
export const named =
  (word: string, site: SiteName, stream: string) =>
  async (world: World): Promise<undefined> => {
    const app = world
      .site(site)
      .site.apps.values()
      .find(one => one.stream?.name === stream);
    world.words.set(word, app?.id ?? '');
  };
