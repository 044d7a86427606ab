import * as z from 'zod';
import type { SteadyClock } from '../../base/clock.ts';
import { messageOf, StoppedError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { Dispatch, DispatchOutcome } from '../../github/dispatch.ts';
import { type Bell, createBell } from '../bell.ts';
import type { Subscription } from '../config/settings.ts';
import type { Metrics } from '../metrics.ts';
import type { Delivery } from '../store/delivery.ts';
import type { Settlement } from '../store/dispatch.ts';
import type { Store } from '../store/store.ts';
import { createLanes } from './lanes.ts';
import { type Came, outcomes } from './outcome.ts';

export interface Delivering {
  store: Store;
  subscriptions: readonly Subscription[];
  send: (dispatch: Dispatch, signal: AbortSignal) => Promise<DispatchOutcome>;
  clock: SteadyClock;
  log: Log;
  redact: (text: string) => string;
  metrics: Metrics;
  /** Least time between two calls, ms. */
  interval: number;
  random: () => number;
  signal: AbortSignal;
}

/** The store is looked at so often even if nothing rings, ms: another process may have changed it. */
const LOOK = 5_000;

const payloadSchema = z.record(z.string(), z.unknown());

/** Dispatches what is wanted, one call at a time and the oldest first, until the signal aborts. */
export function deliver(given: Delivering): { bell: Bell; done: Promise<void> } {
  const { store, clock, log, metrics } = given;
  const bell = createBell();
  const { interval, random } = given;
  const repositories = [...new Set(given.subscriptions.map(({ send }) => send.repository.toLowerCase()))];
  const lanes = createLanes({ repositories, interval, random, steady: clock.steady });
  const { settlementOf, write: writeLane } = outcomes({ ...given, lanes });

  /** Deliveries that failed are left out now and then, but only while there is another one. */
  async function next(): Promise<Delivery | undefined> {
    const free = lanes.free();
    const at = { now: clock.now(), tick: clock.steady() };
    return (
      (await store.claim(at, free)) ??
      (await store.claim(
        at,
        free.flatMap(({ repository, except = [] }) => (except.length > 0 ? [{ repository }] : [])),
      ))
    );
  }

  async function send(delivery: Delivery) {
    const subscription = given.subscriptions.find(({ name }) => name === delivery.subscription);
    const payload = payloadSchema.safeParse(jsonOf(delivery.payload));
    if (!subscription || !payload.success) return write(delivery.id, unsendable(subscription));
    if (delivery.maybeSent) metrics.repeated.inc();
    lanes.called();
    const { repository, event } = subscription.send;
    // The call under way may end when the relay stops: what came of it is worth knowing.
    const signal = new AbortController().signal;
    const came = await given
      .send({ repository, event, payload: payload.data }, signal)
      .catch((error): Came => ({ kind: 'unknown', words: messageOf(error) }));
    await write(delivery.id, await settlementOf(delivery, came));
  }

  /**
   * Not only tried: what came of a call is known here alone, and its entity waits for it. With a full disk nothing
   * else could be sent either.
   */
  async function write(id: string, settlement: Settlement): Promise<void> {
    for (let failed = false; ; failed = true) {
      try {
        return await store.settle(id, settlement, clock.now());
      } catch (error) {
        if (!failed) log.warning(`What came of dispatch ${id} cannot be written: ${messageOf(error)}`);
        await clock.sleep(1000, given.signal);
      }
    }
  }

  async function turn(): Promise<number> {
    metrics.paused.set(lanes.rest() > interval ? 1 : 0);
    for (const repository of repositories) {
      metrics.laneWaits.set({ repository }, lanes.waiting().has(repository) ? 1 : 0);
    }
    const wait = lanes.next();
    if (wait > 0) return Math.min(wait, LOOK);
    const delivery = await next();
    if (!delivery) return Math.min(LOOK, Math.max(1, lanes.soonest()));
    await send(delivery);
    return 0;
  }

  /** The times in the rows are of the machine's clock, which may have been set since: they are written anew. */
  async function takeUp() {
    const rows = await store.lanes();
    lanes.restore(rows, clock.now());
    for (const { repository } of rows) await writeLane(repository);
  }

  async function loop() {
    await takeUp().catch(error => log.warning(messageOf(error)));
    while (!given.signal.aborted) {
      const wait = await turn().catch(error => {
        if (!(error instanceof StoppedError)) log.warning(messageOf(error));
        return 1000;
      });
      await bell.wait(wait, clock, given.signal);
    }
  }
  return { bell, done: loop() };
}

function unsendable(subscription: Subscription | undefined): Settlement {
  return subscription
    ? { state: 'dead', cause: 'store', reason: 'its payload in the store is damaged' }
    : {
        state: 'dead',
        cause: 'configuration',
        reason: 'its subscription is not in the configuration any more',
      };
}

function jsonOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
