import { settle } from '../../base/retry.ts';
import type { Qrs } from '../connection.ts';
import type { App, Stream } from '../entities.ts';
import { readApp } from './find.ts';

/**
 * Publishes an unpublished app to a stream under `name`: the app itself moves there (docs/qrs.md 4.4).
 * Publishing twice is an error to QRS, so a lost answer is settled by reading the app.
 */
export async function publishApp(
  qrs: Qrs,
  app: App,
  stream: Pick<Stream, 'id' | 'name'>,
  name: string,
): Promise<void> {
  await settle(
    qrs,
    async () => {
      await qrs.send({
        method: 'PUT',
        path: `/qrs/app/${app.id}/publish`,
        query: { stream: stream.id, name },
        attempt: `publish app "${name}" to stream "${stream.name}"`,
        hints: { 403: `Has ${qrs.site.user} the Publish right on that stream?` },
      });
      return true;
    },
    async () => {
      const now = await readApp(qrs, app.id);
      return now?.published && now.stream?.id === stream.id ? true : undefined;
    },
  );
}
