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

const taskSchema = z.looseObject({ ...named.shape, app: named });
const triggerSchema = z.looseObject({ name: z.string(), reloadTask: named.nullish() });

export async function appsOf(site: DemoSite): Promise<App[]> {
  return z.array(appSchema).parse(await site.call('GET', 'app/full?orderby=name'));
}

/** Each reload task with its app and the names of its triggers. */
async function tasksOf(site: DemoSite): Promise<string[]> {
  const tasks = z.array(taskSchema).parse(await site.call('GET', 'reloadtask/full?orderby=name'));
  const read = async (kind: string) =>
    z.array(triggerSchema).parse(await site.call('GET', `${kind}/full?orderby=name`));
  const triggers = [...(await read('schemaevent')), ...(await read('compositeevent'))];
  return tasks.map(({ id, name, app }) => {
    const starts = triggers.filter(({ reloadTask }) => reloadTask?.id === id).map(trigger => trigger.name);
    return `${name} reloads ${app.name} (${app.id})${starts.map(start => `, ${start}`).join('')}`;
  });
}

/** The apps and the reload tasks of each site, as somebody sees them in the QMC. */
export async function showSites(...sites: readonly DemoSite[]): Promise<void> {
  for (const site of sites) {
    say(`  ${site.name}:`);
    for (const app of await appsOf(site)) showApp(app);
    for (const task of await tasksOf(site)) say(`    Task ${task}`);
  }
}

function showApp({ name, stream, fileSize, tags, description, id }: App): void {
  const size = `${(fileSize / 1e6).toFixed(0)} MB`;
  const tag = tags.length > 0 ? `  [${tags.map(one => one.name).join(', ')}]` : '';
  say(`    ${name} in ${stream?.name ?? '(unpublished)'}, ${size}, ${id}${tag}`);
  if (description !== '') for (const line of description.split('\n')) say(`      ${line}`);
}
