import * as z from 'zod';
import { findApps } from './apps/find.ts';
import type { Qrs } from './connection.ts';
import { deleteEntity } from './delete.ts';
import { named, type Stream } from './entities.ts';
import { anyOf, equals, equalsId } from './filter.ts';
import { makeOnce } from './make-once.ts';
import { allOf, or } from './shape.ts';

const datedSchema = z.looseObject({ ...named.shape, createdDate: or(z.string(), '') });

/** The streams with exactly one of these names. Names are not unique (docs/qrs.md 4.7). */
export async function findStreams(qrs: Qrs, names: readonly string[]): Promise<Stream[]> {
  const attempt = 'look up streams';
  const found: Stream[] = [];
  for (const filter of anyOf(names.map(name => equals('name', name)))) {
    const call = { method: 'GET', path: '/qrs/stream', query: { filter }, attempt } as const;
    found.push(...allOf(await qrs.list(named, call), qrs, attempt));
  }
  const wanted = new Set(names);
  return found.filter(({ name }) => wanted.has(name));
}

/** The names of all streams that the user may read. */
export async function streamNames(qrs: Qrs): Promise<string[]> {
  const call = { method: 'GET', path: '/qrs/stream', attempt: 'list streams' } as const;
  return (await qrs.list(named, call)).found.map(({ name }) => name);
}

/** The stream of that name; makes it where there is none, without a security rule. */
export function makeStream(qrs: Qrs, name: string): Promise<Stream> {
  const attempt = `create stream "${name}"`;
  const hints = { 403: `May ${qrs.site.user} create streams?` };
  const call = { method: 'POST', path: '/qrs/stream', body: { name }, attempt, hints } as const;
  return makeOnce(qrs, {
    what: `stream "${name}"`,
    find: () => datedStreams(qrs, name),
    make: () => qrs.json(datedSchema, call),
    inUse: async ({ id }) =>
      (await findApps(qrs, 'look for apps in a stream', [equalsId('stream.id', id)])).length > 0,
    remove: ({ id }) =>
      deleteEntity(qrs, { path: `/qrs/stream/${id}`, attempt: `delete the second stream "${name}"` }),
  });
}

async function datedStreams(qrs: Qrs, name: string) {
  const attempt = `look for the stream "${name}"`;
  const call = {
    method: 'GET',
    path: '/qrs/stream/full',
    query: { filter: equals('name', name) },
    attempt,
  } as const;
  return allOf(await qrs.list(datedSchema, call), qrs, attempt).filter(stream => stream.name === name);
}
