/** Where a flow tells what it does. `info`: one line for every change made to a site, and little else. */
export interface Log {
  debug(line: string): void;
  info(line: string): void;
  warning(line: string): void;
  /** A failure that is known before the report: it is shown at once, and not again with the report. */
  failure(sentence: string): void;
  /** Something takes time from now on, until the function that this returns is called. Absent where nobody looks. */
  waiting?: ((what: (time: string) => string) => () => void) | undefined;
  /** Lines written while `work` runs belong under `title`. */
  group<T>(title: string, work: () => Promise<T>): Promise<T>;
}
