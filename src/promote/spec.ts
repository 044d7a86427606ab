import { z } from 'zod';
import { InputError } from '../base/errors.ts';
import { closed, readYaml, type YamlText } from '../base/yaml.ts';

export type Mode = 'overwrite' | 'duplicate';

/** Which app of the source site. */
export type Selector = { by: 'event' } | { by: 'id'; id: string } | { by: 'name'; name: string };

/** Who decides where an app goes: its own custom properties, or the spec. */
export type Destination =
  | { by: 'properties'; server: string; stream: string; defaultSite: string | undefined }
  | { by: 'list'; targets: readonly Target[] };

interface Target {
  site: string;
  streams: readonly string[];
  mode: Mode;
}

/** What is asked: a promotion spec with its defaults filled in. */
export interface Spec {
  from: string | undefined;
  apps: readonly Selector[];
  to: Destination;
  onRefusal: 'stop' | 'skip';
  missingStream: 'skip' | 'fail';
  describe: boolean;
  doneTag: string | undefined;
}

const text = z.string().trim().min(1, 'must not be empty');
const guid = z.guid('must be an app id such as 31ee79a6-0949-4175-ba0e-1866a60e3336').toLowerCase();
const selector = closed({ id: guid.optional(), name: text.optional() }).transform(
  (value, context): Selector => {
    if (value.id !== undefined && value.name === undefined) return { by: 'id', id: value.id };
    if (value.name !== undefined && value.id === undefined) return { by: 'name', name: value.name };
    context.addIssue({ code: 'custom', message: 'must have either id or name' });
    return z.NEVER;
  },
);
const target = closed({
  site: text,
  streams: z.array(text).min(1, 'must name at least one stream'),
  mode: z.enum(['overwrite', 'duplicate']).default('overwrite'),
});

const schema = closed({
  from: text.optional(),
  apps: z
    .union([z.literal('event'), z.array(selector).min(1, 'must select at least one app')], {
      error: 'must be "event" or a list of - id: … or - name: …',
    })
    .default('event'),
  to: z.union(
    [
      closed({ properties: closed({ server: text, stream: text }), 'default-site': text.optional() }),
      z.array(target).min(1, 'must name at least one target'),
    ],
    { error: 'must be a list of targets (site, streams, mode), or properties: { server, stream }' },
  ),
  'on-refusal': z.enum(['stop', 'skip']).default('stop'),
  'missing-stream': z.enum(['skip', 'fail']).default('skip'),
  describe: z.boolean().default(true),
  done: closed({ tag: text.max(255, 'must have at most 255 characters').optional() }).default({}),
});

/** Reads a promotion spec. Throws InputError with every problem, each with line and column. */
export function readSpec(yaml: YamlText): Spec {
  const given = readYaml(schema, yaml, { showValues: true });
  const to: Destination = Array.isArray(given.to)
    ? { by: 'list', targets: given.to.map(one => ({ ...one, streams: [...new Set(one.streams)] })) }
    : { by: 'properties', ...given.to.properties, defaultSite: given.to['default-site'] };
  if (to.by === 'list') refuseTwice(yaml.from, to.targets);
  return {
    from: given.from,
    apps: given.apps === 'event' ? [{ by: 'event' }] : given.apps,
    to,
    onRefusal: given['on-refusal'],
    missingStream: given['missing-stream'],
    describe: given.describe,
    doneTag: given.done.tag,
  };
}

function refuseTwice(from: string, targets: readonly Target[]): void {
  const names = targets.map(({ site }) => site.toLowerCase());
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length > 0) {
    throw new InputError(
      [...new Set(twice)].map(
        site => `${from}: "to" names site "${site}" twice; list all its streams in one entry.`,
      ),
    );
  }
}
