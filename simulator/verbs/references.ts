import { z } from 'zod';
import { Refusal } from './answers.ts';

/** An entity that a body refers to by its id. */
export const reference = z.object({ id: z.guid().toLowerCase() });

/** The entity that a body refers to; a 400 if the site has none. */
export function known<T>(entity: T | undefined, what: string): T {
  if (entity === undefined) throw new Refusal(400, `Unknown ${what}`);
  return entity;
}
