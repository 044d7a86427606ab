import { RemoteError } from '../../base/errors.ts';
import { type AnyEntity, readEntities } from '../../qrs/any-entity.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { Time } from '../../qrs/limits.ts';
import { unusable } from '../../qrs/shape.ts';
import type { Subscription } from '../config/settings.ts';
import type { Delivery } from '../store/delivery.ts';

/** An entity as it is now. */
export interface Reading {
  /** Undefined: there is none that meets the filter. */
  watched: AnyEntity | undefined;
  /** It exists, but does not meet the filter; looked for only where a deletion may ask. */
  beyond: AnyEntity | undefined;
}

export interface Due {
  delivery: Delivery;
  subscription: Subscription;
}

/** By delivery, what was read, or why it cannot be read. */
export type ReadBack = Map<Delivery, Reading | RemoteError>;

/**
 * Reads the entities of deliveries of one type whose subscriptions have one filter, in as few requests as their ids
 * allow. When the site refuses a request, or does not answer it, none of its entities can be read.
 */
export async function readBack(qrs: Qrs, due: readonly Due[], time: Time): Promise<ReadBack> {
  const result: ReadBack = new Map();
  const groups = [...Map.groupBy(due, filterOf)];
  // Side by side: deletions are read without the filter, and do not wait for it.
  await Promise.all(
    groups.map(async ([filter, group]) => {
      try {
        await readGroup(qrs, group, { filter, time }, result);
      } catch (error) {
        if (!(error instanceof RemoteError)) throw error;
        for (const { delivery } of group) result.set(delivery, error);
      }
    }),
  );
  return result;
}

async function readGroup(
  qrs: Qrs,
  group: readonly Due[],
  { filter, time }: { filter: string | undefined; time: Time },
  result: ReadBack,
) {
  const type = group[0]?.delivery.entity ?? '';
  const ids = (some: readonly Due[]) => [...new Set(some.map(({ delivery }) => delivery.object))];
  const { found, odd } = await readEntities(qrs, type, ids(group), { filter, time });
  const absent = group.filter(
    ({ delivery, subscription }) =>
      filter !== undefined && subscription.changes.includes('delete') && !found.has(delivery.object),
  );
  const beyond = absent.length > 0 ? (await readEntities(qrs, type, ids(absent), { time })).found : undefined;
  for (const { delivery } of group) {
    const id = delivery.object;
    const problem = odd.get(id);
    if (problem === undefined) result.set(delivery, { watched: found.get(id), beyond: beyond?.get(id) });
    else result.set(delivery, unusable(qrs.site.name, `read ${type} ${id}`, problem, true));
  }
}

/** A deleted entity can be checked against neither filter nor conditions (docs/qrs.md 7.1). */
function filterOf({ delivery, subscription }: Due): string | undefined {
  return delivery.change === 'delete' ? undefined : subscription.filter;
}
