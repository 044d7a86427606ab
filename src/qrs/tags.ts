import { z } from 'zod';
import { settle } from '../base/retry.ts';
import type { Qrs } from './connection.ts';
import { type Tag, tagSchema } from './entities.ts';
import { anyOf, equals } from './filter.ts';
import { allOf, each, or } from './shape.ts';

const datedSchema = z.looseObject({ ...tagSchema.shape, createdDate: or(z.string(), '') });

/** The tags of these names, to the letter. Names are not unique (docs/qrs.md 4.7): the oldest come first. */
export async function findTags(qrs: Qrs, names: readonly string[]): Promise<Tag[]> {
  const attempt = 'look up tags';
  const found: z.infer<typeof datedSchema>[] = [];
  for (const filter of anyOf(names.map(name => equals('name', name)))) {
    const call = { method: 'GET', path: '/qrs/tag/full', query: { filter }, attempt } as const;
    found.push(...allOf(await qrs.json(each(datedSchema), call), qrs, attempt));
  }
  const wanted = new Set(names);
  return found
    .filter(({ name }) => wanted.has(name))
    .sort((one, other) => byText(one.createdDate, other.createdDate) || byText(one.id, other.id));
}

/** The names of all tags of the site. */
export async function tagNames(qrs: Qrs): Promise<string[]> {
  const call = { method: 'GET', path: '/qrs/tag', attempt: 'list tags' } as const;
  return (await qrs.json(each(tagSchema), call)).found.map(({ name }) => name);
}

function byText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
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
