/** Where a flow tells what it does. `info`: one line for every change made to a site, and little else. */
export interface Log {
  debug(line: string): void;
  info(line: string): void;
  warning(line: string): void;
  /** Lines written while `work` runs belong under `title`. */
  group<T>(title: string, work: () => Promise<T>): Promise<T>;
}
