import { z } from 'zod';
import type { Qrs } from './connection.ts';
import { checked, type PropertyDefinition, propertyDefinitionSchema } from './entities.ts';
import { anyOf, equals } from './filter.ts';

/** The names of all custom properties that the site defines. */
export async function propertyNames(qrs: Qrs): Promise<string[]> {
  const attempt = 'list custom properties';
  const answer = await qrs.json({ method: 'GET', path: '/qrs/custompropertydefinition', attempt });
  const condensed = z.array(z.looseObject({ name: z.string() }));
  return checked(condensed, qrs, attempt, answer).map(({ name }) => name);
}

/** The definitions of these custom properties, with the values that they allow and the types that may have them. */
export async function findProperties(qrs: Qrs, names: readonly string[]): Promise<PropertyDefinition[]> {
  const attempt = 'look up custom properties';
  const found: PropertyDefinition[] = [];
  for (const filter of anyOf(names.map(name => equals('name', name)))) {
    const path = '/qrs/custompropertydefinition/full';
    const answer = await qrs.json({ method: 'GET', path, query: { filter }, attempt });
    found.push(...checked(z.array(propertyDefinitionSchema), qrs, attempt, answer));
  }
  return found.filter(({ name }) => names.includes(name));
}
