import { z } from 'zod';

const oneOrMore = z.union([z.string().transform(value => [value]), z.array(z.string())]);

/** Values of custom properties, by the name of the property, as a data file gives them. */
export const propertiesSchema = z.record(z.string(), oneOrMore).default({});

/** What is wrong with the properties of an entity: where, and what. */
export function strangeProperties(
  properties: z.infer<typeof propertiesSchema>,
  defined: Readonly<Record<string, readonly string[]>>,
): [string, string][] {
  return Object.entries(properties).flatMap(([property, values]): [string, string][] => {
    const where = `properties.${property}`;
    const choices = defined[property];
    if (!choices) return [[where, `no custom property is called "${property}"`]];
    return values
      .filter(value => !choices.includes(value))
      .map(value => [where, `"${value}" is not one of its values`]);
  });
}
