import * as z from 'zod';
import { closed } from '../base/yaml.ts';
import { type ReloadTaskOptions, reloadTaskShape } from './reload-task/reload-task-shape.ts';
import { NOTHING_REQUIRED, type Requires, requiresShape } from './requires/requires-shape.ts';

/** How an app must be on a target: set for the whole spec, or for a single target. */
export interface Options {
  /** The app's name on the target; undefined: the source's. */
  name: string | undefined;
  /**
   * `refresh`: bring the source's data, also where the target has reloaded its own since. `target`: the replaced app
   * keeps its own data.
   */
  data: 'keep' | 'drop' | 'refresh' | 'target';
  connections: 'keep' | 'drop';
  missingStream: 'skip' | 'fail' | 'create';
  /** Reload the working copy before it goes live, or the live app afterwards. */
  reload: 'none' | 'before' | 'after';
  /** `DIRECTORY\user`; undefined: the owner that QRS sets. */
  owner: string | undefined;
  /** The reload task that the app has on the target afterwards. */
  reloadTask: ReloadTaskOptions | undefined;
  /** Tags to add to those that the app has on the target. */
  tags: readonly string[];
  /** Values by property; they replace the property's values on the target. */
  customProperties: Readonly<Record<string, readonly string[]>>;
  /** Names that must exist on the target. */
  requires: Requires;
  describe: boolean;
  /** The folder for backups of apps before a replace. */
  backup: string | undefined;
  /** `all`: a second file beside each backup has the sheets, stories and bookmarks of users, too. */
  backupContent: 'base' | 'all';
  rollback: boolean;
  /** Accept that a live app loses its data. */
  allowEmpty: boolean;
}

/** Whether the file of the app brings its data. Pure. */
export function bringsData({ data }: Pick<Options, 'data'>): boolean {
  return data === 'keep' || data === 'refresh';
}

/** Refuses options that leave users an app without data until somebody reloads it. Pure. */
export function mayNotEmpty({ data, reload, allowEmpty }: Options): boolean {
  return data === 'drop' && reload !== 'before' && !allowEmpty;
}

const text = z.string().trim().min(1, 'must not be empty');
const values = z.union([text.transform(value => [value]), z.array(text)], {
  error: 'must be a value or a list of values',
});

interface BackupText {
  folder: string | undefined;
  content: Options['backupContent'];
}

/** The keys of the options, for the spec and for each of its targets. */
export const optionKeys = {
  name: text
    .max(255, 'must have at most 255 characters')
    .optional()
    .describe('The app’s name on the target. Default: its name on the source.'),
  data: z
    .enum(['keep', 'drop', 'refresh', 'target'])
    .optional()
    .describe(
      'keep: promote the app with its data. drop: promote it without data. refresh: like keep, and replace data that the target has reloaded since. target: the replaced app keeps its own data; needs experimental.',
    ),
  connections: z
    .enum(['keep', 'drop'])
    .optional()
    .describe('drop: do not import the data connections in the app’s file.'),
  'missing-stream': z
    .enum(['skip', 'fail', 'create'])
    .optional()
    .describe(
      'If the target has no such stream. skip: leave the stream out and warn. fail: refuse the promotion. create: make the stream.',
    ),
  reload: z
    .enum(['none', 'before', 'after'])
    .optional()
    .describe(
      'before: reload the working copy on the target, and go live only if that succeeds. after: reload the live app.',
    ),
  'reload-task': reloadTaskShape
    .optional()
    .describe('The reload task of the promoted app. The run makes it where the app has none of that name.'),
  owner: text
    .regex(/^[^\\]+\\[^\\]+$/, 'must be DIRECTORY\\user')
    .optional()
    .describe('The owner of the promoted app, written DIRECTORY\\user.'),
  tags: z
    .array(text.max(255, 'must have at most 255 characters'))
    .optional()
    .describe('Tags to add to the promoted app.'),
  'custom-properties': z
    .record(text, values, { error: 'must be a mapping of properties to values' })
    .optional()
    .describe(
      'Values of custom properties of the promoted app. They replace the values of these properties on the target.',
    ),
  requires: requiresShape
    .optional()
    .describe('Names that must exist on the target. The plan refuses the app if one is missing.'),
  describe: z
    .boolean()
    .optional()
    .describe(
      'Add a line to the app’s description that says where it came from. A later run reads there which version the target has.',
    ),
  backup: z
    .union(
      [
        text.transform(
          (folder): BackupText => ({ folder: folder === 'none' ? undefined : folder, content: 'base' }),
        ),
        closed({
          folder: text.describe('The folder.'),
          content: z
            .enum(['base', 'all'])
            .default('base')
            .describe(
              'all: also keep the sheets, stories and bookmarks of users, in a second file without data.',
            ),
        }),
      ],
      { error: 'must be a folder, none, or { folder, content }' },
    )
    .optional()
    .describe(
      'A folder. The run exports each app that it is about to replace to this folder first. Or { folder, content }, or none.',
    ),
  rollback: z
    .boolean()
    .optional()
    .describe('If a later step on the same target fails, restore the backup. Default: true with a backup.'),
  'allow-empty': z
    .boolean()
    .optional()
    .describe('Allow data: drop to empty a live app, and data: target to replace one that has no data.'),
};

type Given = { [Key in keyof typeof optionKeys]?: z.infer<(typeof optionKeys)[Key]> };

/** The options that the user set. An unset rollback depends on the backup. */
export type SetOptions = Omit<Options, 'rollback'> & { rollback: boolean | undefined };

export const DEFAULTS: SetOptions = {
  name: undefined,
  data: 'keep',
  connections: 'keep',
  missingStream: 'skip',
  reload: 'none',
  reloadTask: undefined,
  owner: undefined,
  tags: [],
  customProperties: {},
  requires: NOTHING_REQUIRED,
  describe: true,
  backup: undefined,
  backupContent: 'base',
  rollback: undefined,
  allowEmpty: false,
};

/** The set options over the defaults. */
export function optionsOver(base: SetOptions, given: Given): SetOptions {
  return {
    name: given.name ?? base.name,
    data: given.data ?? base.data,
    connections: given.connections ?? base.connections,
    missingStream: given['missing-stream'] ?? base.missingStream,
    reload: given.reload ?? base.reload,
    reloadTask: taskOver(base, given['reload-task']),
    owner: given.owner ?? base.owner,
    tags: given.tags ?? base.tags,
    customProperties: given['custom-properties'] ?? base.customProperties,
    requires: given.requires ?? base.requires,
    describe: given.describe ?? base.describe,
    backup: given.backup ? given.backup.folder : base.backup,
    backupContent: given.backup?.content ?? base.backupContent,
    rollback: given.rollback ?? base.rollback,
    allowEmpty: given['allow-empty'] ?? base.allowEmpty,
  };
}

function taskOver(base: SetOptions, given: Given['reload-task']): ReloadTaskOptions | undefined {
  return given === false ? undefined : (given ?? base.reloadTask);
}

/** With a backup, a rollback is on by default. */
export function withRollback(set: SetOptions): Options {
  return { ...set, rollback: set.rollback ?? set.backup !== undefined };
}
