import { messageOf, RemoteError } from '../../base/errors.ts';
import { type Limiter, limiter } from '../../base/limit.ts';
import type { Time } from '../../qrs/limits.ts';
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
  reads: Reads;
}

/** The reads of one site, of all filters. Those that hang use up no other's connection. */
export type Reads = Record<keyof typeof AT_ONCE, Limiter>;

/**
 * Reads at a time: of many entities, of one that the site did not show with others, and of one that it does not show
 * either. The first may take two connections, as deletions are read without the filter.
 */
const AT_ONCE = { together: 25, sorted: 25, apart: 20 };
export const MOST_READS = 2 * AT_ONCE.together + AT_ONCE.sorted + AT_ONCE.apart;

export const readsOf = (): Reads => ({
  together: limiter(AT_ONCE.together),
  sorted: limiter(AT_ONCE.sorted),
  apart: limiter(AT_ONCE.apart),
});

/** Entities that are read by one request: their ids fit into its URL. */
const TOGETHER = 100;
/** Of those that the site does not show, so many are read at a time. */
const APART = 3;
/** The pause after a turn in which the site has shown none of them, ms. */
const REFUSED = 1_000;

export interface Review extends Loop {
  /** Call this when the site answers again. */
  back(): Promise<void>;
}

/**
 * Reads back what is due of one type of one site under one filter, and decides. Where the site does not show several
 * entities, each of them is read by itself at once. One that it does not show even then is read by itself from then
 * on, in a loop of its own: a read that hangs delays no other one.
 */
export function review(relay: Relay, given: Reviewing): Review {
  const { store, clock, log } = relay;
  const { qrs, reads } = given;
  const among = { site: qrs.site.name, names: given.subscriptions.map(({ name }) => name) };
  const silence: Tries = { due: 0, failures: 0 };
  const decideAll = decider(relay, given);
  const isShown = async (one: Due, time: Time) => {
    const read = await readBack(qrs, [one], time);
    await decideAll([one], read);
    return failuresIn(read).length === 0;
  };
  /** What is being read by itself, because the site did not show it with others. */
  const sorting = new Map<string, Promise<void>>();

  async function readTogether(): Promise<number> {
    const wait = Math.ceil(silence.due - clock.steady());
    if (wait > 0) return Math.min(wait, STORE_READ_EVERY);
    // The site shows nothing at all, most likely.
    if (silence.failures > 1 && sorting.size > 0) return STORE_READ_EVERY;
    const due = await dueOf(relay, given, { ...among, apart: false }, TOGETHER, sorting);
    if (typeof due === 'number') return due;
    const read = await reads.together(() => readBack(qrs, due, 'readMany'));
    const failures = failuresIn(read);
    const unread = due.filter(({ delivery }) => due.length > 1 && read.get(delivery) instanceof RemoteError);
    await decideAll(
      due.filter(one => !unread.includes(one)),
      read,
    );
    for (const one of unread) sorting.set(one.delivery.id, sortOut(one));
    if (failures.length < due.length) {
      silence.failures = 0;
      return 0;
    }
    if (unread.length === 0) apart.ring();
    if (failures.some(({ status }) => status === undefined)) given.silent();
    return postpone(relay, silence);
  }

  async function sortOut(one: Due): Promise<void> {
    try {
      if (await reads.sorted(() => isShown(one, 'readMany'))) silence.failures = 0;
    } catch (error) {
      log.debug(messageOf(error));
    }
    sorting.delete(one.delivery.id);
    ring();
  }

  async function readApart(): Promise<number> {
    const due = await dueOf(relay, given, { ...among, apart: true }, APART);
    if (typeof due === 'number') return due;
    const shown = await Promise.all(due.map(one => reads.apart(() => isShown(one, 'readBack'))));
    return shown.includes(true) ? 0 : REFUSED;
  }

  const together = loop(relay, readTogether);
  const apart = loop(relay, readApart);
  const ring = (at?: number) => {
    together.ring(at);
    apart.ring(at);
  };
  return {
    ring,
    done: Promise.all([together.done, apart.done]).then(async () => {
      await Promise.all(sorting.values());
    }),
    back: async () => {
      silence.due = 0;
      await store.hasten(clock.steady(), among).catch(error => log.warning(messageOf(error)));
      ring();
    },
  };
}

/** The deliveries that are due, or the time until the next one is, ms. */
async function dueOf(
  { store, clock }: Relay,
  { subscriptions, left }: Reviewing,
  among: Unread,
  limit: number,
  underWay: ReadonlyMap<string, unknown> = new Map(),
): Promise<Due[] | number> {
  const all = await store.toRead(clock.steady(), among, limit + underWay.size);
  const found = all.filter(({ id }) => !underWay.has(id));
  const ready = found.filter(({ id }) => left(id) === 0);
  if (ready.length > 0)
    return ready.flatMap((delivery): Due[] => {
      const subscription = subscriptions.find(({ name }) => name === delivery.subscription);
      return subscription ? [{ delivery, subscription }] : [];
    });
  if (found.length > 0) return Math.min(...found.map(({ id }) => left(id)));
  if (all.length > 0) return STORE_READ_EVERY;
  const due = (await store.nextDue(among)) ?? Number.POSITIVE_INFINITY;
  return Math.max(1, Math.min(due - clock.steady(), STORE_READ_EVERY));
}

const failuresIn = (read: ReadBack) => [...read.values()].filter(one => one instanceof RemoteError);
