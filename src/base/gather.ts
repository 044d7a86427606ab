import { InputError, type Problem } from './errors.ts';

/** Collects the problems of several texts, so that the user sees all of them at once. */
export interface Gathering {
  /** Returns what `read` returns; undefined where it threw InputError, whose problems are collected. */
  try<T>(read: () => T): T | undefined;
  add(problem: string): void;
  /** Returns the value. Throws InputError where any problem was collected. */
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
