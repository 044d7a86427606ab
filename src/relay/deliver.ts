import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { messageOf, StoppedError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { formatDuration } from '../base/units.ts';
import type { Dispatch, DispatchOutcome } from '../github/dispatch.ts';
import { type Bell, createBell } from './bell.ts';
import type { Subscription } from './config.ts';
import type { Metrics } from './metrics.ts';
import { createPace } from './pace.ts';
import { createRefusals } from './refusals.ts';
import type { Delivery } from './store/delivery.ts';
import type { Settlement, Store } from './store/store.ts';

export interface Delivering {
  store: Store;
  subscriptions: readonly Subscription[];
  send: (dispatch: Dispatch, signal: AbortSignal) => Promise<DispatchOutcome>;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  /** Least time between two calls, ms. */
  interval: number;
  random: () => number;
  signal: AbortSignal;
}

const LOOK = 5_000;
/** A dispatch that GitHub neither takes nor refuses is given up after so long, ms. */
const DAY = 86_400_000;
/** So many failures in a row of one dispatch, and another one is tried: is it this one, or is it GitHub? */
const SUSPICIOUS = 5;

const payloadSchema = z.record(z.string(), z.unknown());

/** Tells GitHub what is wanted, one call at a time and in order, until the signal aborts. */
export function deliver(given: Delivering): { bell: Bell; done: Promise<void> } {
  const { store, clock, log, metrics } = given;
  const bell = createBell();
  const pace = createPace(given.interval, given.random);
  // A relay that was started again does not know when the last call was.
  pace.called(clock.now());
  const refusals = createRefusals();
  let suspect: string | undefined;

  async function next(): Promise<Delivery | undefined> {
    for (const cause of refusals.over(clock.now())) {
      const revived = await store.revive(cause, clock.now());
      log.info(`GitHub is tried again, with ${revived} changes that it refused.`);
    }
    const repositories = refusals.repositories();
    const subscriptions = given.subscriptions
      .filter(({ send }) => repositories.includes(send.repository.toLowerCase()))
      .map(({ name }) => name);
    return store.claim(clock.now(), { subscriptions, ids: suspect === undefined ? [] : [suspect] });
  }

  async function send(delivery: Delivery) {
    const subscription = given.subscriptions.find(({ name }) => name === delivery.subscription);
    if (!subscription)
      return dead(delivery, 'its subscription is not in the configuration any more', 'configuration');
    const { repository, event } = subscription.send;
    const payload = payloadSchema.parse(JSON.parse(delivery.payload ?? '{}'));
    if (delivery.maybeSent) metrics.repeated.inc();
    pace.called(clock.now());
    // The call under way may end when the relay stops: what came of it is worth knowing.
    const outcome = await given.send({ repository, event, payload }, new AbortController().signal);
    await settle(delivery, outcome, repository);
  }

  async function settle(delivery: Delivery, outcome: DispatchOutcome, repository: string) {
    const now = clock.now();
    if ('budget' in outcome && outcome.budget !== undefined) metrics.budget.set(outcome.budget);
    if (outcome.kind === 'accepted') return delivered(delivery, repository, now);
    const { words } = outcome;
    if (outcome.kind === 'refused') {
      await dead(delivery, words, outcome.fault);
      if (outcome.fault === 'event') return;
      const until = refusals.add(outcome.fault, repository, now);
      log.warning(`${words} Tried again in ${formatDuration(until - now)}; changes wait until then.`);
      if (outcome.fault === 'credential') pace.rest(until);
      return;
    }
    if (outcome.kind === 'limited') {
      pace.rest(outcome.until);
      log.info(`GitHub asks for a pause of ${formatDuration(Math.max(0, outcome.until - now))}: ${words}`);
      metrics.failed.inc({ why: 'limit' });
      return again(delivery, words, { maybeSent: false, attempted: false });
    }
    await stumbled(delivery, words, outcome.kind === 'unclear', now);
  }

  async function delivered(delivery: Delivery, repository: string, now: number) {
    await write(delivery, { state: 'delivered' });
    if (pace.failures() > 0) log.info('GitHub takes dispatches again.');
    pace.succeeded();
    refusals.clear(repository);
    // Another one went through: it was not GitHub, and the suspect waits for its turn at the back.
    suspect = undefined;
    metrics.dispatched.inc({ subscription: delivery.subscription });
    metrics.delay.observe((now - delivery.last) / 1000);
    log.info(`Dispatched ${delivery.subscription} of ${delivery.object} to ${repository} (${delivery.id}).`);
  }

  /** GitHub is away, or gave no clear answer: the credential waits, and the order is kept. */
  async function stumbled(delivery: Delivery, words: string, unclear: boolean, now: number) {
    const pause = pace.failed(now);
    metrics.failed.inc({ why: unclear ? 'unclear' : 'unreachable' });
    if (pace.failures() === 1 || !unclear) log.warning(`${words} Tried again in ${formatDuration(pause)}.`);
    if (unclear && now - (delivery.began ?? now) > DAY) {
      return dead(delivery, `given up after a day: ${words}`, 'time');
    }
    const alone = suspect === undefined && unclear && delivery.attempts >= SUSPICIOUS;
    suspect = alone ? delivery.id : undefined;
    await again(delivery, words, { maybeSent: unclear, attempted: unclear });
  }

  function again(delivery: Delivery, reason: string, what: { maybeSent: boolean; attempted: boolean }) {
    const due = clock.now();
    return write(delivery, { state: 'pending', reason, due, ...what });
  }

  /**
   * Not only tried: what came of a call is known here alone, and its entity waits for it. With a full disk nothing
   * else could be sent either.
   */
  async function write({ id }: Delivery, outcome: Settlement): Promise<void> {
    for (let failed = false; ; failed = true) {
      try {
        return await store.settle(id, outcome, clock.now());
      } catch (error) {
        if (!failed) log.warning(`What came of dispatch ${id} cannot be written: ${messageOf(error)}`);
        await clock.sleep(1000, given.signal);
      }
    }
  }

  async function dead(
    delivery: Delivery,
    reason: string,
    cause: 'credential' | 'repository' | 'event' | 'time' | 'configuration',
  ) {
    await write(delivery, { state: 'dead', reason, cause });
    metrics.dead.inc({ cause });
    log.warning(`${delivery.subscription} of ${delivery.object} is given up (${delivery.id}): ${reason}`);
  }

  async function turn(): Promise<number> {
    const wait = pace.next() - clock.now();
    metrics.paused.set(wait > given.interval ? 1 : 0);
    if (wait > 0) return Math.min(wait, LOOK);
    const delivery = await next();
    if (!delivery) {
      suspect = undefined;
      return Math.min(LOOK, Math.max(1, refusals.earliest() - clock.now()));
    }
    await send(delivery);
    return 0;
  }

  async function loop() {
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
