import { z } from 'zod';
import type { Qrs } from '../connection.ts';
import { type App, appSchema, named } from '../entities.ts';
import { anyOf } from '../filter.ts';
import { allOf, each } from '../shape.ts';

/**
 * The apps that meet any of the conditions (docs/qrs.md 3), each once, in a few requests however many conditions
 * there are. What the user may not read is absent. QRS may compare names without regard to case: compare again.
 */
export async function findApps(qrs: Qrs, attempt: string, conditions: readonly string[]): Promise<App[]> {
  const found = new Map<string, App>();
  for (const filter of anyOf(conditions)) {
    const call = { method: 'GET', path: '/qrs/app/full', query: { filter }, attempt } as const;
    for (const app of allOf(await qrs.json(each(appSchema), call), qrs, attempt)) found.set(app.id, app);
  }
  return [...found.values()];
}

/** The apps that meet an expression of a user's own. */
export async function filterApps(qrs: Qrs, filter: string): Promise<App[]> {
  const attempt = `find apps by the filter ${filter}`;
  const listed = await qrs.json(each(appSchema), {
    method: 'GET',
    path: '/qrs/app/full',
    query: { filter },
    attempt,
    hints: { 400: "Is the filter right? Text stands in single quotes, a quote in it is written \\'." },
  });
  return allOf(listed, qrs, attempt);
}

/** The names of all apps that the user may read, for a sentence about one that is not there. */
export async function appNames(qrs: Qrs): Promise<string[]> {
  const attempt = 'list apps';
  const { found } = await qrs.json(each(named), { method: 'GET', path: '/qrs/app', attempt });
  return found.map(({ name }) => name);
}

/** How many apps the user may read. */
export async function countApps(qrs: Qrs): Promise<number> {
  const count = z.union([z.number(), z.looseObject({ value: z.number() }).transform(({ value }) => value)]);
  return qrs.json(count, { method: 'GET', path: '/qrs/app/count', attempt: 'count the apps' });
}

/** The app, or undefined where there is none of that id, or none that the user may read. */
export async function readApp(qrs: Qrs, id: string): Promise<App | undefined> {
  const [app] = await qrs.json(z.array(appSchema), {
    method: 'GET',
    path: '/qrs/app/full',
    query: { filter: `id eq ${id}` },
    attempt: `read app ${id}`,
  });
  return app;
}
