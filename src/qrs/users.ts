import type { Qrs } from './connection.ts';
import { type User, userSchema } from './entities.ts';
import { anyOf, startsWith } from './filter.ts';
import { allOf, each } from './shape.ts';

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
    const call = { method: 'GET', path: '/qrs/user/full', query: { filter }, attempt } as const;
    found.push(...allOf(await qrs.json(each(userSchema), call), qrs, attempt));
  }
  return found;
}

/** Whether a user goes by that `DIRECTORY\\id`. */
export function isCalled(user: User, name: string): boolean {
  return `${user.userDirectory}\\${user.userId}`.toLowerCase() === name.toLowerCase();
}
