import { z } from 'zod';
import type { Qrs } from './connection.ts';
import { appSchema } from './entities.ts';
import { resultSchema } from './executions.ts';
import { equalsId } from './filter.ts';
import { maybe, or } from './shape.ts';

const called = z.looseObject({ name: z.string() });
const entitySchema = z.looseObject({
  id: z.guid(),
  name: z.string().nullish(),
  modifiedDate: or(z.string(), ''),
  modifiedByUserName: or(z.string(), ''),
  tags: or(z.array(called), []),
  customProperties: or(z.array(z.looseObject({ value: z.string(), definition: called })), []),
});
const appEntity = z.looseObject({ ...appSchema.shape, modifiedByUserName: or(z.string(), '') });
const resultEntity = z.looseObject({
  ...resultSchema.shape,
  modifiedDate: or(z.string(), ''),
  modifiedByUserName: or(z.string(), ''),
  appID: maybe(z.string()),
});

/** An entity that a change was told of, as it is now. */
export type Watched =
  | { kind: 'app'; entity: z.infer<typeof appEntity> }
  | { kind: 'result'; entity: z.infer<typeof resultEntity> }
  | { kind: 'other'; entity: z.infer<typeof entitySchema> };

/**
 * Reads an entity of any type, or undefined where there is none of that id that meets the filter and that the
 * user may read. `type` is a type's name as QRS writes it; its path is the name in lower case.
 */
export async function readWatched(
  qrs: Qrs,
  type: string,
  id: string,
  filter?: string,
): Promise<Watched | undefined> {
  const own = equalsId('id', id);
  const call = {
    method: 'GET',
    path: `/qrs/${type.toLowerCase().replaceAll('.', '/')}/full`,
    query: { filter: filter === undefined ? own : `${own} and (${filter})` },
    attempt: `read ${type} ${id}`,
    once: true,
    time: 'readBack',
    hints: { 403: `Has ${qrs.site.user} the right to read this?` },
  } as const;
  if (type.toLowerCase() === 'app') {
    const [entity] = await qrs.json(z.array(appEntity), call);
    return entity && { kind: 'app', entity };
  }
  if (type.toLowerCase() === 'executionresult') {
    const [entity] = await qrs.json(z.array(resultEntity), call);
    return entity && { kind: 'result', entity };
  }
  const [entity] = await qrs.json(z.array(entitySchema), call);
  return entity && { kind: 'other', entity };
}
