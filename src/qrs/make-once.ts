import { settle } from '../base/retry.ts';
import type { Qrs } from './connection.ts';

/** An entity whose name QRS does not keep unique: a stream, a tag, a task (docs/qrs.md 4.7). */
interface Dated {
  id: string;
  createdDate: string;
}

/** How to find, make and remove an entity of one name. */
interface Making<T extends Dated> {
  /** Its kind and name, as in `stream "Everyone"`. */
  what: string;
  find: () => Promise<readonly T[]>;
  make: () => Promise<T>;
  /** Whether anybody uses it already. */
  inUse: (mine: T) => Promise<boolean>;
  remove: (mine: T) => Promise<void>;
}

/**
 * Returns the entity of that name, and makes it where there is none. It looks right before and right after: when
 * another run made one at the same time, both runs use the older one, and the run that made the later one removes it,
 * unless somebody uses it. After a lost answer it looks again; what it finds then may be another run's, and is never
 * removed.
 */
export async function makeOnce<T extends Dated>(
  qrs: Qrs,
  { what, find, make, inUse, remove }: Making<T>,
): Promise<T> {
  const [there] = oldestFirst(await find());
  if (there) return there;
  let lost = false;
  const made = await settle(
    qrs,
    async () => ({ one: await make(), own: true }),
    async () => {
      const [found] = oldestFirst(await find());
      return found && { one: found, own: false };
    },
    () => {
      lost = true;
    },
  );
  if (lost && made.own) {
    qrs.log.warning(
      `Site "${qrs.site.name}" gave no answer when it was first asked to make the ${what}, so a second one of that name ` +
        'may yet appear there. If it does, remove the one that is not in use.',
    );
  }
  if (!made.own) return made.one;
  const others = (await findWith(qrs, made.one, find)).filter(({ id }) => id !== made.one.id);
  const [oldest = made.one] = oldestFirst([...others, made.one]);
  if (oldest.id !== made.one.id && !(await inUse(made.one))) await remove(made.one);
  return oldest;
}

/** Pauses before looking again, ms. */
const PAUSES = [500, 1000, 2000];

/** Looks until the list shows `mine`, so that it shows the older ones, too: it may lag behind (docs/qrs.md 4.2). */
async function findWith<T extends Dated>(qrs: Qrs, mine: T, find: Making<T>['find']): Promise<readonly T[]> {
  for (const pause of PAUSES) {
    const found = await find();
    if (found.some(({ id }) => id === mine.id)) return found;
    await qrs.clock.sleep(pause, qrs.signal);
  }
  return find();
}

/** By the date of creation, then the id, so that every run takes the same one. Pure. */
export function oldestFirst<T extends Dated>(all: readonly T[]): T[] {
  return [...all].sort((one, other) => order(one.createdDate, other.createdDate) || order(one.id, other.id));
}

function order(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
