/** How an entry gives its inputs: the action by the names of its inputs, the command line by its words and options. */

/** The inputs of every entry. */
export type InputName =
  | 'promote'
  | 'reload'
  | 'check'
  | 'check-write'
  | 'sites'
  | 'dry-run'
  | (typeof SINGLE_SITE)[number];

/** One site without YAML. */
export const SINGLE_SITE = ['url', 'certificate', 'key', 'ca', 'user', 'jwt'] as const;

/** How one entry gives its inputs. */
export interface Given {
  /** The text of an input; empty where it is not given. */
  value(name: InputName): string;
  /** The entry's name for it at the beginning of a sentence: `Input "sites"`, or `--sites`. */
  called(name: InputName): string;
}
