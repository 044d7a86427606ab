import { RemoteError } from '../../base/errors.ts';
import { retry } from '../../base/retry.ts';
import type { Qrs } from '../connection.ts';

/** Deletes an app. One that is gone already is what was wanted. */
export async function removeApp(qrs: Qrs, app: { id: string; name: string }): Promise<void> {
  await retry(
    qrs,
    () => true,
    async () => {
      try {
        await qrs.send({
          method: 'DELETE',
          path: `/qrs/app/${app.id}`,
          attempt: `delete app "${app.name}" (${app.id})`,
          hints: { 403: `Has ${qrs.site.user} the Delete right on that app?` },
        });
      } catch (error) {
        if (!(error instanceof RemoteError && error.status === 404)) throw error;
      }
    },
  );
}
