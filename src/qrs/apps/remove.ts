import { RemoteError } from '../../base/errors.ts';
import { retry } from '../../base/retry.ts';
import type { Qrs } from '../connection.ts';
import { readApp } from './find.ts';

/** Deletes an app. Success if it is gone already. */
export async function removeApp(qrs: Qrs, app: { id: string; name: string }): Promise<void> {
  const { error } = await deleteApp(qrs, app);
  if (error !== undefined) throw error;
}

/** The result of a removal: success, or the error and whether the site may still do it. */
export interface Removal {
  error: unknown;
  mayBeDone: boolean;
}

/** The same for a caller that must know whether the site may have received any of the requests. Never throws. */
export async function deleteApp(qrs: Qrs, app: { id: string; name: string }): Promise<Removal> {
  let mayBeDone = false;
  const work = async () => {
    try {
      await qrs.send({
        method: 'DELETE',
        path: `/qrs/app/${app.id}`,
        attempt: `delete app "${app.name}" (${app.id})`,
        hints: { 403: `Has ${qrs.site.user} the Delete right on that app?` },
      });
    } catch (error) {
      if (error instanceof RemoteError && error.status === 404) {
        // A proxy on the way answers 404 too: only the site knows whether the app is gone.
        if (!(await readApp(qrs, app.id))) return;
        throw error.but({ final: false });
      }
      if (!(error instanceof RemoteError) || error.mayBeDone) mayBeDone = true;
      throw error;
    }
  };
  try {
    await retry(qrs, () => true, work);
    return { error: undefined, mayBeDone: false };
  } catch (error) {
    return { error, mayBeDone };
  }
}
