import * as z from 'zod';
import { findApps } from './apps/find.ts';
import type { Qrs } from './connection.ts';
import { deleteEntity } from './delete.ts';
import { named, type Tag } from './entities.ts';
import { anyOf, equals, equalsId } from './filter.ts';
import { makeOnce, oldestFirst } from './make-once.ts';
import { allOf, or } from './shape.ts';

const datedSchema = z.looseObject({ ...named.shape, createdDate: or(z.string(), '') });
type DatedTag = z.infer<typeof datedSchema>;

/** The tags with exactly these names, oldest first. Names are not unique (docs/qrs.md 4.7). */
export async function findTags(qrs: Qrs, names: readonly string[]): Promise<DatedTag[]> {
  const attempt = 'look up tags';
  const found: DatedTag[] = [];
  for (const filter of anyOf(names.map(name => equals('name', name)))) {
    const call = { method: 'GET', path: '/qrs/tag/full', query: { filter }, attempt } as const;
    found.push(...allOf(await qrs.list(datedSchema, call), qrs, attempt));
  }
  const wanted = new Set(names);
  return oldestFirst(found.filter(({ name }) => wanted.has(name)));
}

/** The names of all tags of the site. */
export async function tagNames(qrs: Qrs): Promise<string[]> {
  const call = { method: 'GET', path: '/qrs/tag', attempt: 'list tags' } as const;
  return (await qrs.list(named, call)).found.map(({ name }) => name);
}

/** The tag of that name; makes it where there is none. */
export function makeTag(qrs: Qrs, name: string): Promise<Tag> {
  return makeOnce(qrs, {
    what: `tag "${name}"`,
    find: () => findTags(qrs, [name]),
    make: () =>
      qrs.json(datedSchema, {
        method: 'POST',
        path: '/qrs/tag',
        body: { name },
        attempt: `create tag "${name}"`,
      }),
    inUse: async ({ id }) =>
      (await findApps(qrs, 'look for apps with a tag', [equalsId('tags.id', id)])).length > 0,
    remove: ({ id }) =>
      deleteEntity(qrs, { path: `/qrs/tag/${id}`, attempt: `delete the second tag "${name}"` }),
  });
}
