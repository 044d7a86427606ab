import * as z from 'zod';
import type { Qrs } from './connection.ts';
import { type Change, changeOf } from './subscriptions.ts';

/** A change that QRS remembers (docs/qrs.md 7.5): the entity's type and id, and the date by the site's clock. */
export interface PastChange {
  entity: string;
  id: string;
  change: Change;
  /** As QRS writes it. */
  date: string;
  /** It was added and has been updated since; QRS lists only one change of an entity. */
  updated: boolean;
  /** When the entity was created, ms since the epoch by the site's clock; 0 where the site does not say. */
  created: number;
}

const changeSchema = z.looseObject({
  changeType: z.union([z.number(), z.string()]),
  id: z.guid(),
  type: z.string(),
  changeDate: z.string(),
  object: z
    .looseObject({ id: z.guid(), createdDate: z.string().nullish(), modifiedDate: z.string().nullish() })
    .nullish(),
});

/** Whoever creates an entity may write it more than once within this time, ms. */
const MAKING = 1000;

/** The changes since a date of the site's clock. Entities that the user may not read are absent. */
export async function changesSince(
  qrs: Qrs,
  since: string,
  entities: readonly string[],
): Promise<PastChange[]> {
  const attempt = `list changes since ${since}`;
  const { found } = await qrs.list(changeSchema, {
    method: 'GET',
    path: '/qrs/notification/changes',
    query: { since, types: entities.join(',') },
    attempt,
    once: true,
  });
  return found.flatMap(({ changeType, id, type, changeDate, object }) => {
    const change = changeOf(changeType);
    if (!change) return [];
    // It is not documented whether `id` is the change's or the entity's.
    const entityId = (object?.id ?? id).toLowerCase();
    const created = Date.parse(object?.createdDate ?? '');
    const after = Date.parse(object?.modifiedDate ?? '') - created;
    const updated = change === 'add' && after > MAKING;
    return [{ entity: type, id: entityId, change, date: changeDate, updated, created: created || 0 }];
  });
}
