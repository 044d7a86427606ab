import { z } from 'zod';
import type { Qrs } from './connection.ts';
import { checked, propertyDefinitionSchema } from './entities.ts';

/** The names of all custom properties that the site defines. */
export async function propertyNames(qrs: Qrs): Promise<string[]> {
  const attempt = 'list custom properties';
  const answer = await qrs.json({ method: 'GET', path: '/qrs/custompropertydefinition', attempt });
  return checked(z.array(propertyDefinitionSchema), qrs, attempt, answer).map(({ name }) => name);
}
