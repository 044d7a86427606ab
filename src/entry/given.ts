/** How an entry gives its inputs: the action by the names of its inputs, the command line by its words and options. */

/** What may be given, whichever entry it comes in by. */
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

/** An entry's own way to give inputs. */
export interface Given {
  /** The text of an input; empty where it is not given. */
  value(name: InputName): string;
  /** What the entry calls it at the beginning of a sentence: `Input "sites"`, or `--sites`. */
  called(name: InputName): string;
}
