import { z } from 'zod';

/** The keywords of a schema that constrain values; the others are for readers. */
const constraints = [
  ...['type', 'enum', 'required', 'pattern', 'uniqueItems', 'minimum', 'maximum'],
  ...['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'],
];

const object = z.record(z.string(), z.unknown());
type Json = z.infer<typeof object>;

const map = (value: unknown, change: (schema: Json) => Json) =>
  Object.fromEntries(
    Object.entries(object.parse(value)).map(([name, of]) => [name, change(object.parse(of))]),
  );

/**
 * An OpenAPI 3.0 schema as JSON Schema: without what is for readers, and with a type of its own for null,
 * where OpenAPI says `nullable`. `keep` stands for a reference.
 */
export function jsonSchema(schema: Json, keep: (reference: string) => Json): Json {
  if (typeof schema.$ref === 'string') return keep(schema.$ref);
  const inner = (value: unknown) => jsonSchema(object.parse(value), keep);
  const made: Json = {};
  for (const name of constraints) if (name in schema) made[name] = schema[name];
  if ('properties' in schema) made.properties = map(schema.properties, inner);
  if ('items' in schema) made.items = inner(schema.items);
  for (const name of ['allOf', 'anyOf', 'oneOf'])
    if (name in schema) made[name] = z.array(object).parse(schema[name]).map(inner);
  if ('additionalProperties' in schema) {
    const others = schema.additionalProperties;
    made.additionalProperties = typeof others === 'boolean' ? others : inner(others);
  }
  return schema.nullable === true ? { anyOf: [made, { type: 'null' }] } : made;
}
