import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { resolve, valuesAt } from '../shown/filter.ts';
import { full } from '../shown/render.ts';
import { shapes } from '../shown/shapes.ts';
import type { ListType } from '../site/maps.ts';
import { json, Refusal } from './answers.ts';
import type { Call } from './call.ts';
import { flag, readBody } from './call.ts';
import { select } from './lists.ts';

const definition = z.object({
  columns: z.array(
    z.object({
      name: z.string(),
      columnType: z.union([z.literal(0), z.stringFormat('property', /^property$/i)]),
      definition: z.string(),
    }),
  ),
});

const count = z.coerce.number().int().min(0);

/** A table with a property in each column, the only list with pages (docs/qrs.md 1). */
export const table = (type: ListType) => (call: Call) => {
  const { columns } = readBody(call, definition);
  const paths = columns.map(column => {
    const property = resolve(column.definition, shapes[type]);
    if (!property) throw new Refusal(400, `Unknown property: ${column.definition}`);
    return property.path;
  });
  const by = call.query.get('sortcolumn');
  const direction = flag(call, 'orderascending', true) ? 'asc' : 'desc';
  const column = columns.find(({ name }) => name.toLowerCase() === by?.toLowerCase());
  if (by !== undefined && !column) throw new Refusal(400, `Unknown column: ${by}`);
  const order = column ? [['orderby', `${column.definition} ${direction}`] as const] : [];
  const entities = select({ ...call, query: new Map([...call.query, ...order]) }, type);
  const skip = count.catch(0).parse(call.query.get('skip') ?? 0);
  const take = count.catch(0).parse(call.query.get('take') ?? 0);
  return json(201, {
    schemaPath: 'Table',
    id: randomUUID(),
    columnNames: columns.map(({ name }) => name),
    rows: entities
      .slice(skip, take === 0 ? undefined : skip + take)
      .map(entity => paths.map(path => valuesAt(full(entity), path)[0] ?? null)),
  });
};
