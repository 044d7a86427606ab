import * as z from 'zod';
import { settle } from '../../base/retry.ts';
import type { Qrs } from '../connection.ts';
import type { App, Stream } from '../entities.ts';
import { readApp } from './find.ts';
import { readingOf } from './reading.ts';

/**
 * Publishes an unpublished app to a stream under `name`: the app itself moves there (docs/qrs.md 4.4).
 * Publishing twice is an error to QRS, so after a lost answer the app is read. Resolves to the published app where the
 * answer is a reading of it.
 */
export async function publishApp(
  qrs: Qrs,
  app: App,
  stream: Pick<Stream, 'id' | 'name'>,
  name: string,
): Promise<App | undefined> {
  const { answer } = await settle(
    qrs,
    async () => ({
      answer: await qrs.json(z.unknown(), {
        method: 'PUT',
        path: `/qrs/app/${app.id}/publish`,
        query: { stream: stream.id, name },
        attempt: `publish app "${name}" to stream "${stream.name}"`,
        hints: { 403: `Has ${qrs.site.user} the Publish right on that stream?` },
      }),
    }),
    async () => {
      const now = await readApp(qrs, app.id);
      return now?.published && now.stream?.id === stream.id ? { answer: now } : undefined;
    },
  );
  return readingOf(app, answer);
}
