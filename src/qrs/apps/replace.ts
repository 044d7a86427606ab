import * as z from 'zod';
import { settle } from '../../base/retry.ts';
import type { Qrs } from '../connection.ts';
import type { App } from '../entities.ts';
import { readApp } from './find.ts';
import { readingOf } from './reading.ts';

/**
 * Replaces the content of one app by another's; it keeps its id, stream, owner, tags and properties, and the other app
 * stays (docs/qrs.md 4.4). After a lost answer it looks at the target, and repeats the replace where the target shows
 * no change: a second replace changes nothing. Returns the replaced app where the answer can only be its current
 * reading.
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
 * Whether an app shows the content that was to replace its own: it was written, and has the other app's size and reload
 * time, which it did not have `before`. Pure.
 */
export function hasContentOf(now: App, giver: App, before: App): boolean {
  return now.modifiedDate !== before.modifiedDate && hasDataOf(now, giver) && !hasDataOf(before, giver);
}

/** Whether two apps have the same size and reload time. Pure. */
export function hasDataOf(one: App, other: App): boolean {
  return one.fileSize === other.fileSize && one.lastReloadTime === other.lastReloadTime;
}
