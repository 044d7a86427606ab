import { messageOf, RemoteError } from '../../base/errors.ts';
import type { Subscription } from '../config/settings.ts';
import { type Loop, loop, postpone, STORE_READ_EVERY, type Tries } from '../loop.ts';
import type { Relay } from '../relay.ts';
import type { Delivery } from '../store/delivery.ts';
import { type Deciding, decider } from './decider.ts';
import type { FirstReadings } from './first-reading.ts';
import { type Due, readBack } from './read-back.ts';

export interface Reviewing extends Deciding {
  /** Those of one type with one filter. */
  subscriptions: readonly Subscription[];
  first: Pick<FirstReadings, 'left'>;
  /** The site did not answer: it may not have notified these subscriptions either. */
  silent: () => void;
}

export interface Review extends Loop {
  /** The site is known to answer again. */
  back(): void;
}

/** Reads back what is due of one type of one site under one filter, and decides: a slow filter delays no other one. */
export function review(relay: Relay, given: Reviewing): Review {
  const { store, clock, log, redact } = relay;
  const { qrs, subscriptions, first } = given;
  const site = qrs.site.name;
  const names = subscriptions.map(({ name }) => name);
  const what = `Changes for ${names.join(', ')} of site "${site}"`;
  const silence: Tries = { due: 0, failures: 0 };
  const decideAll = decider(relay, given);

  async function turn(): Promise<number> {
    const wait = Math.ceil(silence.due - clock.steady());
    if (wait > 0) return Math.min(wait, STORE_READ_EVERY);
    const due = await store.toRead(clock.steady(), site, names);
    const ready = due.filter(({ id }) => first.left(id) === 0);
    if (ready.length > 0) return readAndDecide(ready);
    if (due.length > 0) return Math.min(...due.map(({ id }) => first.left(id)));
    const next = (await store.nextDue(site, names)) ?? Number.POSITIVE_INFINITY;
    return Math.max(1, Math.min(next - clock.steady(), STORE_READ_EVERY));
  }

  async function readAndDecide(deliveries: readonly Delivery[]): Promise<number> {
    const due = deliveries.flatMap((delivery): Due[] => {
      const subscription = subscriptions.find(({ name }) => name === delivery.subscription);
      return subscription ? [{ delivery, subscription }] : [];
    });
    try {
      const results = await readBack(qrs, due);
      if (silence.failures > 0) {
        log.info(`${what} can be read again.`);
        await store.hasten(clock.steady(), site, names);
      }
      silence.failures = 0;
      return await decideAll(due, results);
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      if (silence.failures === 0) log.warning(`${what} wait: ${redact(messageOf(error))}`);
      given.silent();
      return postpone(relay, silence);
    }
  }

  async function hasten() {
    silence.due = 0;
    await store.hasten(clock.steady(), site, names).catch(error => log.warning(messageOf(error)));
    reviewing.ring();
  }

  const reviewing = loop(relay, turn);
  return { ...reviewing, back: () => void hasten() };
}
