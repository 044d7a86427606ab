import { z } from 'zod';
import type { Qrs } from './connection.ts';
import { appSchema, checked } from './entities.ts';
import { resultSchema } from './executions.ts';
import { equalsId } from './filter.ts';

/** A site that says nothing is asked again later rather than waited for, ms. */
const PATIENCE = 15_000;

const named = z.looseObject({ name: z.string() });
const entitySchema = z.looseObject({
  id: z.guid(),
  name: z.string().optional(),
  modifiedDate: z.string().default(''),
  modifiedByUserName: z.string().default(''),
  tags: z.array(named).default([]),
  customProperties: z.array(z.looseObject({ value: z.string(), definition: named })).default([]),
});
const appEntity = z.looseObject({ ...appSchema.shape, modifiedByUserName: z.string().default('') });
const resultEntity = z.looseObject({
  ...resultSchema.shape,
  modifiedDate: z.string().default(''),
  modifiedByUserName: z.string().default(''),
  appID: z.string().optional(),
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
  const attempt = `read ${type} ${id}`;
  const own = equalsId('id', id);
  const answer = await qrs.json({
    method: 'GET',
    path: `/qrs/${type.toLowerCase().replaceAll('.', '/')}/full`,
    query: { filter: filter === undefined ? own : `${own} and (${filter})` },
    attempt,
    once: true,
    patience: PATIENCE,
    hints: { 403: `Has ${qrs.site.user} the right to read this?` },
  });
  if (type.toLowerCase() === 'app') {
    const [entity] = checked(z.array(appEntity), qrs, attempt, answer);
    return entity && { kind: 'app', entity };
  }
  if (type.toLowerCase() === 'executionresult') {
    const [entity] = checked(z.array(resultEntity), qrs, attempt, answer);
    return entity && { kind: 'result', entity };
  }
  const [entity] = checked(z.array(entitySchema), qrs, attempt, answer);
  return entity && { kind: 'other', entity };
}
