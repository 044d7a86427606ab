import { RemoteError } from '../base/errors.ts';
import { either, groupsOf } from './filter.ts';
import type { Listed } from './shape.ts';

/**
 * Reads a list in parts of so many conditions, and splits a part in two where its answer is too large. `alone` handles
 * a single condition whose answer is too large.
 */
export async function inParts<T>(
  conditions: readonly string[],
  most: number,
  read: (filter: string) => Promise<Listed<T>>,
  alone: (condition: string, error: RemoteError) => Promise<Listed<T>>,
): Promise<Listed<T>> {
  const listed: Listed<T> = { found: [], odd: [] };
  const parts = groupsOf(conditions, most);
  for (let part = parts.shift(); part; part = parts.shift()) {
    const { found, odd } = await read(either(part)).catch(error => {
      if (!(error instanceof RemoteError && error.tooLarge)) throw error;
      const [only, another] = part;
      if (only !== undefined && another === undefined) return alone(only, error);
      const half = Math.ceil(part.length / 2);
      parts.unshift(part.slice(0, half), part.slice(half));
      return { found: [], odd: [] };
    });
    // As arguments of a call, a hundred thousand would be too many.
    for (const one of found) listed.found.push(one);
    for (const one of odd) listed.odd.push(one);
  }
  return listed;
}
