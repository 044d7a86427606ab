import { z } from 'zod';
import { json, Refusal } from '../verbs/answers.ts';
import type { Call } from '../verbs/call.ts';
import { readBody } from '../verbs/call.ts';
import type { User } from './entities.ts';
import { fullUserName } from './entities.ts';
import type { ListType } from './maps.ts';
import type { Site } from './site.ts';

/**
 * Security rules, as far as they are modelled: everybody may do everything, but for what the data file takes from a
 * user, by type and action. No public source has the words that QRS uses in `privileges` (docs/qrs.md 9).
 */
export const actions = [
  'create',
  'read',
  'update',
  'delete',
  'export',
  'publish',
  'changeowner',
  'duplicate',
] as const;
export type Action = (typeof actions)[number];

/** What users may not do: by user, then by type. */
export type Lacks = Readonly<Record<string, Readonly<Record<string, readonly Action[]>>>>;

export function may({ lacks }: Site, user: User, type: ListType, action: Action): boolean {
  const kinds = type === 'Task' ? ['Task', 'ReloadTask', 'ExternalProgramTask'] : [type];
  const own = lacks[fullUserName(user)] ?? {};
  return !kinds.some(kind => own[kind]?.includes(action));
}

/** What `privileges` of an entity of that type holds: null where the site does not say. */
export function privilegesOf(site: Site, user: User, type: ListType): readonly Action[] | null {
  if (!site.switches.showsPrivileges) return null;
  return actions.filter(action => may(site, user, type, action));
}

/** The same handler, for those who have the right to it. */
export function needing<T>(type: ListType, action: Action, handler: (call: Call) => T) {
  return (call: Call): T => {
    if (!may(call.site, call.user, type, action)) throw new Refusal(403, 'Forbidden');
    return handler(call);
  };
}

/** Whether the user may create such an entity: nothing is created. */
export const previewCreate = (type: ListType) => (call: Call) => {
  readBody(call, z.looseObject({}));
  return json(201, { value: may(call.site, call.user, type, 'create') });
};
