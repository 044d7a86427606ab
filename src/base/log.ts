/** Where a flow tells what it does. `info`: one line for every change made to a site, and little else. */
export interface Log {
  debug(line: string): void;
  info(line: string): void;
  warning(line: string): void;
  /** How far something is, on a terminal: each line takes the place of the one before. Absent in a log. */
  progress?(line: string): void;
  /** Lines written while `work` runs belong under `title`. */
  group<T>(title: string, work: () => Promise<T>): Promise<T>;
}
