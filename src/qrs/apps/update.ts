import { RemoteError } from '../../base/errors.ts';
import { retry } from '../../base/retry.ts';
import type { Qrs } from '../connection.ts';
import { type App, appSchema } from '../entities.ts';

/**
 * Reads an app, applies `change`, and sends the whole app with the date just read. When somebody else was faster (409),
 * or the answer is lost, it reads and changes again, so nobody's edit is lost and no date is invented (docs/qrs.md
 * 4.3). `change` returns undefined when there is nothing to change. `justRead` saves the first read of an app that this
 * run has made itself. Resolves to the app afterwards; throws RemoteError when it is gone.
 */
export function updateApp(
  qrs: Qrs,
  app: { id: string; name: string },
  attempt: string,
  change: (now: App) => App | undefined,
  justRead?: App,
): Promise<App> {
  let sent = false;
  let lost = false;
  let known = justRead;
  const changed = retry(
    qrs,
    () => sent,
    async () => {
      sent = false;
      const path = `/qrs/app/${app.id}`;
      const now = known ?? (await qrs.json(appSchema, { method: 'GET', path, attempt }));
      known = undefined;
      const wanted = change(now);
      if (!wanted) return now;
      sent = true;
      try {
        return await qrs.json(appSchema, {
          method: 'PUT',
          path,
          body: wanted,
          attempt,
          hints: { 403: `Has ${qrs.site.user} the Update right on app "${app.name}"?` },
        });
      } catch (error) {
        if (!(error instanceof RemoteError)) throw error;
        lost ||= error.mayBeDone;
        throw error.status === 409 ? conflict(qrs, attempt, error) : error;
      }
    },
  );
  return changed.catch(error => {
    // The site may still do an earlier try.
    throw lost && error instanceof RemoteError ? error.but({ mayBeDone: true }) : error;
  });
}

/**
 * The same for a change that applies only to the app as `seen`. Resolves to undefined, and changes nothing, when
 * somebody has written to the app since.
 */
export async function updateAsSeen(
  qrs: Qrs,
  seen: App,
  attempt: string,
  change: (now: App) => App | undefined,
): Promise<App | undefined> {
  let moved = false;
  const now = await updateApp(
    qrs,
    seen,
    attempt,
    read => {
      const wanted = change(read);
      moved = wanted !== undefined && read.modifiedDate !== seen.modifiedDate;
      return moved ? undefined : wanted;
    },
    seen,
  );
  return moved ? undefined : now;
}

function conflict(qrs: Qrs, attempt: string, cause: RemoteError): RemoteError {
  return new RemoteError({
    site: qrs.site.name,
    attempt,
    status: 409,
    answer: 'Conflict',
    hint: 'Somebody else keeps changing it.',
    mayBeDone: false,
    final: false,
    cause,
  });
}
