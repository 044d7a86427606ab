import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { messageOf, RemoteError } from '../../base/errors.ts';
import { pathWithin } from '../address.ts';
import type { Qrs } from '../connection.ts';
import type { Download } from '../download.ts';
import type { App } from '../entities.ts';

/** A file is smaller than so many times the size that the site states; this does not hold for small apps. */
const MUCH_LARGER = 4;
const SMALL = 1024 ** 3;
const exportSchema = z.looseObject({ downloadPath: z.string().min(1) });

/**
 * Makes the site export the app, and opens the file (docs/qrs.md 4.1). Only the same user can read the file, and only
 * once: a download that breaks off needs a new export. `skipData` leaves out the data. `all` asks for the objects of
 * users, too; otherwise the site decides. `room` is the most bytes for an
 * app whose size the site does not state.
 */
export async function exportApp(
  qrs: Qrs,
  app: App,
  options: { skipData: boolean; room: number; all?: boolean | undefined },
): Promise<Download> {
  const attempt = `export app "${app.name}"${options.all ? ' with the content of users' : ''}`;
  const path = `/qrs/app/${app.id}/export/${randomUUID()}`;
  try {
    const { downloadPath } = await qrs.json(exportSchema, {
      method: 'POST',
      path,
      query: { skipdata: String(options.skipData), exportscope: options.all ? 'all' : undefined },
      attempt,
      // The site makes the whole file before it answers, so this takes time.
      time: 'long',
      oneWait: true,
      hints: { 403: `Has ${qrs.site.user} the Export right on this app?` },
    });
    const download = pathWithin(qrs.site, downloadPath);
    if (download === undefined) throw foreign(qrs, attempt);
    const most = app.fileSize ? Math.max(MUCH_LARGER * app.fileSize, SMALL) : options.room;
    return await qrs.download({ method: 'GET', path: download, attempt: `download app "${app.name}"` }, most);
  } catch (error) {
    await cancelExport(qrs, path, app);
    throw error;
  }
}

/** Frees the site's file for a download that will not happen; a failure does not matter. */
async function cancelExport(qrs: Qrs, path: string, app: App): Promise<void> {
  try {
    await qrs.under(AbortSignal.timeout(1000)).send({
      method: 'DELETE',
      path,
      attempt: `cancel the export of app "${app.name}"`,
    });
  } catch (error) {
    qrs.log.debug(messageOf(error));
  }
}

function foreign(qrs: Qrs, attempt: string): RemoteError {
  return new RemoteError({
    site: qrs.site.name,
    attempt,
    answer: 'the download path leads to another host or port, and was not followed',
    failed: true,
    mayBeDone: false,
    final: true,
  });
}
