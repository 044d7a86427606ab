/** Where a flow reports what it does. `info`: one line for every change made to a site, and little else. */
export interface Log {
  debug(line: string): void;
  info(line: string): void;
  warning(line: string): void;
  /** A failure that is known before the report: shown at once, and not repeated with the report. */
  failure(sentence: string): void;
  /** Shows a wait, until the returned function is called. Absent where nobody watches. */
  waiting?: ((what: (time: string) => string) => () => void) | undefined;
  /** Groups the lines that are written while `work` runs under `title`. */
  group<T>(title: string, work: () => Promise<T>): Promise<T>;
}
