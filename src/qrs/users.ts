import type { Qrs } from './connection.ts';
import { type User, userSchema } from './entities.ts';
import { anyOf, bothOf, startsWith } from './filter.ts';
import { allOf } from './shape.ts';

/**
 * The users whose directory and id begin like these `DIRECTORY\\id` names, in any case, because `eq` may be
 * case-sensitive (docs/qrs.md 9). Callers must compare again.
 */
export async function findUsers(qrs: Qrs, names: readonly string[]): Promise<User[]> {
  const attempt = 'look up users';
  const conditions = names.map(name => {
    const [directory = '', id = ''] = name.split('\\');
    return bothOf(startsWith('userDirectory', directory), startsWith('userId', id));
  });
  const found: User[] = [];
  for (const filter of anyOf(conditions)) {
    const call = { method: 'GET', path: '/qrs/user/full', query: { filter }, attempt } as const;
    found.push(...allOf(await qrs.list(userSchema, call), qrs, attempt));
  }
  return found;
}

/**
 * `DIRECTORY\\id` of users with similar names: the same id in any directory, or the same directory and an id that
 * begins with the same two letters. A site may have too many users to list all of them.
 */
export async function similarUsers(qrs: Qrs, names: readonly string[]): Promise<string[]> {
  const conditions = names.flatMap(name => {
    const [directory = '', id = ''] = name.split('\\');
    const alike = bothOf(startsWith('userDirectory', directory), startsWith('userId', id.slice(0, 2)));
    return [startsWith('userId', id), alike];
  });
  const found: string[] = [];
  for (const filter of anyOf(conditions)) {
    const call = { method: 'GET', path: '/qrs/user', query: { filter }, attempt: 'list users' } as const;
    const users = (await qrs.list(userSchema, call)).found;
    found.push(...users.map(({ userDirectory, userId }) => `${userDirectory}\\${userId}`));
  }
  return found;
}

/** Whether `DIRECTORY\\id` is that user's name. */
export function isCalled(user: User, name: string): boolean {
  return `${user.userDirectory}\\${user.userId}`.toLowerCase() === name.toLowerCase();
}
