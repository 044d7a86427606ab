import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type DemoSite, startSite } from '../../demo/site.ts';
import type { SiteData } from '../../simulator/site/data.ts';

export const BIG = { from: 'dev', apps: [{ name: 'Big' }], to: [{ site: 'test', streams: ['Everyone'] }] };

export interface Pair {
  dev: DemoSite;
  test: DemoSite;
  /** For certificates and whatever else is needed for a while. */
  folder: string;
}

/** Two sites in processes of their own, so that what they do is not the measuring process's work. */
export async function onPair(
  megabytes: number,
  work: (pair: Pair) => Promise<void>,
  streams: readonly string[] = ['Everyone'],
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'qrs-action-bench-sites-'));
  const started: DemoSite[] = [];
  const begin = async (name: string, data: SiteData) => {
    const path = join(folder, `${name}.yml`);
    await writeFile(path, JSON.stringify(data));
    const site = await startSite(name, path, folder);
    started.push(site);
    return site;
  };
  try {
    const apps = [{ name: 'Big', stream: 'Build', size: `${megabytes} MiB` }];
    const dev = await begin('dev', { streams: ['Build'], apps });
    const test = await begin('test', { streams: [...streams] });
    await work({ dev, test, folder });
  } finally {
    for (const site of started) await site.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const appSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  modifiedDate: z.string(),
  published: z.boolean(),
  fileSize: z.number(),
});

export async function appsOf(site: DemoSite): Promise<z.infer<typeof appSchema>[]> {
  return z.array(appSchema).parse(await site.call('GET', 'app/full'));
}

/** Throws unless users of the site see one app, of that many bytes. */
export async function expectLive(site: DemoSite, bytes: number): Promise<void> {
  const live = (await appsOf(site)).filter(app => app.published);
  if (live.length !== 1 || live[0]?.fileSize !== bytes) {
    throw new Error(`${site.name} does not have the app, but: ${JSON.stringify(live)}`);
  }
}
