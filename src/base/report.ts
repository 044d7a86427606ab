import type { Problem } from './errors.ts';
import type { LazyList } from './lazy-list.ts';

/** The word of the `outcome` output. */
export type Outcome =
  | 'promoted'
  | 'reloaded'
  | 'started'
  | 'planned'
  | 'checked'
  | 'nothing-to-do'
  | 'failed';

/** Marks what failed in the table of a summary. */
export const FAILURE_SIGN = '❌';

/** The result of a flow as an entry shows it: the same facts as a word, as sentences, as a table and as JSON. */
export interface Report {
  outcome: Outcome;
  /** The heading of the summary. */
  title: string;
  /** The result in one sentence. */
  verdict?: string;
  /** Sentences that apply to many rows of the table, each said once. */
  remarks?: readonly string[];
  /** One row for each step that is planned or done. */
  lines: readonly string[];
  /** One sentence for each cause of a failure. */
  failures: readonly string[];
  /** The same failures with their places, where they are mistakes in a text that the user gave. */
  problems?: readonly Problem[];
  warnings: readonly string[];
  table: Table;
  /** More about the rows of the table, folded away; each part has a title and its sentences. */
  details?: readonly { title: string; sentences: readonly string[] }[];
  /** Longer texts that belong to the failures, such as the end of a log. */
  excerpts: readonly { title: string; text: string }[];
  /** For the `result` output. */
  result: Readonly<Record<string, unknown>>;
  /** A Mermaid flowchart of what goes where. */
  diagram?: string | undefined;
  /** Links to the results, such as the promoted app in the hub. */
  url?: string | undefined;
  /** Folders with files of this run, by the name of the output that holds the path. */
  paths: Readonly<Record<string, string>>;
}

export interface Table {
  head: readonly string[];
  rows: Rows;
  /** Further rows, in which nothing changes. */
  folded?: { title: string; rows: Rows };
}

/** Of many rows a summary has room for the first alone, so the others need not be made. */
export type Rows = LazyList<readonly Cell[]>;

/** One text, or several lines. */
export type Cell = string | readonly Line[];

/** The parts of a line, in order. */
export type Line = readonly Span[];

export interface Span {
  text: string;
  /** The URL of a link. */
  url?: string;
  /** The tooltip. */
  title?: string;
}
