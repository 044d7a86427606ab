import type { Problem } from './errors.ts';

/** The word of the `outcome` output. */
export type Outcome =
  | 'promoted'
  | 'reloaded'
  | 'started'
  | 'planned'
  | 'checked'
  | 'nothing-to-do'
  | 'failed';

/** What an entry shows of a flow: the same facts as a word, as sentences, as a table and as JSON. */
export interface Report {
  outcome: Outcome;
  /** The heading of the summary. */
  title: string;
  /** What came of all of it, in one sentence. */
  verdict?: string;
  /** What holds for many rows of the table, said once: a sentence each. */
  remarks?: readonly string[];
  /** One line for each thing that is planned, or was done. */
  lines: readonly string[];
  /** One sentence for each cause of a failure. */
  failures: readonly string[];
  /** The same failures with their places, where they are problems of what was given. */
  problems?: readonly Problem[];
  warnings: readonly string[];
  table: Table;
  /** Longer texts that belong to the failures, such as the end of a log. */
  excerpts: readonly { title: string; text: string }[];
  /** For the `result` output. */
  result: Readonly<Record<string, unknown>>;
  /** A Mermaid flowchart of what goes where. */
  diagram?: string | undefined;
  /** Where people see what came of it: the promoted app in the hub. */
  url?: string | undefined;
  /** Folders that were filled, by the name of the output that tells them. */
  paths: Readonly<Record<string, string>>;
}

export interface Table {
  head: readonly string[];
  rows: readonly (readonly Cell[])[];
  /** More rows, of which nothing changes. */
  folded?: { title: string; rows: readonly (readonly Cell[])[] };
}

/** A text, or lines of it. */
export type Cell = string | readonly Line[];

/** Pieces of a line, one after the other. */
export type Line = readonly Span[];

export interface Span {
  text: string;
  /** Where it leads. */
  url?: string;
  /** What is shown when somebody points at it. */
  title?: string;
}
