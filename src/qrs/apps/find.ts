import * as z from 'zod';
import type { Attempt } from '../answer.ts';
import type { Qrs } from '../connection.ts';
import { type App, type AppFields, appSchema, named, surveyedAppSchema } from '../entities.ts';
import { equalsId } from '../filter.ts';
import { inParts } from '../read-in-parts.ts';
import { allOf, type Listed, type Odd } from '../shape.ts';
import { sharing } from './sharing.ts';

/** The most conditions in one request. */
const AT_ONCE = 100;
/** The most apps that a survey expects in one answer: of more, the text alone takes megabytes. */
const IN_ONE_ANSWER = 1000;

/**
 * The apps that meet any of the conditions (docs/qrs.md 3), each once, in a few requests for any number of conditions.
 * Apps that the user may not read are absent. QRS may ignore the case of names: callers must compare again. Throws
 * RemoteError about an unusable app among them.
 */
export async function findApps(qrs: Qrs, attempt: string, conditions: readonly string[]): Promise<App[]> {
  return allOf(await searchApps(qrs, { attempt }, conditions), qrs, attempt);
}

/** The same, with unusable apps listed apart. */
export function searchApps(qrs: Qrs, asked: Attempt, conditions: readonly string[]): Promise<Listed<App>> {
  return search(qrs, appSchema, asked, { conditions, most: AT_ONCE });
}

/**
 * The same for a survey of as many apps as there are: of each only the fields that are used stay in memory. `each` is
 * how many apps are likely to meet one condition.
 */
export function surveyApps(
  qrs: Qrs,
  asked: Attempt,
  { conditions, each }: { conditions: readonly string[]; each: number },
): Promise<Listed<AppFields>> {
  const most = Math.ceil(Math.min(AT_ONCE, IN_ONE_ANSWER / each));
  return search(qrs, surveyedAppSchema.transform(sharing()), asked, { conditions, most });
}

async function search<T extends { id: string }>(
  qrs: Qrs,
  schema: z.ZodType<T>,
  asked: Attempt,
  { conditions, most }: { conditions: readonly string[]; most: number },
): Promise<Listed<T>> {
  const read = (filter: string) => qrs.list(schema, listCall('/qrs/app/full', filter, asked));
  const { found, odd } = await inParts(conditions, most, read, async condition => {
    const id = /^id eq (\S+)$/.exec(condition)?.[1];
    if (id !== undefined) return { found: [], odd: [tooLarge(id, undefined)] };
    // Many apps meet this one condition: list them in short form, and read them by their ids.
    const short = await qrs.list(named, listCall('/qrs/app', condition, asked));
    const byId = new Map(short.found.map(one => [equalsId('id', one.id), one]));
    const whole = await inParts([...byId.keys()], AT_ONCE, read, async one => {
      const app = byId.get(one);
      return { found: [], odd: [tooLarge(app?.id ?? '', app?.name)] };
    });
    return { found: whole.found, odd: [...short.odd, ...whole.odd] };
  });
  const ids = new Set<string>();
  const once = found.filter(({ id }) => {
    const known = ids.has(id);
    ids.add(id);
    return !known;
  });
  return { found: once, odd };
}

function listCall(path: string, filter: string, asked: Attempt) {
  return { method: 'GET', path, query: { filter }, time: 'list', ...asked } as const;
}

function tooLarge(id: string, name: string | undefined): Odd {
  const whose = name === undefined ? `app ${id}` : `app "${name}" (${id})`;
  return { id, name, problem: `what it says of ${whose} alone is too large to be read` };
}

/** The apps that meet the user's own filter expression. */
export function filterApps(qrs: Qrs, filter: string): Promise<Listed<App>> {
  const hints = { 400: "Is the filter right? Write text in single quotes, and a quote in it as \\'." };
  return searchApps(qrs, { attempt: `find apps by the filter ${filter}`, hints }, [filter]);
}

/** All apps that the user may read, in short form, for a sentence about a missing one. */
export async function listApps(qrs: Qrs): Promise<{ id: string; name: string }[]> {
  const attempt = 'list apps';
  const { found } = await qrs.list(named, { method: 'GET', path: '/qrs/app', attempt, time: 'list' });
  return found;
}

/** How many apps the user may read. */
export async function countApps(qrs: Qrs): Promise<number> {
  const count = z.union([z.number(), z.looseObject({ value: z.number() }).transform(({ value }) => value)]);
  return qrs.json(count, { method: 'GET', path: '/qrs/app/count', attempt: 'count the apps' });
}

/** The app with that id; undefined where there is none, or the user may not read it. */
export async function readApp(qrs: Qrs, id: string): Promise<App | undefined> {
  const [app] = await qrs.json(z.array(appSchema), {
    method: 'GET',
    path: '/qrs/app/full',
    query: { filter: `id eq ${id}` },
    attempt: `read app ${id}`,
  });
  return app;
}
