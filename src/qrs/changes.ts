import { z } from 'zod';
import type { Qrs } from './connection.ts';
import { checked } from './entities.ts';
import { type Change, changeOf } from './subscriptions.ts';

/** A change that QRS remembers (docs/qrs.md 7.5): who of which type, and when, by the site's clock. */
export interface PastChange {
  entity: string;
  id: string;
  change: Change;
  /** As QRS writes it. */
  date: string;
}

const schema = z.array(
  z.looseObject({
    changeType: z.union([z.number(), z.string()]),
    id: z.guid(),
    object: z.looseObject({ id: z.guid() }).nullish(),
    type: z.string(),
    changeDate: z.string(),
  }),
);

/** What has changed since then, by the site's own clock. What the user may not read is absent. */
export async function changesSince(
  qrs: Qrs,
  since: string,
  entities: readonly string[],
): Promise<PastChange[]> {
  const attempt = `list changes since ${since}`;
  const answer = await qrs.json({
    method: 'GET',
    path: '/qrs/notification/changes',
    query: { since, types: entities.join(',') },
    attempt,
    once: true,
  });
  return checked(schema, qrs, attempt, answer).flatMap(({ changeType, object, id, type, changeDate }) => {
    const change = changeOf(changeType);
    // The outer id is the record's own; nobody says so of one without an object.
    const entity = (object?.id ?? id).toLowerCase();
    return change ? [{ entity: type, id: entity, change, date: changeDate }] : [];
  });
}
