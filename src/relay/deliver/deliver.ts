import * as z from 'zod';
import { abortedAfter } from '../../base/deadline.ts';
import { messageOf } from '../../base/errors.ts';
import { jsonIn } from '../../base/json.ts';
import { formatDuration } from '../../base/units.ts';
import type { Dispatch, DispatchOutcome } from '../../github/dispatch.ts';
import type { Subscription } from '../config/settings.ts';
import { type Loop, loop, STORE_READ_EVERY } from '../loop.ts';
import type { Relay } from '../relay.ts';
import type { Delivery } from '../store/delivery.ts';
import type { DispatchTurn } from '../store/dispatch.ts';
import type { LaneBook } from '../store/lane-book.ts';
import { EVERY_LANE } from './lane-waits.ts';
import { createLanes, type Lanes } from './lanes.ts';
import { givenUp, type Judgement, outcomes } from './outcome.ts';

export interface Delivering {
  subscriptions: readonly Subscription[];
  /** Calls GitHub. */
  send: (dispatch: Dispatch, signal: AbortSignal) => Promise<DispatchOutcome>;
  /** The shortest time between two calls, ms. */
  interval: number;
  /** Whether this relay has the configuration of the others; without it, a change may be none of its own. */
  agrees: () => boolean;
  /** From 0 to 1. */
  random: () => number;
}

/** A call under way when the relay stops may still end, so that its outcome is known, ms. */
const GRACE = 3_000;

/**
 * Dispatches wanted changes, one call at a time and the oldest first. All relays on one store share the pace and the
 * lanes: each turn begins by reading both from the store.
 */
export function deliver(relay: Relay, given: Delivering): Loop {
  const { interval, random, subscriptions, agrees } = given;
  const repositories = [...new Set(subscriptions.map(one => one.send.repository.toLowerCase()))];
  const { now, steady } = relay.clock;
  const ahead = () => (relay.store.isAlone ? now() - steady() : 0);
  const lanes = createLanes({ repositories, interval, random, steady, ahead });
  const next = claims(relay, lanes);
  const call = calls(relay, given, outcomes(relay, lanes));
  const write = writer(relay, lanes);
  return loop(relay, async () => {
    if (!agrees()) return STORE_READ_EVERY;
    const found = await next();
    lanes.measure(relay.metrics);
    if (typeof found === 'number') return found;
    await write(found, await call(found));
    return 0;
  });
}

/** Resolves to the next delivery, or to the time until there may be one, ms. */
function claims({ store, clock }: Relay, lanes: Lanes): () => Promise<Delivery | number> {
  let isFirst = true;

  /** Now and then leaves out deliveries that failed before, if there is another one. */
  async function claim(turn: DispatchTurn): Promise<Delivery | undefined> {
    const at = { now: clock.now(), tick: clock.steady() };
    const free = lanes.free();
    const probing = free.filter(({ except = [] }) => except.length > 0);
    const found = await turn.claim(at, free);
    if (found || probing.length === 0) return found;
    return turn.claim(
      at,
      probing.map(({ repository }) => ({ repository })),
    );
  }

  return async () => {
    const found = await store.turn(async (book, turn) => {
      if (isFirst) lanes.restart(book);
      else lanes.open(book);
      const wait = lanes.next();
      if (wait > 0) {
        const isNew = isFirst || lanes.clockWasSet(book);
        return { book: isNew ? lanes.book() : undefined, result: Math.min(wait, STORE_READ_EVERY) };
      }
      const result = (await claim(turn)) ?? Math.min(STORE_READ_EVERY, Math.max(1, lanes.soonest()));
      if (typeof result === 'object') lanes.called();
      return { book: lanes.book(), result };
    });
    isFirst = false;
    return found;
  };
}

/** Calls GitHub; resolves to the function that judges the outcome. */
function calls(
  relay: Relay,
  { subscriptions, send }: Delivering,
  judge: ReturnType<typeof outcomes>,
): (delivery: Delivery) => Promise<() => Judgement> {
  const late = abortedAfter(relay.signal, GRACE);
  return async delivery => {
    const subscription = subscriptions.find(({ name }) => name === delivery.subscription);
    if (!subscription) {
      const reason = 'its subscription is not in the configuration any more';
      return () => givenUp(relay, delivery, reason, 'configuration');
    }
    const payload = payloadIn(delivery);
    if (!payload) return () => givenUp(relay, delivery, 'its payload in the store is damaged', 'store');
    if (delivery.maybeSent) relay.metrics.repeated.inc();
    const outcome = await send({ ...subscription.send, payload }, late).catch(
      (error): DispatchOutcome => ({ kind: 'unknown', words: messageOf(error) }),
    );
    return () => judge(delivery, outcome);
  };
}

/** Writes an outcome, and applies it to the lanes as the store has them then. */
function writer(relay: Relay, lanes: Lanes): (delivery: Delivery, judged: () => Judgement) => Promise<void> {
  const { store, clock, log, signal } = relay;

  async function write({ id, attempts }: Delivery, judged: () => Judgement): Promise<void> {
    const { before, after, tell } = await store.turn(async (before, turn) => {
      lanes.open(before);
      const { settlement, tell } = judged();
      await turn.settle(id, settlement, clock.now(), attempts);
      const after = lanes.book();
      return { book: after, result: { before, after, tell } };
    });
    logLanes(relay, before, after);
    tell();
  }

  // Tries until it is written: only this relay knows the outcome, and with a full disk it could send nothing else either.
  return async (delivery, judged) => {
    for (let failed = false; ; failed = true) {
      try {
        return await write(delivery, judged);
      } catch (error) {
        if (!failed)
          log.warning(`The outcome of dispatch ${delivery.id} cannot be written: ${messageOf(error)}`);
        await clock.sleep(1000, signal);
      }
    }
  };
}

/** Logs which lanes began to wait, wait for another reason, or ended their wait; each kind of wait once. */
function logLanes({ log, clock }: Pick<Relay, 'log' | 'clock'>, before: LaneBook, after: LaneBook): void {
  for (const name of new Set([...Object.keys(before.lanes), ...Object.keys(after.lanes)])) {
    const [old, now] = [before.lanes[name], after.lanes[name]];
    if (!now) log.info(name === EVERY_LANE ? 'GitHub takes calls again.' : `${name} takes dispatches again.`);
    if (!now || now.kind === old?.kind) continue;
    const who = name === EVERY_LANE ? 'Every change waits' : `Changes for ${name} wait`;
    log.warning(`${now.reason} ${who}; tried again in ${formatDuration(now.until - clock.steady())}.`);
  }
}

const payloadSchema = z.record(z.string(), z.unknown());

function payloadIn({ payload = '' }: Delivery): Record<string, unknown> | undefined {
  return payloadSchema.safeParse(jsonIn(payload)).data;
}
