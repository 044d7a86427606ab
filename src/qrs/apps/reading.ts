import { type App, appSchema } from '../entities.ts';

/**
 * What a change answered, where it is a whole reading of the changed app. It is not documented which app the answer
 * describes, and how much of it (docs/qrs.md 9): it counts when it has the app's id, another date than before, and every field
 * that the reading before had. The app is sent back whole, so one that is missing would be lost. Pure.
 */
export function readingOf(before: App, answer: unknown): App | undefined {
  const { data: now } = appSchema.safeParse(answer);
  if (now?.id !== before.id || now.modifiedDate === before.modifiedDate) return undefined;
  const given = new Set(Object.keys(Object(answer)));
  return Object.keys(before).every(field => given.has(field)) ? now : undefined;
}
