import type { User } from './entities.ts';
import { fullUserName } from './entities.ts';
import type { ListType } from './maps.ts';
import type { Switches } from './switches.ts';

/**
 * A simple model of security rules: everybody may do everything except what the data file takes from a
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

interface Rules {
  readonly lacks: Lacks;
  readonly switches: Switches;
}

export function may({ lacks }: Rules, user: User, type: ListType, action: Action): boolean {
  const kinds = type === 'Task' ? ['Task', 'ReloadTask', 'ExternalProgramTask'] : [type];
  const own = lacks[fullUserName(user)] ?? {};
  return !kinds.some(kind => own[kind]?.includes(action));
}

/** The `privileges` of an entity of that type; null if the site does not show them. */
export function privilegesOf(rules: Rules, user: User, type: ListType): readonly Action[] | null {
  if (!rules.switches.showsPrivileges) return null;
  return actions.filter(action => may(rules, user, type, action));
}
