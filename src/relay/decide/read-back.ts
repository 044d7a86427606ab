import { RemoteError } from '../../base/errors.ts';
import { type AnyEntity, readEntities } from '../../qrs/any-entity.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { Subscription } from '../config/settings.ts';
import type { Delivery } from '../store/delivery.ts';

/** An entity as it is now. */
export interface Reading {
  /** Undefined: there is none that meets the filter. */
  watched: AnyEntity | undefined;
  /** It exists, but does not meet the filter; looked for only where a deletion may ask. */
  beyond: AnyEntity | undefined;
}

export interface ReadBack {
  read: Map<Delivery, Reading>;
  /** These cannot be read; another one can, as far as is known. */
  failed: Map<Delivery, RemoteError>;
}

export interface Asked {
  delivery: Delivery;
  subscription: Subscription;
}

/** After so many refusals in a row without a success, the rest of a batch is left for the next time. */
const ENOUGH = 3;
/** Read at a time: their ids fit into the URL of one request. */
const AT_ONCE = 100;

/**
 * Reads the entities of many deliveries, those with one filter in one request. Deliveries that it could not even try
 * are in neither map. Throws RemoteError when the site does not answer; where it answers for some, the others failed.
 */
export async function readBack(qrs: Qrs, asked: readonly Asked[]): Promise<ReadBack> {
  const result: ReadBack = { read: new Map(), failed: new Map() };
  const groups = Map.groupBy(asked, one => `${one.delivery.entity.toLowerCase()} ${filterOf(one) ?? ''}`);
  const silent: RemoteError[] = [];
  for (const group of groups.values()) {
    const error = await readOrFail(qrs, group, result);
    if (error) silent.push(error);
    if (silent.length >= ENOUGH && result.read.size === 0) break;
  }
  const [why] = silent;
  if (why && result.read.size === 0) throw why;
  return result;
}

/** Resolves to why the site did not answer for a group, if it did not: that may be so for this type alone. */
async function readOrFail(
  qrs: Qrs,
  group: readonly Asked[],
  result: ReadBack,
): Promise<RemoteError | undefined> {
  try {
    for (let at = 0; at < group.length; at += AT_ONCE) {
      await readGroup(qrs, group.slice(at, at + AT_ONCE), result, { failures: 0 });
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    for (const { delivery } of group) if (!result.read.has(delivery)) result.failed.set(delivery, error);
    return error;
  }
}

/** Neither filter nor conditions can be asked of what is gone (docs/qrs.md 7.1). */
function filterOf({ delivery, subscription }: Asked): string | undefined {
  return delivery.change === 'delete' ? undefined : subscription.filter;
}

/** When a batch is refused, its halves tell which entity it is: one that the site cannot show holds up no other. */
async function readGroup(qrs: Qrs, group: readonly Asked[], result: ReadBack, tally: { failures: number }) {
  const [one] = group;
  if (!one || tally.failures >= ENOUGH) return;
  try {
    await readAll(qrs, group, one, result);
    tally.failures = 0;
  } catch (error) {
    if (!(error instanceof RemoteError) || error.status === undefined) throw error;
    if (group.length === 1) {
      tally.failures += 1;
      result.failed.set(one.delivery, error);
      return;
    }
    const half = Math.ceil(group.length / 2);
    await readGroup(qrs, group.slice(0, half), result, tally);
    await readGroup(qrs, group.slice(half), result, tally);
  }
}

async function readAll(qrs: Qrs, group: readonly Asked[], first: Asked, { read, failed }: ReadBack) {
  const filter = filterOf(first);
  const { entity } = first.delivery;
  const ids = (some: readonly Asked[]) => [...new Set(some.map(({ delivery }) => delivery.object))];
  const { found, odd } = await readEntities(qrs, entity, ids(group), filter);
  const absent = group.filter(
    ({ delivery, subscription }) =>
      filter !== undefined && subscription.changes.includes('delete') && !found.has(delivery.object),
  );
  const beyond = absent.length > 0 ? (await readEntities(qrs, entity, ids(absent))).found : undefined;
  for (const { delivery } of group) {
    const { object } = delivery;
    const problem = odd.get(object);
    if (problem === undefined) {
      read.set(delivery, { watched: found.get(object), beyond: beyond?.get(object) });
    } else failed.set(delivery, unusable(qrs, entity, object, problem));
  }
}

function unusable({ site }: Qrs, entity: string, id: string, problem: string): RemoteError {
  const attempt = `read ${entity} ${id}`;
  return new RemoteError({
    site: site.name,
    attempt,
    status: 200,
    answer: problem,
    mayBeDone: false,
    final: true,
  });
}
