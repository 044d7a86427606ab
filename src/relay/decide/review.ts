import { messageOf, RemoteError } from '../../base/errors.ts';
import { limiter } from '../../base/limit.ts';
import type { Subscription } from '../config/settings.ts';
import { type Loop, loop, postpone, STORE_READ_EVERY, type Tries } from '../loop.ts';
import type { Relay } from '../relay.ts';
import type { Unread } from '../store/read.ts';
import { type Deciding, decider } from './decider.ts';
import type { FirstReadings } from './first-reading.ts';
import { type Due, type ReadBack, readBack } from './read-back.ts';

export interface Reviewing extends Deciding, Pick<FirstReadings, 'left'> {
  /** Those of one type with one filter. */
  subscriptions: readonly Subscription[];
  /** The site did not answer: it may not have notified these subscriptions either. */
  silent: () => void;
}

/** Entities that are read by one request: their ids fit into its URL. */
const TOGETHER = 100;
/** Entities that are read by themselves in one turn, and of these at a time: each takes a connection. */
const APART = 8;
export const APART_AT_ONCE = 3;
/** The pause after a turn in which the site has shown none of them, ms. */
const REFUSED = 1_000;

export interface Review extends Loop {
  /** Call this when the site answers again. */
  back(): void;
}

/**
 * Reads back what is due of one type of one site under one filter, and decides. An entity that the site could not show
 * is read by itself from then on, in a loop of its own: a read that hangs delays no other one.
 */
export function review(relay: Relay, given: Reviewing): Review {
  const { store, clock, log } = relay;
  const { qrs } = given;
  const among = { site: qrs.site.name, names: given.subscriptions.map(({ name }) => name) };
  const silence: Tries = { due: 0, failures: 0 };
  const decideAll = decider(relay, given);

  async function readTogether(): Promise<number> {
    const wait = Math.ceil(silence.due - clock.steady());
    if (wait > 0) return Math.min(wait, STORE_READ_EVERY);
    const due = await dueOf(relay, given, { ...among, apart: false }, TOGETHER);
    if (typeof due === 'number') return due;
    const read = await readBack(qrs, due, 'readMany');
    await decideAll(due, read);
    const failures = failuresIn(read);
    if (failures.length < due.length) {
      silence.failures = 0;
      return 0;
    }
    apart.ring();
    if (failures.some(({ status }) => status === undefined)) given.silent();
    return postpone(relay, silence);
  }

  async function readApart(): Promise<number> {
    const due = await dueOf(relay, given, { ...among, apart: true }, APART);
    if (typeof due === 'number') return due;
    const few = limiter(APART_AT_ONCE);
    const readOne = async (one: Due) => {
      const read = await readBack(qrs, [one], 'readBack');
      await decideAll([one], read);
      return failuresIn(read).length;
    };
    const failed = await Promise.all(due.map(one => few(() => readOne(one))));
    return failed.every(count => count > 0) ? REFUSED : 0;
  }

  async function hasten() {
    silence.due = 0;
    await store.hasten(clock.steady(), among).catch(error => log.warning(messageOf(error)));
    ring();
  }

  const together = loop(relay, readTogether);
  const apart = loop(relay, readApart);
  const ring = (at?: number) => {
    together.ring(at);
    apart.ring(at);
  };
  return {
    ring,
    done: Promise.all([together.done, apart.done]).then(() => {}),
    back: () => void hasten(),
  };
}

/** The deliveries that are due, or the time until the next one is, ms. */
async function dueOf(
  { store, clock }: Relay,
  { subscriptions, left }: Reviewing,
  among: Unread,
  limit: number,
): Promise<Due[] | number> {
  const found = await store.toRead(clock.steady(), among, limit);
  const ready = found.filter(({ id }) => left(id) === 0);
  if (ready.length > 0)
    return ready.flatMap((delivery): Due[] => {
      const subscription = subscriptions.find(({ name }) => name === delivery.subscription);
      return subscription ? [{ delivery, subscription }] : [];
    });
  if (found.length > 0) return Math.min(...found.map(({ id }) => left(id)));
  const due = (await store.nextDue(among)) ?? Number.POSITIVE_INFINITY;
  return Math.max(1, Math.min(due - clock.steady(), STORE_READ_EVERY));
}

const failuresIn = (read: ReadBack) => [...read.values()].filter(one => one instanceof RemoteError);
