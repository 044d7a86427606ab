import type { Answer } from '../verbs/answers.ts';
import type { Description, Operation } from './description.ts';

/** A request, or an answer of the stand-in's own, that GitHub's description does not allow. */
export interface Breach {
  readonly of: 'request' | 'answer';
  readonly method: string;
  readonly path: string;
  readonly problems: readonly string[];
}

export function createBreaches(description: Description) {
  const found: Breach[] = [];

  function note(of: Breach['of'], method: string, path: string, problems: readonly string[]) {
    if (problems.length > 0) found.push({ of, method, path, problems });
  }

  return {
    found,
    note,
    noteAnswer(operation: Operation, path: string, { status, body, headers }: Answer) {
      const type = headers?.['Content-Type'] ?? '';
      // A file as it is, which the client asked for, has no shape.
      if (type.includes('raw')) return;
      const value: unknown = body === undefined ? undefined : JSON.parse(body);
      note('answer', operation.method, path, description.problemsOfAnswer(operation, status, value));
    },
  };
}

export type Breaches = ReturnType<typeof createBreaches>;
