import * as z from 'zod';
import { settle } from '../../base/retry.ts';
import type { Qrs } from '../connection.ts';
import type { App } from '../entities.ts';
import { readApp } from './find.ts';
import { readingOf } from './reading.ts';

/**
 * Gives the content of one app to another, which keeps its id, stream, owner, tags and properties; the giver
 * stays (docs/qrs.md 4.4). A lost answer is settled by looking at the target, and where that shows nothing by doing it
 * again: twice changes nothing. Returns the replaced app where the answer can be nothing else than a reading of it as
 * it is now.
 */
export async function replaceApp(qrs: Qrs, giver: App, target: App): Promise<App | undefined> {
  const where = target.stream ? ` in stream "${target.stream.name}"` : '';
  const { answer } = await settle(
    qrs,
    async () => ({
      answer: await qrs.json(z.unknown(), {
        method: 'PUT',
        path: `/qrs/app/${giver.id}/replace`,
        query: { app: target.id },
        attempt: `replace app "${target.name}"${where}`,
        time: 'long',
        hints: { 403: `Has ${qrs.site.user} the Update right on the app and Publish on its stream?` },
      }),
    }),
    async () => {
      const now = await readApp(qrs, target.id);
      return now && hasContentOf(now, giver, target) ? { answer: now } : undefined;
    },
  );
  return readingOf(target, answer);
}

/**
 * Whether an app shows the content of another that was to replace it: it has been written to, and has the size and the
 * reload time of the other, which it did not have `before`. Pure.
 */
export function hasContentOf(now: App, giver: App, before: App): boolean {
  return now.modifiedDate !== before.modifiedDate && hasDataOf(now, giver) && !hasDataOf(before, giver);
}

/** Whether two apps have the same size and reload time. Pure. */
export function hasDataOf(one: App, other: App): boolean {
  return one.fileSize === other.fileSize && one.lastReloadTime === other.lastReloadTime;
}
