import { z } from 'zod';
import { propertiesSchema, strangeProperties } from './properties.ts';
import { actions } from './rights.ts';
import type { TaskData } from './runs.ts';
import { taskSchema } from './runs.ts';
import { switchesSchema } from './switches.ts';

const units: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};

const size = z.union([z.number().int().min(0), z.string()]).transform((value, context) => {
  if (typeof value === 'number') return value;
  const [, amount, unit = 'b'] = /^(\d+(?:\.\d+)?)\s*([a-z]+)?$/i.exec(value.trim()) ?? [];
  const factor = units[unit.toLowerCase()];
  if (amount !== undefined && factor !== undefined) return Math.round(Number(amount) * factor);
  context.addIssue({ code: 'custom', message: `"${value}" is not a size such as 20 MB, 1 GiB or 512 KB` });
  return z.NEVER;
});

const name = (longest: number) => z.string().min(1).max(longest);
const user = z.string().regex(/^[^\\]+\\[^\\]+$/, 'expected DIRECTORY\\user');
const date = z.iso.datetime({ error: 'expected a date such as 2026-09-28T10:00:00.000Z' });

/** An object besides the script and the load model, which every app has. */
const object = z.strictObject({
  type: z.string().min(1).default('sheet'),
  name: z.string().max(2560),
  owner: user.optional(),
  kind: z.enum(['base', 'community', 'private']).default('base'),
});

const app = z.strictObject({
  id: z.guid().toLowerCase().optional(),
  name: name(255),
  description: z.string().max(512).default(''),
  owner: user.default('INTERNAL\\sa_api'),
  stream: z.string().optional(),
  size: size.default(1_000_000),
  lastReloadTime: date.optional(),
  tags: z.array(z.string()).default([]),
  properties: propertiesSchema,
  objects: z.array(object).default([{ type: 'sheet', name: 'Overview', kind: 'base' }]),
});

const schema = z.strictObject({
  streams: z.array(name(200)).default(['Everyone']),
  tags: z.array(name(255)).default([]),
  customProperties: z.record(name(100), z.array(name(1024))).default({}),
  users: z.array(user).default([]),
  /** What users may not do, by type of entity. */
  lacks: z.record(user, z.record(z.string(), z.array(z.enum(actions)))).default({}),
  /** The names of data connections and of extensions. */
  connections: z.array(name(256)).default([]),
  extensions: z.array(name(200)).default([]),
  apps: z.array(app).default([]),
  switches: switchesSchema.prefault({}),
  tasks: z.array(taskSchema).default([]),
});

const internalUsers = ['INTERNAL\\sa_api', 'INTERNAL\\sa_repository', 'INTERNAL\\sa_scheduler'];

/** The initial state of a site, as a data file describes it. */
export type SiteData = z.input<typeof schema>;
export type CheckedData = z.infer<typeof schema>;

/** All problems of a data file, one sentence each. */
export class DataError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** Checks a data file's content and fills in what it leaves out. Throws a DataError. */
export function checkData(input: unknown): CheckedData {
  const parsed = schema.safeParse(input ?? {});
  if (!parsed.success) throw new DataError(parsed.error.issues.map(sentence));
  const data = { ...parsed.data, users: [...new Set([...internalUsers, ...parsed.data.users])] };
  const ofApps = data.apps.flatMap((one, index) =>
    strangers(one, data).map(([where, what]) => `apps[${index}].${where}: ${what}.`),
  );
  const ofTasks = data.tasks.flatMap((one, index) =>
    strangersOfTask(one, data).map(([where, what]) => `tasks[${index}].${where}: ${what}.`),
  );
  const problems = [...ofApps, ...ofTasks];
  if (problems.length > 0) throw new DataError(problems);
  return data;
}

/** The places where an app refers to something that the file does not define. */
function strangers(one: CheckedData['apps'][number], data: CheckedData): [string, string][] {
  const found = strangeOwners(one, data);
  if (one.stream !== undefined && !data.streams.includes(one.stream))
    found.push(['stream', `no stream is called "${one.stream}"`]);
  for (const tag of one.tags) if (!data.tags.includes(tag)) found.push(['tags', `no tag is called "${tag}"`]);
  return [...found, ...strangeProperties(one.properties, data.customProperties)];
}

function strangeOwners({ owner, objects }: CheckedData['apps'][number], { users }: CheckedData) {
  const owners = [{ where: 'owner', owner }, ...objects.map(object => ({ where: 'objects', ...object }))];
  return owners.flatMap(({ where, owner: one }): [string, string][] =>
    one === undefined || users.includes(one) ? [] : [[where, `no user is called "${one}"`]],
  );
}

/** The places where a task refers to something that the file does not define, or lacks the app that it reloads. */
function strangersOfTask({ type, app, tags, properties }: TaskData, data: CheckedData): [string, string][] {
  const found: [string, string][] = [];
  if (type === 'reload' && app === undefined) found.push(['app', 'a task that reloads needs one']);
  if (type === 'external' && app !== undefined) found.push(['app', 'an external program task has none']);
  if (app !== undefined && !data.apps.some(({ name }) => name === app))
    found.push(['app', `no app is called "${app}"`]);
  for (const tag of tags) if (!data.tags.includes(tag)) found.push(['tags', `no tag is called "${tag}"`]);
  return [...found, ...strangeProperties(properties, data.customProperties)];
}

function sentence({ path, message }: z.core.$ZodIssue): string {
  const where = path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}${text && '.'}${String(part)}`),
    '',
  );
  return `${where || 'the whole file'}: ${message}.`;
}
