import * as z from 'zod';
import { abortedAfter } from '../../base/deadline.ts';
import { messageOf } from '../../base/errors.ts';
import type { Dispatch, DispatchOutcome } from '../../github/dispatch.ts';
import type { Subscription } from '../config/settings.ts';
import { type Loop, loop } from '../loop.ts';
import type { Relay } from '../relay.ts';
import type { Delivery } from '../store/delivery.ts';
import type { Settlement } from '../store/dispatch.ts';
import { laneRecord } from './lane-record.ts';
import { createLanes } from './lanes.ts';
import { givenUp, outcomes } from './outcome.ts';

export interface Delivering {
  subscriptions: readonly Subscription[];
  /** Calls GitHub. */
  send: (dispatch: Dispatch, signal: AbortSignal) => Promise<DispatchOutcome>;
  /** Least time between two calls, ms. */
  interval: number;
  /** Whether this relay has the configuration of the others; without it, a change may be none of its own. */
  agrees: () => boolean;
  /** From 0 to 1. */
  random: () => number;
}

/** How often the store is read in any case, ms: a command may have changed it. */
const LOOK = 5_000;
/** A call under way when the relay stops may still end, so that its outcome is known, ms. */
const GRACE = 3_000;

/** Dispatches what is wanted, one call at a time and the oldest first. */
export function deliver(relay: Relay, { subscriptions, send, interval, random, agrees }: Delivering): Loop {
  const { store, clock, log, metrics, signal } = relay;
  const repositories = [...new Set(subscriptions.map(one => one.send.repository.toLowerCase()))];
  const lanes = createLanes({ repositories, interval, random, steady: clock.steady });
  const lanesKept = laneRecord(relay, lanes);
  const settlementOf = outcomes(relay, lanes, lanesKept);
  const late = abortedAfter(signal, GRACE);
  let restored = false;

  /** Deliveries that failed are left out now and then, but only while there is another one. */
  async function claim(): Promise<Delivery | undefined> {
    const at = { now: clock.now(), tick: clock.steady() };
    const free = lanes.free();
    const probing = free.filter(({ except = [] }) => except.length > 0);
    return (
      (await store.claim(at, free)) ??
      (await store.claim(
        at,
        probing.map(({ repository }) => ({ repository })),
      ))
    );
  }

  async function dispatched(delivery: Delivery): Promise<Settlement> {
    const subscription = subscriptions.find(({ name }) => name === delivery.subscription);
    if (!subscription) {
      const reason = 'its subscription is not in the configuration any more';
      return givenUp(relay, delivery, reason, 'configuration');
    }
    const payload = payloadIn(delivery);
    if (!payload) return givenUp(relay, delivery, 'its payload in the store is damaged', 'store');
    if (delivery.maybeSent) metrics.repeated.inc();
    lanes.called();
    const outcome = await send({ ...subscription.send, payload }, late).catch(
      (error): DispatchOutcome => ({ kind: 'unknown', words: messageOf(error) }),
    );
    return settlementOf(delivery, outcome);
  }

  /** Tries until it is written: the outcome is known here alone, and with a full disk nothing could be sent either. */
  async function write(id: string, settlement: Settlement): Promise<void> {
    for (let failed = false; ; failed = true) {
      try {
        return await store.settle(id, settlement, clock.now());
      } catch (error) {
        if (!failed) log.warning(`The outcome of dispatch ${id} cannot be written: ${messageOf(error)}`);
        await clock.sleep(1000, signal);
      }
    }
  }

  return loop(relay, async () => {
    if (!agrees()) return LOOK;
    if (!restored) {
      restored = true;
      await lanesKept.restore();
    }
    lanes.measure(metrics);
    const wait = lanes.next();
    if (wait > 0) return Math.min(wait, LOOK);
    const delivery = await claim();
    if (!delivery) return Math.min(LOOK, Math.max(1, lanes.soonest()));
    await write(delivery.id, await dispatched(delivery));
    return 0;
  });
}

const payloadSchema = z.record(z.string(), z.unknown());

function payloadIn({ payload = '' }: Delivery): Record<string, unknown> | undefined {
  try {
    return payloadSchema.parse(JSON.parse(payload));
  } catch {
    return undefined;
  }
}
