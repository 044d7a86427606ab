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

const text = z.string().trim().min(1, 'must not be empty');
const values = z.union([text.transform(value => [value]), z.array(text)], {
  error: 'must be a value or a list of values',
});

/** The keys of the options, as the spec and each of its targets may have them. */
export const optionKeys = {
  name: text.max(255, 'must have at most 255 characters').optional(),
  data: z.enum(['keep', 'drop', 'refresh']).optional(),
  connections: z.enum(['keep', 'drop']).optional(),
  'missing-stream': z.enum(['skip', 'fail', 'create']).optional(),
  reload: z.enum(['none', 'before', 'after']).optional(),
  owner: text.regex(/^[^\\]+\\[^\\]+$/, 'must be DIRECTORY\\user').optional(),
  tags: z.array(text.max(255, 'must have at most 255 characters')).optional(),
  'custom-properties': z
    .record(text, values, { error: 'must be a mapping of properties to values' })
    .optional(),
  describe: z.boolean().optional(),
  backup: text.optional(),
  rollback: z.boolean().optional(),
  'allow-empty': z.boolean().optional(),
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
