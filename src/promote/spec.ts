import { z } from 'zod';
import { InputError } from '../base/errors.ts';
import { closed, readYaml, type YamlText } from '../base/yaml.ts';
import { type When, whenSchema } from '../when/when.ts';
import { DEFAULTS, type Options, optionKeys, optionsOver, type Said, settled } from './options.ts';

export type Mode = 'overwrite' | 'duplicate';

/** Which app: of the source site, or a file that a backup left. */
export type Selector =
  | { by: 'event' }
  | { by: 'id'; id: string }
  | { by: 'name'; name: string }
  | { by: 'filter'; filter: string }
  | { by: 'file'; file: string };

/** Who decides where an app goes: its own custom properties, or the spec. */
export type Destination =
  | { by: 'properties'; server: string; stream: string; defaultSite: string | undefined; options: Options }
  | { by: 'list'; targets: readonly Target[] };

interface Target {
  site: string;
  streams: readonly string[];
  mode: Mode;
  options: Options;
}

/** What happens to the source app once all its targets are done. */
interface Done {
  tag: string | undefined;
  removeProperties: boolean;
  unpublish: boolean;
}

/** What is asked: a promotion spec with its defaults filled in. */
export interface Spec {
  from: string | undefined;
  apps: readonly Selector[];
  when: When;
  to: Destination;
  onRefusal: 'stop' | 'skip';
  /** The folder where apps are kept without data. */
  archive: string | undefined;
  done: Done;
  /** Apps on their way at a time. */
  concurrency: number;
}

const text = z.string().trim().min(1, 'must not be empty');
const guid = z.guid('must be an app id such as 31ee79a6-0949-4175-ba0e-1866a60e3336').toLowerCase();
const selector = closed({
  id: guid.optional(),
  name: text.optional(),
  filter: text.optional(),
  file: text.optional(),
  event: z.literal(true).optional(),
}).transform((value, context): Selector => {
  const { id, name, filter, file, event } = value;
  if (Object.values(value).filter(one => one !== undefined).length === 1) {
    if (id !== undefined) return { by: 'id', id };
    if (name !== undefined) return { by: 'name', name };
    if (filter !== undefined) return { by: 'filter', filter };
    if (file !== undefined) return { by: 'file', file };
    if (event) return { by: 'event' };
  }
  context.addIssue({ code: 'custom', message: 'must have one of id, name, filter, file or event: true' });
  return z.NEVER;
});
const target = closed({
  site: text,
  streams: z.array(text).min(1, 'must name at least one stream'),
  mode: z.enum(['overwrite', 'duplicate']).default('overwrite'),
  ...optionKeys,
});
const properties = closed({ server: text, stream: text });

const schema = closed({
  from: text.optional(),
  apps: z
    .union([z.literal('event'), z.array(selector).min(1, 'must select at least one app')], {
      error: 'must be "event" or a list of - id: …, - name: …, - filter: … or - file: …',
    })
    .default('event'),
  when: whenSchema.prefault({}),
  'on-refusal': z.enum(['stop', 'skip']).default('stop'),
  to: z.union([closed({ properties, 'default-site': text.optional() }), z.array(target)], {
    error: 'must be a list of targets (site, streams, mode), or properties: { server, stream }',
  }),
  ...optionKeys,
  archive: text.optional(),
  done: closed({
    tag: text.max(255, 'must have at most 255 characters').optional(),
    'remove-properties': z.boolean().default(false),
    unpublish: z.boolean().default(false),
  }).prefault({}),
  concurrency: z.number().int().min(1, 'must be at least 1').max(50, 'must be at most 50').default(4),
});

/** Reads a promotion spec. Throws InputError with every problem, each with line and column. */
export function readSpec(yaml: YamlText): Spec {
  const given = readYaml(schema, yaml, { showValues: true });
  const options = optionsOver(DEFAULTS, given);
  const to: Destination = Array.isArray(given.to)
    ? { by: 'list', targets: given.to.map(one => targetOf(one, options)) }
    : {
        by: 'properties',
        ...given.to.properties,
        defaultSite: given.to['default-site'],
        options: settled(options),
      };
  const done = {
    tag: given.done.tag,
    removeProperties: given.done['remove-properties'],
    unpublish: given.done.unpublish,
  };
  const apps: Selector[] = given.apps === 'event' ? [{ by: 'event' }] : given.apps;
  const { from, when, archive, concurrency } = given;
  const spec: Spec = { from, apps, when, to, onRefusal: given['on-refusal'], archive, done, concurrency };
  const problems = contradictions(spec).map(problem => `${yaml.from}: ${problem}`);
  if (problems.length > 0) throw new InputError(problems);
  return spec;
}

type TargetText = z.infer<typeof target>;

function targetOf(given: TargetText, base: Said): Target {
  const { site, streams, mode } = given;
  return { site, mode, streams: [...new Set(streams)], options: settled(optionsOver(base, given)) };
}

/** What no single key is to blame for. */
function contradictions({ apps, to, done }: Spec): string[] {
  const problems: string[] = [];
  const all = to.by === 'list' ? to.targets.map(({ options }) => options) : [to.options];
  const names = to.by === 'list' ? to.targets.map(({ site }) => site.toLowerCase()) : [];
  for (const site of new Set(names.filter((name, index) => names.indexOf(name) !== index))) {
    problems.push(`"to" names site "${site}" twice; list all its streams in one entry.`);
  }
  if (all.some(({ rollback, backup }) => rollback && backup === undefined)) {
    problems.push('"rollback: true" needs "backup": a folder for what is about to be replaced.');
  }
  const many = apps.length > 1 || apps.some(({ by }) => by === 'filter');
  if (many && all.some(({ name }) => name !== undefined)) {
    problems.push('"name" would give several apps one name; promote one app, or leave it out.');
  }
  if (to.by === 'list' && to.targets.length === 0 && !done.tag && !done.removeProperties && !done.unpublish) {
    problems.push('"to" is empty and "done" asks for nothing: there is nothing to do.');
  }
  if (apps.some(({ by }) => by === 'file') && to.by === 'properties') {
    problems.push('an app from a file carries no properties: say in "to" where it goes.');
  }
  return problems;
}
