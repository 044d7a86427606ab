import { formatDuration } from '../../base/units.ts';
import type { DispatchOutcome } from '../../github/dispatch.ts';
import type { Relay } from '../relay.ts';
import type { Cause, Delivery } from '../store/delivery.ts';
import type { Settlement } from '../store/dispatch.ts';
import type { LaneRecord } from './lane-record.ts';
import type { Lanes } from './lanes.ts';

/** An event that GitHub refuses is tried again an hour later, ms, and given up at the third refusal. */
const REFUSED_AGAIN = 3_600_000;
const REFUSALS = 3;
/** A dispatch that fails while its lane takes others waits by itself, at most so long, ms. */
const ALONE = 60_000;

type Denied = Exclude<DispatchOutcome, { kind: 'accepted' }>;

/** What the outcome of a call means for its lane, for all lanes, and for the delivery. */
export function outcomes(relay: Relay, lanes: Lanes, { record }: LaneRecord) {
  const { clock, log, metrics, redact } = relay;

  async function settlementOf(delivery: Delivery, outcome: DispatchOutcome): Promise<Settlement> {
    if ('budget' in outcome && outcome.budget !== undefined) metrics.budget.set(outcome.budget);
    const settlement =
      outcome.kind === 'accepted'
        ? accepted(delivery, outcome.wait)
        : denied(delivery, { ...outcome, words: redact(outcome.words) });
    await record();
    return settlement;
  }

  function accepted(
    { id, subscription, object, repository, last }: Delivery,
    wait: number | undefined,
  ): Settlement {
    lanes.accepted(repository, id, wait);
    metrics.dispatched.inc({ subscription });
    metrics.delay.observe(Math.max(0, clock.now() - last) / 1000);
    log.info(`Dispatched ${subscription} of ${object} to ${repository} (${id}).`);
    return { state: 'delivered' };
  }

  function denied(delivery: Delivery, outcome: Denied): Settlement {
    const { repository, id, attempts } = delivery;
    const { kind, words } = outcome;
    metrics.failed.inc({ why: kind === 'refused' ? outcome.fault : kind });
    const again = { state: 'pending', reason: words, due: clock.steady(), refused: false } as const;
    if (kind === 'refused') {
      if (outcome.fault === 'event') return eventRefused(relay, delivery, outcome.status, words);
      if (outcome.fault === 'credential') lanes.credentialRefused(words);
      else lanes.refused(repository, outcome.status, words);
      return { ...again, maybeSent: false };
    }
    if (kind === 'limited') {
      lanes.limited(outcome.wait, words);
      return { ...again, maybeSent: false };
    }
    const wait = kind === 'trouble' ? outcome.wait : undefined;
    if (lanes.trouble(repository, id, words, wait)) return { ...again, maybeSent: true };
    const alone = Math.min(1000 * 2 ** Math.min(attempts, 10), ALONE);
    log.debug(
      `${words} ${repository} takes others; this one is tried again in ${formatDuration(alone)} (${id}).`,
    );
    return { ...again, maybeSent: true, due: again.due + alone };
  }

  return settlementOf;
}

/** Final is only what GitHub itself says about this event: that it is too large, or the same refusal three times. */
function eventRefused(relay: Relay, delivery: Delivery, status: number, words: string): Settlement {
  const { clock, log } = relay;
  const { subscription, object, id, refused } = delivery;
  if (status === 413 || refused + 1 >= REFUSALS) return givenUp(relay, delivery, words, 'event');
  log.warning(`${subscription} of ${object} is tried again in an hour (${id}): ${words}`);
  const due = clock.steady() + REFUSED_AGAIN;
  return { state: 'pending', reason: words, due, maybeSent: false, refused: true };
}

export function givenUp(
  { log, metrics }: Pick<Relay, 'log' | 'metrics'>,
  { subscription, object, id }: Delivery,
  reason: string,
  cause: Cause,
): Settlement {
  metrics.dead.inc({ cause });
  log.warning(`${subscription} of ${object} is given up (${id}): ${reason}`);
  return { state: 'dead', reason, cause };
}
