import { RemoteError } from '../../base/errors.ts';
import { retry } from '../../base/retry.ts';
import type { Qrs } from '../connection.ts';
import { lookUntilGone } from '../look-until-gone.ts';
import { readApp } from './find.ts';

interface Removable {
  id: string;
  name: string;
}

/** Deletes an app. Success if it is gone already, or if the site says so: `deleteApp` looks whether that is true. */
export async function removeApp(qrs: Qrs, app: Removable): Promise<void> {
  await retry(
    qrs,
    () => true,
    () => askToDelete(qrs, app),
  );
}

/** The result of a removal: success, or the error and whether the site may still do it. */
export interface Removal {
  error: unknown;
  mayBeDone: boolean;
}

/**
 * Deletes an app, and looks until the site does not show it any more. Never throws: the caller learns whether the site
 * may have received any of the requests.
 */
export async function deleteApp(qrs: Qrs, app: Removable): Promise<Removal> {
  let mayBeDone = false;
  const work = async () => {
    try {
      await askToDelete(qrs, app);
    } catch (error) {
      if (!(error instanceof RemoteError) || error.mayBeDone) mayBeDone = true;
      throw error;
    }
  };
  try {
    await retry(qrs, () => true, work);
    mayBeDone = true;
    await lookUntilGone(qrs, attemptFor(app), () => readApp(qrs, app.id));
    return { error: undefined, mayBeDone: false };
  } catch (error) {
    return { error, mayBeDone };
  }
}

async function askToDelete(qrs: Qrs, app: Removable): Promise<void> {
  try {
    await qrs.send({
      method: 'DELETE',
      path: `/qrs/app/${app.id}`,
      attempt: attemptFor(app),
      hints: { 403: `Has ${qrs.site.user} the Delete right on that app?` },
    });
  } catch (error) {
    if (!(error instanceof RemoteError && error.status === 404)) throw error;
    // A proxy on the way answers 404 too: only the site knows whether the app is gone.
    if (await readApp(qrs, app.id)) throw error.but({ final: false });
  }
}

function attemptFor({ id, name }: Removable): string {
  return `delete app "${name}" (${id})`;
}
