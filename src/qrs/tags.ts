import { z } from 'zod';
import { settle } from '../base/retry.ts';
import type { Qrs } from './connection.ts';
import { checked, type Tag, tagSchema } from './entities.ts';
import { equals } from './filter.ts';

/** The tag of that name, to the letter. */
export async function findTag(qrs: Qrs, name: string): Promise<Tag | undefined> {
  const attempt = `look up tag "${name}"`;
  const query = { filter: equals('name', name) };
  const answer = await qrs.json({ method: 'GET', path: '/qrs/tag', query, attempt });
  return checked(z.array(tagSchema), qrs, attempt, answer).find(tag => tag.name === name);
}

/** Makes the tag; when the answer is lost, the tag is looked for before it is made again. */
export function createTag(qrs: Qrs, name: string): Promise<Tag> {
  const attempt = `create tag "${name}"`;
  return settle(
    qrs,
    async () => {
      const answer = await qrs.json({ method: 'POST', path: '/qrs/tag', body: { name }, attempt });
      return checked(tagSchema, qrs, attempt, answer);
    },
    () => findTag(qrs, name),
  );
}
