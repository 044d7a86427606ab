import { settle } from '../../base/retry.ts';
import type { Qrs } from '../connection.ts';
import type { App } from '../entities.ts';

/**
 * Gives the content of one app to another, which keeps its id, stream, owner, tags and properties; the giver
 * stays (docs/qrs.md 4.4). Doing it twice changes nothing, so a lost answer is settled by doing it again.
 */
export async function replaceApp(qrs: Qrs, giver: App, target: App): Promise<void> {
  const where = target.stream ? ` in stream "${target.stream.name}"` : '';
  await settle(
    qrs,
    async () => {
      await qrs.json({
        method: 'PUT',
        path: `/qrs/app/${giver.id}/replace`,
        query: { app: target.id },
        attempt: `replace app "${target.name}"${where}`,
        patience: 3_600_000,
        hints: { 403: `Has ${qrs.site.user} the Update right on the app and Publish on its stream?` },
      });
      return true;
    },
    async () => undefined,
  );
}
