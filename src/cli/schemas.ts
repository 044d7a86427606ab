import { z } from 'zod';
import { specShape } from '../promote/spec.ts';
import { configShape } from '../relay/config/shape.ts';
import { requestShape } from '../reload/request.ts';
import { sitesShape } from '../sites/sites.ts';
import { resultShape } from './result-shape.ts';

/** What a schema describes, by the name of the schema. */
const SHAPES = {
  sites: { shape: sitesShape, title: 'The sites of qrs-action' },
  spec: { shape: specShape, title: 'A promotion spec of qrs-action' },
  request: { shape: requestShape, title: 'A reload request of qrs-action' },
  relay: { shape: configShape, title: 'The configuration of qrs-relay' },
  result: { shape: resultShape, title: 'The result of qrs-action' },
} as const;

export type SchemaName = keyof typeof SHAPES;
export const SCHEMAS = ['sites', 'spec', 'request', 'relay', 'result'] as const satisfies SchemaName[];

/** The JSON Schema by that name, for editors: made of the shapes by which the texts are read. */
export function schemaOf(name: SchemaName): Record<string, unknown> {
  const { shape, title } = SHAPES[name];
  const { $schema, ...schema } = z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' });
  return { $schema, title, ...schema };
}
