import { z } from 'zod';
import type { Qrs } from './connection.ts';
import { checked, type User, userSchema } from './entities.ts';
import { anyOf, startsWith } from './filter.ts';

/**
 * The users whose directory and id begin like these `DIRECTORY\\id` names, in any case: `eq` may regard the case
 * (docs/qrs.md 9). Compare again.
 */
export async function findUsers(qrs: Qrs, names: readonly string[]): Promise<User[]> {
  const attempt = 'look up users';
  const conditions = names.map(name => {
    const [directory = '', id = ''] = name.split('\\');
    return `(${startsWith('userDirectory', directory)} and ${startsWith('userId', id)})`;
  });
  const found: User[] = [];
  for (const filter of anyOf(conditions)) {
    const answer = await qrs.json({ method: 'GET', path: '/qrs/user/full', query: { filter }, attempt });
    found.push(...checked(z.array(userSchema), qrs, attempt, answer));
  }
  return found;
}

/** Whether a user goes by that `DIRECTORY\\id`. */
export function isCalled(user: User, name: string): boolean {
  return `${user.userDirectory}\\${user.userId}`.toLowerCase() === name.toLowerCase();
}
