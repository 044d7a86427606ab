import { settle } from '../../base/retry.ts';
import type { Qrs } from '../connection.ts';
import { type App, appSchema } from '../entities.ts';
import { equals } from '../filter.ts';
import { uploadHints } from '../hints.ts';
import { findApps } from './find.ts';
import { removeApp } from './remove.ts';

export interface AppFile {
  content: AsyncIterable<Uint8Array>;
  /** Size in bytes, where it is known before the end. */
  length: number | undefined;
}

/**
 * Uploads a file as a new, unpublished app (docs/qrs.md 4.2). No other app may have the name `name`: after a lost
 * answer, every app of that name is removed before the file is sent again, so that no twin stays behind. `open` is
 * called for each try, and returns the file from its beginning. `lost` is called for each lost answer, because the site
 * may still be making an app of that name. `options.app` is the app's name in sentences.
 */
export function uploadApp(
  qrs: Qrs,
  name: string,
  open: () => Promise<AppFile>,
  options: { app: string; keepData: boolean; excludeConnections: boolean; lost: () => void },
): Promise<App> {
  const attempt = `upload app "${options.app}"`;
  return settle(
    qrs,
    async () => {
      const { content, length } = await open();
      return qrs.json(appSchema, {
        method: 'POST',
        path: '/qrs/app/upload',
        query: {
          name,
          keepdata: String(options.keepData),
          excludeconnections: String(options.excludeConnections),
        },
        content,
        length,
        contentType: 'application/vnd.qlik.sense.app',
        attempt,
        time: 'long',
        hints: { 403: `May ${qrs.site.user} create apps on this site?`, ...uploadHints(qrs.site) },
      });
    },
    () => removeNamed(qrs, name),
    options.lost,
  );
}

/** Removes what a lost answer may have left. Returns nothing, because no such app may be used. */
export async function removeNamed(qrs: Qrs, name: string): Promise<undefined> {
  const twins = await findApps(qrs, `look for the working copy "${name}"`, [equals('name', name)]);
  for (const twin of twins) if (twin.name === name && !twin.published) await removeApp(qrs, twin);
  return undefined;
}
