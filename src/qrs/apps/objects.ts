import * as z from 'zod';
import { RemoteError } from '../../base/errors.ts';
import type { Qrs } from '../connection.ts';
import { equalsId } from '../filter.ts';
import { inParts } from '../read-in-parts.ts';
import { allOf, each, type Listed, or } from '../shape.ts';

/** A sheet, a story, a bookmark, the script: a part of an app (docs/qrs.md 4.8). */
const objectSchema = z.looseObject({
  id: z.string(),
  engineObjectId: or(z.string(), ''),
  objectType: or(z.string(), ''),
  contentHash: z.string().nullish(),
  modifiedDate: or(z.string(), ''),
  published: or(z.boolean(), false),
  approved: or(z.boolean(), false),
  owner: z.looseObject({ id: z.string(), userDirectory: z.string(), userId: z.string() }).nullish(),
  app: z.looseObject({ id: z.string() }),
});
export type AppObject = z.infer<typeof objectSchema>;

/**
 * The objects of these apps, by app id, in few requests however many apps there are. A site does not show objects
 * that the user may not read, and one that refuses shows none: an app without any is not in the map.
 */
export async function findObjects(qrs: Qrs, appIds: readonly string[]): Promise<Map<string, AppObject[]>> {
  const found = new Map<string, AppObject[]>();
  const conditions = [...new Set(appIds)].map(id => equalsId('app.id', id));
  const listed = await inParts(
    conditions,
    APPS_AT_ONCE,
    filter => readObjects(qrs, filter),
    (_, error) => Promise.reject(error),
  );
  for (const object of allOf(listed, qrs, ATTEMPT)) {
    const { id } = object.app;
    const known = found.get(id);
    if (known) known.push(object);
    else found.set(id, [object]);
  }
  return found;
}

const ATTEMPT = 'read the objects of apps';
/** An app has a hundred objects and more. */
const APPS_AT_ONCE = 20;

async function readObjects(qrs: Qrs, filter: string): Promise<Listed<AppObject>> {
  try {
    return await qrs.json(each(objectSchema), {
      method: 'GET',
      path: '/qrs/app/object/full',
      query: { filter },
      attempt: ATTEMPT,
      time: 'list',
    });
  } catch (error) {
    // A clear no is a site that does not show them; a site that gives no answer is another matter.
    if (error instanceof RemoteError && [400, 403, 404].includes(error.status ?? 0))
      return { found: [], odd: [] };
    throw error;
  }
}
