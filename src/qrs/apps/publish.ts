import * as z from 'zod';
import { RemoteError } from '../../base/errors.ts';
import { settle } from '../../base/retry.ts';
import type { Qrs } from '../connection.ts';
import type { App, Stream } from '../entities.ts';
import { readApp } from './find.ts';
import { readingOf } from './reading.ts';

/**
 * Publishes an unpublished app to a stream under `name`: the app itself moves there (docs/qrs.md 4.4).
 * QRS refuses to publish twice, so the app is read after a lost answer, and after one that does not show the app.
 * Resolves to the published app.
 */
export async function publishApp(
  qrs: Qrs,
  app: App,
  stream: Pick<Stream, 'id' | 'name'>,
  name: string,
): Promise<App> {
  const attempt = `publish app "${name}" to stream "${stream.name}"`;
  const look = async () => {
    const now = await readApp(qrs, app.id);
    return now?.published && now.stream?.id === stream.id ? now : undefined;
  };
  return settle(
    qrs,
    async () => {
      const answer = await qrs.json(z.unknown(), {
        method: 'PUT',
        path: `/qrs/app/${app.id}/publish`,
        query: { stream: stream.id, name },
        attempt,
        hints: { 403: `Has ${qrs.site.user} the Publish right on that stream?` },
      });
      const now = readingOf(app, answer) ?? (await look());
      if (now) return now;
      throw new RemoteError({
        site: qrs.site.name,
        attempt,
        answer: 'it did not refuse, and does not show the app in that stream',
        failed: true,
        mayBeDone: true,
        final: false,
      });
    },
    look,
  );
}
