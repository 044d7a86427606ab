import { z } from 'zod';

/** How an app is to be on a target: said once for the whole spec, and otherwise for a single target. */
export interface Options {
  /** The app's name on the target; undefined: the source's. */
  name: string | undefined;
  /** `refresh`: the source's data, also where the target has reloaded its own since. */
  data: 'keep' | 'drop' | 'refresh';
  connections: 'keep' | 'drop';
  missingStream: 'skip' | 'fail' | 'create';
  /** Reload the working copy before it goes live, or the app after it did. */
  reload: 'none' | 'before' | 'after';
  /** `DIRECTORY\user`; undefined: as QRS makes it. */
  owner: string | undefined;
  /** Added to what the app has on the target. */
  tags: readonly string[];
  /** Values by property; they take the place of the property's values on the target. */
  customProperties: Readonly<Record<string, readonly string[]>>;
  describe: boolean;
  /** The folder for what is about to be replaced. */
  backup: string | undefined;
  rollback: boolean;
  /** A live app may lose its data. */
  allowEmpty: boolean;
}

/** Users would meet an app without data until somebody reloads it, or for ever where that reload cannot start. Pure. */
export function mayNotEmpty({ data, reload, allowEmpty }: Options): boolean {
  return data === 'drop' && reload !== 'before' && !allowEmpty;
}

const text = z.string().trim().min(1, 'must not be empty');
const values = z.union([text.transform(value => [value]), z.array(text)], {
  error: 'must be a value or a list of values',
});

/** The keys of the options, as the spec and each of its targets may have them. */
export const optionKeys = {
  name: text
    .max(255, 'must have at most 255 characters')
    .optional()
    .describe('The app’s name on the target; default: the source’s.'),
  data: z
    .enum(['keep', 'drop', 'refresh'])
    .optional()
    .describe(
      'keep brings the app’s data; drop leaves them out; refresh brings them also where the target has reloaded its own since.',
    ),
  connections: z
    .enum(['keep', 'drop'])
    .optional()
    .describe('drop leaves out data connections that the file has.'),
  'missing-stream': z
    .enum(['skip', 'fail', 'create'])
    .optional()
    .describe('What to do where the target has no such stream.'),
  reload: z
    .enum(['none', 'before', 'after'])
    .optional()
    .describe('before: the working copy, before it goes live; after: the live app.'),
  owner: text
    .regex(/^[^\\]+\\[^\\]+$/, 'must be DIRECTORY\\user')
    .optional()
    .describe('The owner of the promoted app, DIRECTORY\\user.'),
  tags: z
    .array(text.max(255, 'must have at most 255 characters'))
    .optional()
    .describe('Tags that the promoted app gets beside its own.'),
  'custom-properties': z
    .record(text, values, { error: 'must be a mapping of properties to values' })
    .optional()
    .describe('Values that the promoted app gets, by property.'),
  describe: z
    .boolean()
    .optional()
    .describe(
      'Write into the description where the app came from. A later run knows by it what is there already.',
    ),
  backup: text.optional().describe('A folder to which what is about to be replaced is exported first.'),
  rollback: z
    .boolean()
    .optional()
    .describe(
      'Put back what was there when a later step of the same target fails; default: true with a backup.',
    ),
  'allow-empty': z.boolean().optional().describe('Allow that a live app loses its data.'),
};

type Given = { [Key in keyof typeof optionKeys]?: z.infer<(typeof optionKeys)[Key]> };

/** Options as far as they are said: a rollback that nobody spoke of depends on the backup in the end. */
export type Said = Omit<Options, 'rollback'> & { rollback: boolean | undefined };

export const DEFAULTS: Said = {
  name: undefined,
  data: 'keep',
  connections: 'keep',
  missingStream: 'skip',
  reload: 'none',
  owner: undefined,
  tags: [],
  customProperties: {},
  describe: true,
  backup: undefined,
  rollback: undefined,
  allowEmpty: false,
};

/** What is given over what stands otherwise. */
export function optionsOver(base: Said, given: Given): Said {
  return {
    name: given.name ?? base.name,
    data: given.data ?? base.data,
    connections: given.connections ?? base.connections,
    missingStream: given['missing-stream'] ?? base.missingStream,
    reload: given.reload ?? base.reload,
    owner: given.owner ?? base.owner,
    tags: given.tags ?? base.tags,
    customProperties: given['custom-properties'] ?? base.customProperties,
    describe: given.describe ?? base.describe,
    backup: given.backup ?? base.backup,
    rollback: given.rollback ?? base.rollback,
    allowEmpty: given['allow-empty'] ?? base.allowEmpty,
  };
}

/** With a backup, a rollback is meant unless it is denied. */
export function settled(said: Said): Options {
  return { ...said, rollback: said.rollback ?? said.backup !== undefined };
}
