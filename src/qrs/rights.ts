import * as z from 'zod';
import { RemoteError } from '../base/errors.ts';
import { retry } from '../base/retry.ts';
import type { Qrs } from './connection.ts';
import { anyOf } from './filter.ts';
import { maybe, or } from './shape.ts';

/** What a right is to: a type of entity, as QRS writes it. */
export type Securable = 'App' | 'Stream' | 'Tag' | 'ReloadTask';

const privileged = z.looseObject({
  id: z.guid(),
  name: or(z.string(), ''),
  privileges: maybe(z.array(z.string())),
});

/** An entity, and what the user may do with it; undefined where the site does not say. */
export interface Privileged {
  id: string;
  name: string;
  actions: ReadonlySet<string> | undefined;
}

/**
 * The entities that meet any of the conditions, with what the user may do with them. No public source has the words of
 * `privileges` (docs/qrs.md 9): they are compared without case and blanks, and a list without the right to read what
 * was just read is in other words, which say nothing.
 */
export async function readPrivileges(
  qrs: Qrs,
  type: Securable,
  conditions: readonly string[],
): Promise<Privileged[]> {
  const attempt = `say what may be done with ${type.toLowerCase()}s`;
  const path = `/qrs/${type.toLowerCase()}`;
  const found: Privileged[] = [];
  for (const filter of anyOf(conditions)) {
    const query = { filter, privileges: 'true' };
    const { found: some } = await qrs.list(privileged, { method: 'GET', path, query, attempt });
    for (const { id, name, privileges } of some) found.push({ id, name, actions: actionsIn(privileges) });
  }
  return found;
}

function actionsIn(privileges: readonly string[] | undefined): ReadonlySet<string> | undefined {
  const words = new Set(privileges?.map(word => word.toLowerCase().replace(/[\s_-]/g, '')));
  return words.has('read') ? words : undefined;
}

const answerSchema = z.union([
  z.boolean(),
  z.looseObject({ value: z.boolean() }).transform(({ value }) => value),
]);

/** Whether the user may create such an entity, without creating it; undefined where the site does not say. */
export async function mayCreate(
  qrs: Qrs,
  type: Securable,
  entity: Readonly<Record<string, unknown>>,
): Promise<boolean | undefined> {
  try {
    const call = {
      method: 'POST',
      path: `/qrs/${type.toLowerCase()}/previewcreateprivilege`,
      body: entity,
      attempt: `say whether a ${type.toLowerCase()} may be created`,
    } as const;
    // A POST that changes nothing: a lost answer is asked for again.
    return await retry(
      qrs,
      () => true,
      () => qrs.json(answerSchema, call),
    );
  } catch (error) {
    // The call is specified and no client is known to use it: a refusal of it says nothing about the right.
    if (error instanceof RemoteError && error.status !== undefined) return undefined;
    throw error;
  }
}
