import { type App, appSchema } from '../entities.ts';

/**
 * The answer to a change, if it is a whole reading of the changed app. It is not documented which app the answer
 * describes, and with which fields (docs/qrs.md 9). It counts when it has the app's id, a new date, and every field of
 * the reading before: the app is sent back whole, so a missing field would be lost. Pure.
 */
export function readingOf(before: App, answer: unknown): App | undefined {
  const { data: now } = appSchema.safeParse(answer);
  if (now?.id !== before.id || now.modifiedDate === before.modifiedDate) return undefined;
  const given = new Set(Object.keys(Object(answer)));
  return Object.keys(before).every(field => given.has(field)) ? now : undefined;
}
