import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { RemoteError } from '../base/errors.ts';
import type { Qrs } from './connection.ts';
import { type App, named, type Stream } from './entities.ts';
import { equals } from './filter.ts';

/** Calls that find out how a site behaves where no public source says so (docs/qrs.md 9). */

const attempt = 'answer a question about itself';

/** Whether a filter's `eq` finds a stream by its name in the other case; undefined for a name without letters. */
export async function ignoresCase(qrs: Qrs, { name }: Pick<Stream, 'name'>): Promise<boolean | undefined> {
  const other = name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();
  if (other === name) return undefined;
  const query = { filter: equals('name', other) };
  const { found } = await qrs.list(named, { method: 'GET', path: '/qrs/stream', query, attempt });
  return found.some(stream => stream.name === name);
}

/** The first streams that the user may read. */
export async function someStreams(qrs: Qrs): Promise<{ name: string }[]> {
  return (await qrs.list(named, { method: 'GET', path: '/qrs/stream', attempt })).found;
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
