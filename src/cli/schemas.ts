import * as z from 'zod';
import { specShape } from '../promote/spec-shape.ts';
import { configShape } from '../relay/config/shape.ts';
import { requestShape } from '../reload/request.ts';
import { sitesShape } from '../sites/sites.ts';
import { resultShape } from './result-shape.ts';

/** The described text, by the name of the schema. `filled`: its values may name variables as ${NAME}. */
const SHAPES = {
  sites: { shape: sitesShape, title: 'The sites of qrs-action', filled: true },
  spec: { shape: specShape, title: 'A promotion spec of qrs-action', filled: false },
  request: { shape: requestShape, title: 'A reload request of qrs-action', filled: false },
  relay: { shape: configShape, title: 'The configuration of qrs-relay', filled: true },
  result: { shape: resultShape, title: 'The result of qrs-action', filled: false },
} as const;

export type SchemaName = keyof typeof SHAPES;
export const SCHEMAS = ['sites', 'spec', 'request', 'relay', 'result'] as const satisfies SchemaName[];

/** The JSON Schema of that name for editors, generated from the shapes that read the texts. */
export function schemaOf(name: SchemaName): Record<string, unknown> {
  const { shape, title, filled } = SHAPES[name];
  const { $schema, ...schema } = z.toJSONSchema(shape, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (filled) allowVariable(jsonSchema);
    },
  });
  return { $schema, title, ...(name === 'sites' ? belowSites(schema) : schema) };
}

/** The sites may also be below a key `sites`, as `readSites` allows. */
const belowSites = (sites: z.core.JSONSchema.BaseSchema) => ({
  ...sites,
  properties: { sites: { description: 'The sites by name.', ...sites } },
  additionalProperties: { $ref: '#/properties/sites/additionalProperties' },
});

/** A value of a certain form may also be a variable, whose value an editor cannot know. */
function allowVariable(schema: z.core.JSONSchema.BaseSchema): void {
  const { type, pattern, format } = schema;
  if (type !== 'string' || (pattern === undefined && format === undefined)) return;
  const form = { ...(format === undefined ? {} : { format }), ...(pattern === undefined ? {} : { pattern }) };
  delete schema.pattern;
  delete schema.format;
  schema.anyOf = [form, { pattern: '\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}' }];
}
