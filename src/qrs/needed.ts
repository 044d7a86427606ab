import * as z from 'zod';
import type { Qrs } from './connection.ts';
import { named } from './entities.ts';
import { anyOf, equals } from './filter.ts';
import { allOf } from './shape.ts';

/** What an app may need on a site, and the list of it in short form. */
const LISTS = {
  connections: { path: '/qrs/dataconnection', what: 'data connections' },
  extensions: { path: '/qrs/extension', what: 'extensions' },
  tasks: { path: '/qrs/task', what: 'tasks' },
} as const;

export type NeededKind = keyof typeof LISTS;
export const NEEDED_KINDS = ['connections', 'extensions', 'tasks'] as const satisfies readonly NeededKind[];

/** `taskType` is a task's alone (docs/qrs.md 5.2). */
const neededSchema = z.looseObject({ ...named.shape, taskType: z.number().nullish() });
export type Needed = z.infer<typeof neededSchema>;

/** Those with exactly one of these names, that the user may see: one request, or a few for a long list of names. */
export async function findNeeded(qrs: Qrs, kind: NeededKind, names: readonly string[]): Promise<Needed[]> {
  const attempt = `look up ${LISTS[kind].what}`;
  const found: Needed[] = [];
  for (const filter of anyOf(names.map(name => equals('name', name)))) {
    const listed = await qrs.list(neededSchema, { ...listOf(qrs, kind), attempt, query: { filter } });
    found.push(...allOf(listed, qrs, attempt));
  }
  const wanted = new Set(names);
  return found.filter(({ name }) => wanted.has(name));
}

/** The names of all of them that the user may see. */
export async function neededNames(qrs: Qrs, kind: NeededKind): Promise<string[]> {
  const attempt = `list ${LISTS[kind].what}`;
  return (await qrs.list(neededSchema, { ...listOf(qrs, kind), attempt })).found.map(({ name }) => name);
}

function listOf({ site }: Qrs, kind: NeededKind) {
  const { path, what } = LISTS[kind];
  return {
    method: 'GET',
    path,
    time: 'list',
    hints: { 403: `Has ${site.user} the right to read ${what}?` },
  } as const;
}
