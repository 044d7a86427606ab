import { settle } from '../base/retry.ts';
import type { Qrs } from './connection.ts';
import { type Stream, streamSchema } from './entities.ts';
import { anyOf, equals } from './filter.ts';
import { allOf, each } from './shape.ts';

/** The streams that carry one of the names, to the letter. Names are not unique (docs/qrs.md 4.7). */
export async function findStreams(qrs: Qrs, names: readonly string[]): Promise<Stream[]> {
  const attempt = 'look up streams';
  const found: Stream[] = [];
  for (const filter of anyOf(names.map(name => equals('name', name)))) {
    const call = { method: 'GET', path: '/qrs/stream', query: { filter }, attempt } as const;
    found.push(...allOf(await qrs.json(each(streamSchema), call), qrs, attempt));
  }
  const wanted = new Set(names);
  return found.filter(({ name }) => wanted.has(name));
}

/** Makes the stream; when the answer is lost, it is looked for before it is made again. */
export function createStream(qrs: Qrs, name: string): Promise<Stream> {
  const attempt = `create stream "${name}"`;
  return settle(
    qrs,
    () => {
      const hints = { 403: `May ${qrs.site.user} create streams?` };
      return qrs.json(streamSchema, { method: 'POST', path: '/qrs/stream', body: { name }, attempt, hints });
    },
    async () => (await findStreams(qrs, [name]))[0],
  );
}
