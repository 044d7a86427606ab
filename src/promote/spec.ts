import * as z from 'zod';
import { parseDuration } from '../base/duration.ts';
import { InputError } from '../base/errors.ts';
import { parseBytes } from '../base/units.ts';
import { closed, readYaml, type YamlText } from '../base/yaml.ts';
import { type When, whenSchema } from '../when/when.ts';
import { DEFAULTS, type Options, optionKeys, optionsOver, type Said, settled } from './options.ts';
import { type Selector, selectorSchema } from './selector.ts';

export type Mode = 'overwrite' | 'duplicate';

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
  /** Objects of other users, which no copy has, may be lost by the unpublishing. */
  loseOthers: boolean;
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
  /** The largest app that is taken where the site does not say its size, in bytes; undefined: what the disk has room for. */
  maxSize: number | undefined;
  /** A working copy without a sign of life for so long is nobody's. Ms. */
  leftoverAge: number;
  /** How long to wait for an older run that promotes the same app to the same site. Ms. */
  waitForOthers: number;
  /** Apps on their way at a time. */
  concurrency: number;
}

const text = z.string().trim().min(1, 'must not be empty');
const target = closed({
  site: text.describe('The target site: a name in sites.'),
  streams: z.array(text).min(1, 'must name at least one stream').describe('The streams on the target site.'),
  mode: z
    .enum(['overwrite', 'duplicate'])
    .default('overwrite')
    .describe(
      'overwrite: replace the app of that name in each stream, or publish it where there is none. duplicate: publish a new copy.',
    ),
  ...optionKeys,
});
const properties = closed({
  server: text.describe(
    'The app’s custom property that names target sites and modes, such as "Test - Overwrite".',
  ),
  stream: text.describe('The app’s custom property that names streams.'),
});
const duration = (least = 0, why = '') =>
  z.union([z.string(), z.number()]).transform((value, context) => {
    const ms = parseDuration(String(value));
    if (ms !== undefined && ms >= least) return ms;
    const message = ms === undefined ? 'must be a duration such as 90s, 30m or 2h' : why;
    context.addIssue({ code: 'custom', message, input: value });
    return z.NEVER;
  });
const size = z.union([z.string(), z.number()]).transform((value, context) => {
  const bytes = parseBytes(String(value));
  if (bytes !== undefined) return bytes;
  context.addIssue({ code: 'custom', message: 'must be a size such as 500 MB or 20 GB', input: value });
  return z.NEVER;
});

/** Anything younger may be the copy of a run that is at work. Ms. */
const LEAST_AGE = 10 * 60_000;
const TOO_YOUNG = 'must be at least 10m, as a run at work touches its copies every 5 minutes';

/** How a promotion spec is written. */
export const specShape = closed({
  from: text.optional().describe('The source site: a name in sites. Default: the only site.'),
  apps: z
    .union([z.literal('event'), z.array(selectorSchema).min(1, 'must select at least one app')], {
      error: 'must be "event" or a list of - id: …, - name: …, - filter: … or - file: …',
    })
    .default('event')
    .describe('event: the app of the event. Or a list of apps by id, name, filter or file.'),
  when: whenSchema.prefault({}).describe('Conditions. The run skips an app that does not meet all of them.'),
  'on-refusal': z
    .enum(['stop', 'skip'])
    .default('stop')
    .describe(
      'stop: one refusal stops the whole run. skip: leave out the app concerned and promote the others.',
    ),
  to: z
    .union(
      [
        closed({
          properties: properties.describe('The custom properties by which each app names its targets.'),
          'default-site': text
            .optional()
            .describe('The target site of values that name no site, such as "Overwrite".'),
        }),
        z.array(target),
      ],
      {
        error: 'must be a list of targets (site, streams, mode), or properties: { server, stream }',
      },
    )
    .describe('The targets: a list, or the custom properties by which each app names its targets.'),
  ...optionKeys,
  archive: text
    .optional()
    .describe('A folder. The run saves the app there without data, for version control.'),
  done: closed({
    tag: text
      .max(255, 'must have at most 255 characters')
      .optional()
      .describe('Tag the source app. A run leaves an app with this tag alone.'),
    'remove-properties': z
      .boolean()
      .default(false)
      .describe('Remove the custom properties that the spec reads from the source app.'),
    unpublish: z
      .union(
        [
          z.boolean(),
          closed({
            others: z
              .enum(['keep', 'lose'])
              .describe(
                'lose: accept that sheets, stories and bookmarks of users are lost, as a copy does not have them.',
              ),
          }),
        ],
        {
          error: 'must be true, false or { others: lose }',
        },
      )
      .default(false)
      .describe(
        'Give the owner an unpublished copy and delete the published app. { others: lose } also deletes sheets of users.',
      ),
  })
    .prefault({})
    .describe('What to do with the source app after every target is done.'),
  'max-size': size
    .optional()
    .describe(
      'The largest app to promote if the site does not say its size, such as 20 GB. Default: the free space on the disk, less 1 GiB.',
    ),
  'leftover-age': duration(LEAST_AGE, TOO_YOUNG)
    .prefault('1h')
    .describe(
      'Delete a working copy of another run that has shown no sign of life for this long; at least 10m.',
    ),
  'wait-for-others': duration()
    .prefault('30m')
    .describe('How long to wait for an older run that promotes the same app to the same site.'),
  concurrency: z
    .number()
    .int()
    .min(1, 'must be at least 1')
    .max(50, 'must be at most 50')
    .default(4)
    .describe('How many apps to promote at the same time.'),
});

/** Reads a promotion spec. Throws InputError with every problem, each with line and column. */
export function readSpec(yaml: YamlText): Spec {
  const given = readYaml(specShape, yaml, { showValues: true });
  const options = optionsOver(DEFAULTS, given);
  const to: Destination = Array.isArray(given.to)
    ? { by: 'list', targets: given.to.map(one => targetOf(one, options)) }
    : {
        by: 'properties',
        ...given.to.properties,
        defaultSite: given.to['default-site'],
        options: settled(options),
      };
  const spec: Spec = {
    from: given.from,
    apps: given.apps === 'event' ? [{ by: 'event' }] : given.apps,
    when: given.when,
    to,
    onRefusal: given['on-refusal'],
    archive: given.archive,
    done: doneOf(given.done),
    maxSize: given['max-size'],
    leftoverAge: given['leftover-age'],
    waitForOthers: given['wait-for-others'],
    concurrency: given.concurrency,
  };
  const problems = contradictions(spec).map(problem => `${yaml.from}: ${problem}`);
  if (problems.length > 0) throw new InputError(problems);
  return spec;
}

function doneOf({ tag, unpublish, ...rest }: z.infer<typeof specShape>['done']): Done {
  const loseOthers = typeof unpublish === 'object' && unpublish.others === 'lose';
  return { tag, removeProperties: rest['remove-properties'], unpublish: unpublish !== false, loseOthers };
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
  if (all.some(({ data, reload }) => data === 'refresh' && reload !== 'none')) {
    problems.push(
      '"data: refresh" and "reload" contradict each other: a reload on the target makes other data.',
    );
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
