import { InputError, type Problem } from './errors.ts';

/** Collects the problems of several readings, so that a person sees all of them at once. */
export interface Gathering {
  /** What `read` gives; undefined where it threw InputError, whose problems are kept. */
  try<T>(read: () => T): T | undefined;
  add(problem: string): void;
  /** The value that was read last of all. Throws InputError where there is a problem. */
  end<T>(value: T | undefined): T;
}

export function gathering(): Gathering {
  const problems: Problem[] = [];
  return {
    try: read => {
      try {
        return read();
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        problems.push(...error.problems);
        return undefined;
      }
    },
    add: text => problems.push({ text }),
    end: value => {
      if (problems.length > 0) throw new InputError(problems);
      if (value === undefined) throw new Error('A reading gave nothing, and no problem.');
      return value;
    },
  };
}
