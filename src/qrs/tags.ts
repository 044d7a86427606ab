import { settle } from '../base/retry.ts';
import type { Qrs } from './connection.ts';
import { type Tag, tagSchema } from './entities.ts';
import { anyOf, equals } from './filter.ts';
import { allOf, each } from './shape.ts';

/** The tags of these names, to the letter. */
export async function findTags(qrs: Qrs, names: readonly string[]): Promise<Tag[]> {
  const attempt = 'look up tags';
  const found: Tag[] = [];
  for (const filter of anyOf(names.map(name => equals('name', name)))) {
    const call = { method: 'GET', path: '/qrs/tag', query: { filter }, attempt } as const;
    found.push(...allOf(await qrs.json(each(tagSchema), call), qrs, attempt));
  }
  return found.filter(({ name }) => names.includes(name));
}

/** The tag of that name, to the letter. */
export async function findTag(qrs: Qrs, name: string): Promise<Tag | undefined> {
  return (await findTags(qrs, [name]))[0];
}

/** Makes the tag; when the answer is lost, the tag is looked for before it is made again. */
export function createTag(qrs: Qrs, name: string): Promise<Tag> {
  const attempt = `create tag "${name}"`;
  return settle(
    qrs,
    () => qrs.json(tagSchema, { method: 'POST', path: '/qrs/tag', body: { name }, attempt }),
    () => findTag(qrs, name),
  );
}
