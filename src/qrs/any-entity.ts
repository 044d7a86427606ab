import * as z from 'zod';
import type { Qrs } from './connection.ts';
import { type App, appSchema } from './entities.ts';
import { resultSchema } from './execution-results.ts';
import { anyOf, equalsId } from './filter.ts';
import type { Time } from './limits.ts';
import { maybeId, or } from './shape.ts';

const called = z.looseObject({ name: z.string() });
const entitySchema = z.looseObject({
  id: z.guid(),
  name: z.string().nullish(),
  modifiedDate: or(z.string(), ''),
  modifiedByUserName: or(z.string(), ''),
  tags: or(z.array(called), []),
  customProperties: or(z.array(z.looseObject({ value: z.string(), definition: called })), []),
});
const resultEntity = z.looseObject({
  ...resultSchema.shape,
  modifiedDate: or(z.string(), ''),
  modifiedByUserName: or(z.string(), ''),
  appID: maybeId(),
});

/** The current state of an entity, by its kind. */
export type AnyEntity =
  | { kind: 'app'; entity: App }
  | { kind: 'result'; entity: z.infer<typeof resultEntity> }
  | { kind: 'other'; entity: z.infer<typeof entitySchema> };

/** Entities by their ids, in lower case. */
export interface EntitiesRead {
  found: Map<string, AnyEntity>;
  /** The problems of entities with the wrong shape. */
  odd: Map<string, string>;
}

/** The fields that are read of each type; all other types are read as a general entity. */
const KINDS: Readonly<Record<string, z.ZodType<AnyEntity>>> = {
  app: appSchema.transform((entity): AnyEntity => ({ kind: 'app', entity })),
  executionresult: resultEntity.transform((entity): AnyEntity => ({ kind: 'result', entity })),
};
const OTHER: z.ZodType<AnyEntity> = entitySchema.transform(
  (entity): AnyEntity => ({ kind: 'other', entity }),
);

/**
 * Reads entities of any type, in as few requests as the length of a URL allows. The result lacks entities that do not
 * exist, do not meet the filter, or that the user may not read. `type` is a type's name as QRS writes it; its path is
 * the name in lower case.
 */
export async function readEntities(
  qrs: Qrs,
  type: string,
  ids: readonly string[],
  { filter, time = 'readMany' }: { filter?: string | undefined; time?: Time } = {},
): Promise<EntitiesRead> {
  const read: EntitiesRead = { found: new Map(), odd: new Map() };
  for (const own of anyOf(ids.map(id => equalsId('id', id)))) {
    const { found, odd } = await qrs.list(KINDS[type.toLowerCase()] ?? OTHER, {
      method: 'GET',
      path: `/qrs/${type.toLowerCase().replaceAll('.', '/')}/full`,
      query: { filter: filter === undefined ? own : `${own} and (${filter})` },
      attempt: ids.length === 1 ? `read ${type} ${ids[0]}` : `read ${ids.length} entities of type ${type}`,
      once: true,
      time,
      hints: { 403: `Has ${qrs.site.user} the right to read this?` },
    });
    for (const one of found) read.found.set(one.entity.id.toLowerCase(), one);
    for (const { id, problem } of odd) if (id !== undefined) read.odd.set(id.toLowerCase(), problem);
  }
  return read;
}
