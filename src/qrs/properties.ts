import type { Qrs } from './connection.ts';
import { type PropertyDefinition, propertyDefinitionSchema } from './entities.ts';
import { anyOf, equals } from './filter.ts';
import { allOf } from './shape.ts';

/** Every custom property that the site defines. */
export async function allProperties(qrs: Qrs): Promise<PropertyDefinition[]> {
  const attempt = 'list custom properties';
  const call = { method: 'GET', path: '/qrs/custompropertydefinition/full', attempt } as const;
  return (await qrs.list(propertyDefinitionSchema, call)).found;
}

/** The definitions of these custom properties, with their allowed values and types. */
export async function findProperties(qrs: Qrs, names: readonly string[]): Promise<PropertyDefinition[]> {
  const attempt = 'look up custom properties';
  const found: PropertyDefinition[] = [];
  for (const filter of anyOf(names.map(name => equals('name', name)))) {
    const path = '/qrs/custompropertydefinition/full';
    const call = { method: 'GET', path, query: { filter }, attempt } as const;
    found.push(...allOf(await qrs.list(propertyDefinitionSchema, call), qrs, attempt));
  }
  const wanted = new Set(names);
  return found.filter(({ name }) => wanted.has(name));
}
