import type { AppObject } from '../qrs/apps/objects.ts';

/** What the objects of an app, and of the upload of its copy, show of their hashes; undefined where there are none. Pure. */
export function hashesOf(ones: readonly AppObject[], others: readonly AppObject[]): string | undefined {
  const pairs = pairsOf(ones, others);
  if (pairs.length === 0) return undefined;
  if (pairs.every(([one, other]) => !one.contentHash && !other.contentHash)) return 'it is empty';
  const same = pairs.filter(([one, other]) => one.contentHash === other.contentHash);
  return `the same for ${same.length} of ${pairs.length} objects after a copy and an upload`;
}

/** Whether the dates of an app's objects have moved; undefined where it shows none. Pure. */
export function movedDates(before: readonly AppObject[], after: readonly AppObject[]): string | undefined {
  const dates = new Map(before.map(({ id, modifiedDate }) => [id, modifiedDate]));
  const both = after.filter(({ id }) => dates.has(id));
  if (both.length === 0) return undefined;
  return both.some(({ id, modifiedDate }) => dates.get(id) !== modifiedDate) ? 'yes' : 'no';
}

/** Objects that correspond: an upload gives each a new id, and keeps the engine's. */
function pairsOf(ones: readonly AppObject[], others: readonly AppObject[]): [AppObject, AppObject][] {
  return ones.flatMap(one => {
    const other = others.find(
      ({ engineObjectId, objectType }) =>
        engineObjectId === one.engineObjectId && objectType === one.objectType,
    );
    return other ? [[one, other] satisfies [AppObject, AppObject]] : [];
  });
}
