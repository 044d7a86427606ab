import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { RemoteError } from '../base/errors.ts';
import type { Qrs } from './connection.ts';
import { type App, named, type Stream } from './entities.ts';
import { resultSchema } from './execution-results.ts';
import { bothOf, differs, equals, equalsId } from './filter.ts';

/** Calls that find out how a site behaves where no public source says so (docs/qrs.md 9). */

const attempt = 'answer a question about itself';
/** Ms. */
const DAY = 86_400_000;

/** Whether a filter's `eq` finds a stream by its name in the other case; undefined for a name without letters. */
export async function ignoresCase(qrs: Qrs, { name }: Pick<Stream, 'name'>): Promise<boolean | undefined> {
  const other = name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();
  if (other === name) return undefined;
  const query = { filter: equals('name', other) };
  const { found } = await qrs.list(named, { method: 'GET', path: '/qrs/stream', query, attempt });
  return found.some(stream => stream.name === name);
}

/** The first streams that the user may read. */
export async function someStreams(qrs: Qrs): Promise<{ id: string; name: string }[]> {
  return (await qrs.list(named, { method: 'GET', path: '/qrs/stream', attempt })).found;
}

/** Whether the site reads a plus in a query as a space. */
export async function readsPlusAsSpace(qrs: Qrs, { id }: { id: string }): Promise<boolean> {
  const path = '/qrs/stream';
  const filter = equalsId('id', id).replaceAll(' ', '+');
  try {
    const { found } = await qrs.list(named, { method: 'GET', path: `${path}?filter=${filter}`, attempt });
    return found.length === 1 && found[0]?.id === id;
  } catch (error) {
    if (error instanceof RemoteError && error.status === 400) return false;
    throw error;
  }
}

/** The status of a filter on tasks of all types that names custom properties. No task meets the filter. */
export function statusOfPropertyFilter(qrs: Qrs): Promise<number> {
  const query = { filter: equals('customProperties.value', randomUUID()) };
  return statusOf(() => qrs.send({ method: 'GET', path: '/qrs/task', query, attempt }));
}

/** How many unpublished apps of other owners the user sees; undefined where the user's own id is not known. */
export async function unpublishedOfOthers(qrs: Qrs): Promise<number | undefined> {
  const [, id] = qrs.site.user.split('\\');
  if (id === undefined) return undefined;
  const query = { filter: bothOf('published eq false', differs('owner.userId', id)) };
  const { value } = await qrs.json(z.looseObject({ value: z.number() }), {
    method: 'GET',
    path: '/qrs/app/count',
    query,
    attempt,
  });
  return value;
}

const scheduleSchema = z.looseObject({
  operational: z.looseObject({ nextExecution: z.string().nullish() }).nullish(),
});

/** How many schedules are enabled, and how many of them show when they start their task next. */
export async function schedulesThatShowNextStart(qrs: Qrs): Promise<{ all: number; show: number }> {
  const query = { filter: 'enabled eq true' };
  const call = { method: 'GET', path: '/qrs/schemaevent/full', query, attempt, time: 'list' } as const;
  const { found } = await qrs.list(scheduleSchema, call);
  // QRS writes a date of 1753 for a missing date (docs/qrs.md 1).
  const show = found.filter(({ operational }) => Date.parse(operational?.nextExecution ?? '') > 0);
  return { all: found.length, show: show.length };
}

/** The statuses of the new call and of the old call for the script log of a reload of the last day, if there is one. */
export async function statusesOfScriptLog(qrs: Qrs): Promise<{ fresh: number; old: number } | undefined> {
  const since = new Date(qrs.clock.now() + (qrs.ahead() ?? 0) - DAY).toISOString();
  const query = { filter: `scriptLogAvailable eq true and startTime ge '${since}'` };
  const call = { method: 'GET', path: '/qrs/executionresult/full', query, attempt, time: 'list' } as const;
  const { found } = await qrs.list(resultSchema, call);
  const log = found.find(
    ({ taskID, fileReferenceID }) => taskID !== undefined && fileReferenceID !== undefined,
  );
  if (!log) return undefined;
  const ask = (name: string, parameter: Record<string, string | undefined>) =>
    statusOf(() =>
      qrs.send({ method: 'GET', path: `/qrs/reloadtask/${log.taskID}/${name}`, query: parameter, attempt }),
    );
  return {
    fresh: await ask('scriptlogfile', { executionresultid: log.id }),
    old: await ask('scriptlog', { filereferenceid: log.fileReferenceID }),
  };
}

/** The status for an app that does not exist. */
export function statusOfUnknownApp(qrs: Qrs): Promise<number> {
  return statusOf(() => qrs.send({ method: 'GET', path: `/qrs/app/${randomUUID()}`, attempt }));
}

/** The values of `privileges` in all streams. */
export async function privilegeWords(qrs: Qrs): Promise<string[]> {
  const schema = z.looseObject({ privileges: z.array(z.string()).nullish() });
  const query = { privileges: 'true' };
  const { found } = await qrs.list(schema, { method: 'GET', path: '/qrs/stream', query, attempt });
  return [...new Set(found.flatMap(({ privileges }) => privileges ?? []))].sort();
}

/** The status of publishing an app twice. */
export function statusOfSecondPublish(qrs: Qrs, app: App, stream: Pick<Stream, 'id'>): Promise<number> {
  const query = { stream: stream.id, name: app.name };
  return statusOf(() => qrs.send({ method: 'PUT', path: `/qrs/app/${app.id}/publish`, query, attempt }));
}

/** Publishes an app without giving a name. */
export function publishWithoutName(qrs: Qrs, app: App, stream: Pick<Stream, 'id'>): Promise<void> {
  return qrs.send({
    method: 'PUT',
    path: `/qrs/app/${app.id}/publish`,
    query: { stream: stream.id },
    attempt,
  });
}

/** The status of an update whose date is `ms` off the one just read; the app does not change. */
export function statusOfDate(qrs: Qrs, app: App, ms: number): Promise<number> {
  const body = { ...app, modifiedDate: new Date(Date.parse(app.modifiedDate) + ms).toISOString() };
  return statusOf(() => qrs.send({ method: 'PUT', path: `/qrs/app/${app.id}`, body, attempt }));
}

/** Replaces an app, and returns the id of the app in the answer; undefined where the answer has none. */
export async function answerOfReplace(qrs: Qrs, giver: App, target: App): Promise<string | undefined> {
  const call = {
    method: 'PUT',
    path: `/qrs/app/${giver.id}/replace`,
    query: { app: target.id },
    attempt,
  } as const;
  const read = z.looseObject({ id: z.string() }).safeParse(await qrs.json(z.unknown(), call));
  return read.data?.id;
}

async function statusOf(ask: () => Promise<unknown>): Promise<number> {
  try {
    await ask();
    return 200;
  } catch (error) {
    if (error instanceof RemoteError && error.status !== undefined) return error.status;
    throw error;
  }
}
