import * as z from 'zod';
import { durationShape } from '../base/duration.ts';
import { parseBytes } from '../base/units.ts';
import { closed } from '../base/yaml.ts';
import { whenSchema } from '../when/when.ts';
import { optionKeys } from './options.ts';
import { selectorSchema } from './selector.ts';

const text = z.string().trim().min(1, 'must not be empty');
const target = closed({
  site: text.describe('The target site: a name in sites.'),
  streams: z
    .array(text)
    .min(1, 'must name at least one stream')
    .optional()
    .describe('The streams on the target site.'),
  app: z
    .guid('must be an app id such as 31ee79a6-0949-4175-ba0e-1866a60e3336')
    .toLowerCase()
    .optional()
    .describe(
      'In place of streams: the id of the one app to replace, whatever its name and its stream. It may be unpublished.',
    ),
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
const size = z.union([z.string(), z.number()]).transform((value, context) => {
  const bytes = parseBytes(String(value));
  if (bytes !== undefined) return bytes;
  context.addIssue({ code: 'custom', message: 'must be a size such as 500 MB or 20 GB', input: value });
  return z.NEVER;
});

/** A younger copy may belong to a run that is still at work. Ms. */
const LEAST_AGE = 10 * 60_000;
const TOO_YOUNG = 'must be at least 10m, as a run at work touches its copies every 5 minutes';

/** The shape of a promotion spec. */
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
  experimental: z
    .boolean()
    .default(false)
    .describe('true: accept what rests on calls that Qlik marks as experimental. data: target needs it.'),
  'max-size': size
    .optional()
    .describe(
      'The largest app to promote if the site does not say its size, such as 20 GB. Default: the free space on the disk, less 1 GiB.',
    ),
  'leftover-age': durationShape({ least: LEAST_AGE, tooShort: TOO_YOUNG })
    .prefault('1h')
    .describe(
      'Delete a working copy of another run that has shown no sign of life for this long; at least 10m.',
    ),
  'wait-for-others': durationShape()
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

export type SpecText = z.infer<typeof specShape>;
export type TargetText = z.infer<typeof target>;
