import * as z from 'zod';
import { RemoteError } from '../../base/errors.ts';
import type { Qrs } from '../connection.ts';
import { equalsId } from '../filter.ts';
import { inParts } from '../read-in-parts.ts';
import { allOf, type Listed, or, shapeProblem, unusable } from '../shape.ts';

/** A sheet, a story, a bookmark, the script: a part of an app (docs/qrs.md 4.8). */
const objectSchema = z.looseObject({
  id: z.string(),
  engineObjectId: or(z.string(), ''),
  objectType: or(z.string(), ''),
  name: or(z.string(), ''),
  contentHash: z.string().nullish(),
  modifiedDate: or(z.string(), ''),
  published: or(z.boolean(), false),
  approved: or(z.boolean(), false),
  owner: z.looseObject({ id: z.string(), userDirectory: z.string(), userId: z.string() }).nullish(),
  app: z.looseObject({ id: z.string() }),
});
export type AppObject = z.infer<typeof objectSchema>;

/**
 * The objects of these apps by app id, in few requests for any number of apps. A site does not show objects that the
 * user may not read, and a site that refuses shows none: an app without objects is not in the map. Throws RemoteError
 * about an unusable object.
 */
export async function findObjects(qrs: Qrs, appIds: readonly string[]): Promise<Map<string, AppObject[]>> {
  const { found, odd } = await readObjects(qrs, appIds);
  for (const { error } of odd) throw error;
  return byApp(found);
}

/** The same for a survey: an unusable object hides only the objects of its own app. */
export async function findShownObjects(
  qrs: Qrs,
  appIds: readonly string[],
): Promise<Map<string, AppObject[]>> {
  const { found, odd } = await readObjects(qrs, appIds);
  const hidden = new Set(odd.map(({ app }) => app));
  return byApp(found.filter(({ app }) => !hidden.has(app.id)));
}

function byApp(objects: readonly AppObject[]): Map<string, AppObject[]> {
  return Map.groupBy(objects, ({ app }) => app.id);
}

const ATTEMPT = 'read the objects of apps';
/** The most apps in one request: an app may have more than a hundred objects. */
const APPS_AT_ONCE = 20;

interface ReadObjects {
  found: AppObject[];
  odd: { app: string; error: RemoteError }[];
}

async function readObjects(qrs: Qrs, appIds: readonly string[]): Promise<ReadObjects> {
  const conditions = [...new Set(appIds)].map(id => equalsId('app.id', id));
  const listed = await inParts(
    conditions,
    APPS_AT_ONCE,
    filter => listObjects(qrs, filter),
    (_, error) => Promise.reject(error),
  );
  const read: ReadObjects = { found: [], odd: [] };
  for (const item of allOf(listed, qrs, ATTEMPT)) {
    const { data, error } = objectSchema.safeParse(item);
    if (data) read.found.push(data);
    else {
      const problem = shapeProblem(error, item);
      read.odd.push({ app: item.app.id, error: unusable(qrs.site.name, ATTEMPT, problem, true) });
    }
  }
  return read;
}

const partSchema = z.looseObject({ app: objectSchema.shape.app });

async function listObjects(qrs: Qrs, filter: string): Promise<Listed<z.infer<typeof partSchema>>> {
  try {
    return await qrs.list(partSchema, {
      method: 'GET',
      path: '/qrs/app/object/full',
      query: { filter },
      attempt: ATTEMPT,
      time: 'list',
    });
  } catch (error) {
    // A refusal means that the site does not show them; a missing answer is an error.
    if (error instanceof RemoteError && [400, 403, 404].includes(error.status ?? 0))
      return { found: [], odd: [] };
    throw error;
  }
}
