import { messageOf } from '../../base/errors.ts';
import { formatDuration } from '../../base/units.ts';
import type { DispatchOutcome } from '../../github/dispatch.ts';
import type { Delivery } from '../store/delivery.ts';
import type { Settlement } from '../store/dispatch.ts';
import type { Delivering } from './deliver.ts';
import { type Lanes, PACE } from './lanes.ts';

/** An event that GitHub refuses is tried again an hour later, ms, and given up at the third refusal. */
const REFUSED_AGAIN = 3_600_000;
const REFUSALS = 3;
/** A dispatch that fails while its lane takes others waits by itself, ms. */
const ALONE = 60_000;

/** A call that ended otherwise than GitHub's client tells may have reached GitHub. */
export type Came = DispatchOutcome | { kind: 'unknown'; words: string };

type Surroundings = Pick<Delivering, 'store' | 'clock' | 'log' | 'redact' | 'metrics'> & { lanes: Lanes };

/** What a call's end means for its lane, for the pace, and for the delivery: that is what it returns. */
export function outcomes(given: Surroundings) {
  const { store, clock, log, metrics, lanes } = given;
  /** Lanes that the log says wait, and why. */
  const logged = new Map<string, string>();

  async function settlementOf(delivery: Delivery, came: Came): Promise<Settlement> {
    const { repository } = delivery;
    if ('budget' in came && came.budget !== undefined) metrics.budget.set(came.budget);
    if (came.kind === 'accepted') return accepted(delivery, came.wait);
    const words = given.redact(came.words);
    const settlement = await failed(delivery, came, words);
    await keep(repository);
    return settlement;
  }

  async function accepted(delivery: Delivery, wait: number | undefined): Promise<Settlement> {
    const { subscription, object, repository, id } = delivery;
    const free = lanes.accepted(repository, id, wait);
    for (const lane of [repository, PACE]) if (wait !== undefined || logged.has(lane)) await keep(lane);
    for (const lane of free) await write(lane);
    metrics.dispatched.inc({ subscription });
    metrics.delay.observe(Math.max(0, clock.now() - delivery.last) / 1000);
    log.info(`Dispatched ${subscription} of ${object} to ${repository} (${id}).`);
    return { state: 'delivered' };
  }

  async function failed(
    delivery: Delivery,
    came: Exclude<Came, { kind: 'accepted' }>,
    words: string,
  ): Promise<Settlement> {
    const again = {
      state: 'pending',
      reason: words,
      due: clock.steady(),
      maybeSent: false,
      refused: false,
    } as const;
    metrics.failed.inc({ why: came.kind === 'refused' ? came.fault : came.kind });
    if (came.kind === 'limited') {
      const pause = lanes.limited(came.wait, words);
      await keep(PACE, `GitHub asks for a pause of ${formatDuration(pause)}: ${words}`);
      return again;
    }
    if (came.kind !== 'refused')
      return troubled(delivery, again, came.kind === 'trouble' ? came.wait : undefined);
    if (came.fault === 'event') return eventRefused(delivery, came.status, words);
    await refused(delivery.repository, came, words);
    return again;
  }

  async function refused(
    repository: string,
    { fault, status }: Extract<Came, { kind: 'refused' }>,
    words: string,
  ): Promise<void> {
    if (fault === 'credential') {
      const pause = formatDuration(lanes.credentialRefused(words));
      await keep(PACE, `${words} Every change waits; tried again in ${pause}.`);
    } else if (lanes.refused(repository, status, words)) {
      await keep(PACE, `Two repositories refuse a call: GitHub may limit them. ${words}`);
    }
  }

  function troubled(
    { repository, id, attempts }: Delivery,
    again: Extract<Settlement, { state: 'pending' }>,
    wait = 0,
  ): Settlement {
    if (lanes.trouble(repository, id, again.reason, wait)) return { ...again, maybeSent: true };
    const alone = Math.min(1000 * 2 ** Math.min(attempts, 10), ALONE);
    const pause = formatDuration(alone);
    log.debug(`${again.reason} ${repository} takes others; this one is tried again in ${pause}.`);
    return { ...again, maybeSent: true, due: again.due + alone };
  }

  /** Final is only what GitHub itself says about this event: that it is too large, or the same refusal three times. */
  function eventRefused(delivery: Delivery, status: number, words: string): Settlement {
    const { subscription, object, id } = delivery;
    if (status === 413 || delivery.refused + 1 >= REFUSALS) {
      metrics.dead.inc({ cause: 'event' });
      log.warning(`${subscription} of ${object} is given up (${id}): ${words}`);
      return { state: 'dead', reason: words, cause: 'event' };
    }
    log.warning(`${subscription} of ${object} is tried again in an hour (${id}): ${words}`);
    const due = clock.steady() + REFUSED_AGAIN;
    return { state: 'pending', reason: words, due, maybeSent: false, refused: true };
  }

  /** Writes down and logs how a lane fares: once for each state. */
  async function keep(repository: string, sentence?: string): Promise<void> {
    const lane = lanes.waiting().get(repository);
    if (lane && logged.get(repository) !== lane.kind) {
      const pause = formatDuration(Math.max(0, lane.until - clock.steady()));
      log.warning(sentence ?? `${lane.reason} Changes for ${repository} wait; tried again in ${pause}.`);
      logged.set(repository, lane.kind);
    } else if (!lane && logged.delete(repository)) {
      log.info(repository === PACE ? 'GitHub takes calls again.' : `${repository} takes dispatches again.`);
    }
    await write(repository);
  }

  async function write(repository: string): Promise<void> {
    const lane = lanes.waiting().get(repository);
    const until = lane && Math.round(lane.until - clock.steady() + clock.now());
    const { kind = 'trouble', failures = 0, reason = '' } = lane ?? {};
    await store
      .keepLane({ repository, kind, since: clock.now(), until, failures, reason })
      .catch(error => log.warning(messageOf(error)));
  }

  return { settlementOf, write };
}
