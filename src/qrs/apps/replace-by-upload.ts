import * as z from 'zod';
import { settle } from '../../base/retry.ts';
import type { Qrs } from '../connection.ts';
import type { App } from '../entities.ts';
import { uploadHints } from '../hints.ts';
import { readApp } from './find.ts';
import { readingOf } from './reading.ts';
import type { AppFile } from './upload.ts';

/** The call, as the site's description of its API lists it (docs/qrs.md 4.10). */
export const REPLACE_BY_UPLOAD = 'app/upload/replace';

/**
 * Replaces all of an app but its data and data model by a file (docs/qrs.md 4.10); it keeps its id. `keepdata=false`
 * drops the data of the file. After a lost answer it looks whether `isDone`, and sends the file again where the target
 * does not show it: a second replace changes nothing. `repeats` hears that: the site may still do the first, whenever
 * it likes. Returns the replaced app where the answer can only be its current
 * reading.
 */
export async function replaceByUpload(
  qrs: Qrs,
  target: App,
  open: () => Promise<AppFile>,
  { isDone, repeats }: { isDone: (now: App) => Promise<boolean>; repeats: () => void },
): Promise<App | undefined> {
  let lost = false;
  const { answer } = await settle(
    qrs,
    async () => {
      if (lost) repeats();
      const { content, length } = await open();
      return {
        answer: await qrs.json(z.unknown(), {
          method: 'POST',
          path: `/qrs/${REPLACE_BY_UPLOAD}`,
          query: { targetappid: target.id, keepdata: 'false' },
          content,
          length,
          contentType: 'application/vnd.qlik.sense.app',
          attempt: `replace app "${target.name}", and keep its data`,
          time: 'long',
          hints: {
            403: `Has ${qrs.site.user} the Update right on the app and Publish on its stream?`,
            404: 'Does this version of Qlik Sense know the call, which is experimental?',
            ...uploadHints(qrs.site),
          },
        }),
      };
    },
    async () => {
      const now = await readApp(qrs, target.id);
      return now && (await isDone(now)) ? { answer: now } : undefined;
    },
    () => {
      lost = true;
    },
  );
  return readingOf(target, answer);
}
