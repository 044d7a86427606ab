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
/** After so many failures in a row another dispatch is tried, best to another repository: is it GitHub at all? */
const PROBE = 5;
/** A dispatch that fails while others are taken waits by itself, ms: at first, and at the longest. */
const ALONE = 60_000;
const LONGEST = 3_600_000;
/** No pause that GitHub asks for is longer: it is asked again then. Ms. */
const REST = 3_600_000;

const payloadSchema = z.record(z.string(), z.unknown());

/** Tells GitHub what is wanted, one call at a time and in order, until the signal aborts. */
export function deliver(given: Delivering): { bell: Bell; done: Promise<void> } {
  const { store, clock, log, metrics } = given;
  const bell = createBell();
  const pace = createPace(given.interval, given.random);
  // A relay that was started again does not know when the last call was.
  pace.called(clock.now());
  const refusals = createRefusals();
  /** Whether GitHub took the last call, as far as it was a matter of the call. */
  let taken = false;
  /** Repositories whose dispatches failed while others were taken. */
  const suspects = new Set<string>();
  let head: { id: string; repository: string } | undefined;
  let limits = 0;

  async function next(): Promise<Delivery | undefined> {
    for (const cause of refusals.over(clock.now())) {
      const revived = await store.revive(cause, clock.now());
      log.info(`GitHub is tried again, with ${revived} changes that it refused.`);
    }
    const refused = subscriptionsOf(refusals.repositories());
    const probing = head !== undefined && pace.failures() % PROBE === PROBE - 1;
    if (head && probing) {
      const elsewhere = [...refused, ...subscriptionsOf([head.repository])];
      const other = await store.claim(clock.now(), { subscriptions: elsewhere, ids: [head.id] });
      if (other) return other;
    }
    return store.claim(clock.now(), { subscriptions: refused, ids: head && probing ? [head.id] : [] });
  }

  function subscriptionsOf(repositories: readonly string[]): string[] {
    return given.subscriptions
      .filter(({ send }) => repositories.includes(send.repository.toLowerCase()))
      .map(({ name }) => name);
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
    const signal = new AbortController().signal;
    const outcome = await given
      .send({ repository, event, payload }, signal)
      .catch((error): DispatchOutcome => {
        const said = messageOf(error);
        return {
          kind: 'unknown',
          words: said,
          said,
          hint: '',
          permissions: undefined,
          singleSignOn: undefined,
        };
      });
    await settle(delivery, outcome, repository);
  }

  async function settle(delivery: Delivery, outcome: DispatchOutcome, repository: string) {
    const now = clock.now();
    if ('budget' in outcome && outcome.budget !== undefined) metrics.budget.set(outcome.budget);
    if (outcome.kind === 'accepted') {
      if (outcome.wait !== undefined) pace.rest(now + outcome.wait);
      return delivered(delivery, repository, now);
    }
    const { words } = outcome;
    if (outcome.kind === 'refused') return refused(delivery, outcome, repository, now);
    if (outcome.kind === 'limited') return limited(delivery, outcome, now);
    await stumbled(delivery, words, { unclear: true, repository, now });
  }

  async function refused(
    delivery: Delivery,
    { words, fault }: Extract<DispatchOutcome, { kind: 'refused' }>,
    repository: string,
    now: number,
  ) {
    await dead(delivery, words, fault);
    if (fault === 'event') return;
    const until = refusals.add(fault, repository, now);
    log.warning(`${words} Tried again in ${formatDuration(until - now)}; changes wait until then.`);
    if (fault === 'credential') pace.rest(until);
  }

  /** A limit that goes on is waited for longer each time. */
  function limited(delivery: Delivery, outcome: Extract<DispatchOutcome, { kind: 'limited' }>, now: number) {
    limits += 1;
    const longer = now + Math.min(30_000 * 2 ** limits, REST);
    const asked = now + (outcome.wait ?? 60_000);
    const until = Math.min(limits > 1 ? Math.max(asked, longer) : asked, now + REST);
    pace.rest(until);
    log.info(`GitHub asks for a pause of ${formatDuration(Math.max(0, until - now))}: ${outcome.words}`);
    metrics.failed.inc({ why: 'limit' });
    return again(delivery, outcome.words, { maybeSent: false, attempted: false, due: now });
  }

  async function delivered(delivery: Delivery, repository: string, now: number) {
    await write(delivery, { state: 'delivered' });
    if (pace.failures() > 0) log.info('GitHub takes dispatches again.');
    pace.succeeded();
    refusals.clear(repository);
    taken = true;
    limits = 0;
    head = undefined;
    suspects.delete(repository);
    metrics.dispatched.inc({ subscription: delivery.subscription });
    metrics.delay.observe((now - delivery.last) / 1000);
    log.info(`Dispatched ${delivery.subscription} of ${delivery.object} to ${repository} (${delivery.id}).`);
  }

  /**
   * GitHub is away, or gave no clear answer: everything waits, and the order is kept. But where it takes others, it is
   * a matter of this one, which then waits by itself.
   */
  async function stumbled(
    delivery: Delivery,
    words: string,
    { unclear, repository, now }: { unclear: boolean; repository: string; now: number },
  ) {
    metrics.failed.inc({ why: unclear ? 'unclear' : 'unreachable' });
    if (unclear && now - (delivery.began ?? now) > DAY) {
      return dead(delivery, `given up after a day: ${words}`, 'time');
    }
    if (unclear && isAlone(delivery, repository)) return alone(delivery, words, repository, now);
    taken = false;
    // A probe that fails as well leaves the head what it is.
    if (head === undefined || pace.failures() % PROBE !== PROBE - 1) {
      head = { id: delivery.id, repository: repository.toLowerCase() };
    }
    const pause = pace.failed(now);
    if (pace.failures() === 1 || !unclear) log.warning(`${words} Tried again in ${formatDuration(pause)}.`);
    await again(delivery, words, { maybeSent: unclear, attempted: unclear, due: now });
  }

  function isAlone({ attempts }: Delivery, repository: string): boolean {
    return taken && (attempts > 1 || suspects.has(repository));
  }

  function alone(delivery: Delivery, words: string, repository: string, now: number) {
    suspects.add(repository);
    const pause = Math.min(ALONE * 2 ** Math.max(0, delivery.attempts - 2), LONGEST);
    log.warning(`${words} GitHub takes others; this one is tried again in ${formatDuration(pause)}.`);
    return again(delivery, words, { maybeSent: true, attempted: true, due: now + pause });
  }

  function again(
    delivery: Delivery,
    reason: string,
    what: { maybeSent: boolean; attempted: boolean; due: number },
  ) {
    return write(delivery, { state: 'pending', reason, ...what });
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
