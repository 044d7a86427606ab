import { z } from 'zod';
import { settle } from '../../base/retry.ts';
import type { Qrs } from '../connection.ts';
import { type App, appSchema } from '../entities.ts';

/**
 * Gives the content of one app to another, which keeps its id, stream, owner, tags and properties; the giver
 * stays (docs/qrs.md 4.4). Doing it twice changes nothing, so a lost answer is settled by doing it again. Returns
 * the replaced app where the answer can be nothing else than a reading of it as it is now.
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
    async () => undefined,
  );
  return readingOf(target, answer);
}

/**
 * Nobody tells which app the answer describes, and how much of it (docs/qrs.md 9): it counts when it has the
 * target's id, another date than before, and every field that the reading before had. The app is sent back whole, so
 * one that is missing would be lost.
 */
function readingOf(before: App, answer: unknown): App | undefined {
  const { data: now } = appSchema.safeParse(answer);
  if (now?.id !== before.id || now.modifiedDate === before.modifiedDate) return undefined;
  const given = new Set(Object.keys(Object(answer)));
  return Object.keys(before).every(field => given.has(field)) ? now : undefined;
}
