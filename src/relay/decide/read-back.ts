import { RemoteError } from '../../base/errors.ts';
import { type AnyEntity, readEntities } from '../../qrs/any-entity.ts';
import type { Qrs } from '../../qrs/connection.ts';
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

/** By delivery, what was read, or why it cannot be read. Those that were left for the next time are absent. */
export type ReadBack = Map<Delivery, Reading | RemoteError>;

/** After so many refusals in a row, the rest of a batch is left for the next time. */
const ENOUGH = 3;
/** Read at a time: their ids fit into the URL of one request. */
const AT_ONCE = 100;

/**
 * Reads the entities of many deliveries of one type whose subscriptions have one filter, in as few requests as their
 * ids allow. Throws RemoteError when the site answers for none of them.
 */
export async function readBack(qrs: Qrs, due: readonly Due[]): Promise<ReadBack> {
  const result: ReadBack = new Map();
  const groups = [...Map.groupBy(due, filterOf).values()];
  // Side by side: deletions are read without the filter, and do not wait for it.
  const silent = await Promise.all(groups.map(group => readOneFilter(qrs, group, result)));
  const why = silent.find(error => error !== undefined);
  if (why && [...result.values()].every(one => one instanceof RemoteError)) throw why;
  return result;
}

/** Resolves to why the site did not answer, if it did not. */
async function readOneFilter(
  qrs: Qrs,
  group: readonly Due[],
  result: ReadBack,
): Promise<RemoteError | undefined> {
  try {
    for (let at = 0; at < group.length; at += AT_ONCE) {
      await readHalves(qrs, group.slice(at, at + AT_ONCE), result, { failures: 0 });
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    for (const { delivery } of group) if (!result.has(delivery)) result.set(delivery, error);
    return error;
  }
}

/** When a batch is refused, its halves show which entity is to blame, so that it holds up no other. */
async function readHalves(qrs: Qrs, group: readonly Due[], result: ReadBack, tally: { failures: number }) {
  const [one] = group;
  if (!one || tally.failures >= ENOUGH) return;
  try {
    await readGroup(qrs, group, one, result);
    tally.failures = 0;
  } catch (error) {
    if (!(error instanceof RemoteError) || error.status === undefined) throw error;
    if (group.length === 1) {
      tally.failures += 1;
      result.set(one.delivery, error);
      return;
    }
    const half = Math.ceil(group.length / 2);
    await readHalves(qrs, group.slice(0, half), result, tally);
    await readHalves(qrs, group.slice(half), result, tally);
  }
}

async function readGroup(qrs: Qrs, group: readonly Due[], first: Due, result: ReadBack) {
  const filter = filterOf(first);
  const type = first.delivery.entity;
  const ids = (some: readonly Due[]) => [...new Set(some.map(({ delivery }) => delivery.object))];
  const { found, odd } = await readEntities(qrs, type, ids(group), filter);
  const absent = group.filter(
    ({ delivery, subscription }) =>
      filter !== undefined && subscription.changes.includes('delete') && !found.has(delivery.object),
  );
  const beyond = absent.length > 0 ? (await readEntities(qrs, type, ids(absent))).found : undefined;
  for (const { delivery } of group) {
    const id = delivery.object;
    const problem = odd.get(id);
    if (problem === undefined) result.set(delivery, { watched: found.get(id), beyond: beyond?.get(id) });
    else result.set(delivery, unusable(qrs.site.name, `read ${type} ${id}`, problem, true));
  }
}

/** Neither filter nor conditions can be asked of what is gone (docs/qrs.md 7.1). */
function filterOf({ delivery, subscription }: Due): string | undefined {
  return delivery.change === 'delete' ? undefined : subscription.filter;
}
