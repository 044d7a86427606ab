import { z } from 'zod';
import { say } from './say.ts';
import type { DemoSite } from './site.ts';

export const named = z.object({ id: z.string(), name: z.string() });
const appSchema = z.looseObject({
  ...named.shape,
  description: z.string(),
  fileSize: z.number(),
  stream: named.nullish(),
  tags: z.array(named),
  customProperties: z.array(z.looseObject({ value: z.string(), definition: z.looseObject(named.shape) })),
});
type App = z.infer<typeof appSchema>;

export async function appsOf(site: DemoSite): Promise<App[]> {
  return z.array(appSchema).parse(await site.call('GET', 'app/full?orderby=name'));
}

/** The apps of each site, as somebody sees them in the QMC. */
export async function showSites(...sites: readonly DemoSite[]): Promise<void> {
  for (const site of sites) {
    say(`  ${site.name}:`);
    for (const { name, stream, fileSize, tags, description, id } of await appsOf(site)) {
      const size = `${(fileSize / 1e6).toFixed(0)} MB`;
      const tag = tags.length > 0 ? `  [${tags.map(one => one.name).join(', ')}]` : '';
      say(`    ${name} in ${stream?.name ?? '(unpublished)'}, ${size}, ${id}${tag}`);
      if (description !== '') for (const line of description.split('\n')) say(`      ${line}`);
    }
  }
}
