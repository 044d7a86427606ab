import { z } from 'zod';
import type { Qrs } from './connection.ts';
import { checked, type User, userSchema } from './entities.ts';
import { anyOf, equals } from './filter.ts';

/** The users of these `DIRECTORY\\id` names; directories and ids are compared without regard to case. */
export async function findUsers(qrs: Qrs, names: readonly string[]): Promise<User[]> {
  const attempt = 'look up users';
  const conditions = names.map(name => {
    const [directory = '', id = ''] = name.split('\\');
    return `(${equals('userDirectory', directory)} and ${equals('userId', id)})`;
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
