import { formatDuration } from '../../base/units.ts';
import type { DispatchOutcome } from '../../github/dispatch.ts';
import type { Relay } from '../relay.ts';
import type { Cause, Delivery } from '../store/delivery.ts';
import type { Settlement } from '../store/dispatch.ts';
import type { Lanes } from './lanes.ts';

/** An event that GitHub refuses is tried again an hour later, ms, and given up at the third refusal. */
const REFUSED_AGAIN = 3_600_000;
const REFUSALS = 3;
/** The longest wait of a dispatch that fails while GitHub accepts others of its lane, ms. */
const ALONE = 60_000;

type Judging = Pick<Relay, 'clock' | 'log' | 'metrics' | 'redact'>;
type Accepted = Extract<DispatchOutcome, { kind: 'accepted' }>;
type Denied = Exclude<DispatchOutcome, { kind: 'accepted' }>;

/** What the store keeps of an outcome, and what the log and the metrics then show. */
export interface Judgement {
  settlement: Settlement;
  tell: () => void;
}

/** What the outcome of a call means for its lane, for all lanes, and for the delivery. */
export function outcomes(relay: Judging, lanes: Lanes) {
  const { clock, log, metrics, redact } = relay;

  function judge(delivery: Delivery, outcome: DispatchOutcome): Judgement {
    return outcome.kind === 'accepted'
      ? accepted(delivery, outcome)
      : denied(delivery, { ...outcome, words: redact(outcome.words) });
  }

  function accepted(
    { id, subscription, object, repository, last }: Delivery,
    { wait, budget }: Accepted,
  ): Judgement {
    lanes.accepted(repository, wait);
    const tell = () => {
      if (budget !== undefined) metrics.budget.set(budget);
      metrics.dispatched.inc({ subscription });
      metrics.delay.observe(Math.max(0, clock.now() - last) / 1000);
      log.info(`Dispatched ${subscription} of ${object} to ${repository} (${id}).`);
    };
    return { settlement: { state: 'delivered' }, tell };
  }

  function denied(delivery: Delivery, outcome: Denied): Judgement {
    const { repository } = delivery;
    const { kind, words } = outcome;
    const count = () => metrics.failed.inc({ why: kind === 'refused' ? outcome.fault : kind });
    const again = { state: 'pending', reason: words, due: clock.steady(), refused: false } as const;
    const notSent: Judgement = { settlement: { ...again, maybeSent: false }, tell: count };
    if (kind === 'limited') {
      lanes.limited(outcome.wait, words);
      return notSent;
    }
    if (kind !== 'refused')
      return noAnswer(delivery, words, kind === 'trouble' ? outcome.wait : undefined, count);
    if (outcome.fault === 'event') {
      const { settlement, tell } = eventRefused(relay, delivery, outcome.status, words);
      return { settlement, tell: () => void [count(), tell()] };
    }
    if (outcome.fault === 'credential') lanes.credentialRefused(words);
    else lanes.refused(repository, outcome.status, words);
    return notSent;
  }

  function noAnswer(
    delivery: Delivery,
    words: string,
    wait: number | undefined,
    count: () => void,
  ): Judgement {
    const { repository, id, attempts } = delivery;
    const now = clock.steady();
    const again = { state: 'pending', reason: words, refused: false, maybeSent: true, failed: now } as const;
    if (lanes.trouble(repository, delivery, words, wait))
      return { settlement: { ...again, due: now }, tell: count };
    const alone = Math.min(1000 * 2 ** Math.min(attempts, 10), ALONE);
    const tell = () => {
      count();
      log.debug(
        `${words} ${repository} takes others; this one is tried again in ${formatDuration(alone)} (${id}).`,
      );
    };
    return { settlement: { ...again, due: now + alone }, tell };
  }

  return judge;
}

/** Only GitHub's own answer about this event is final: it is too large, or refused three times with the same status. */
function eventRefused(relay: Judging, delivery: Delivery, status: number, words: string): Judgement {
  const { clock, log } = relay;
  const { subscription, object, id, refused } = delivery;
  if (status === 413 || refused + 1 >= REFUSALS) return givenUp(relay, delivery, words, 'event');
  const due = clock.steady() + REFUSED_AGAIN;
  return {
    settlement: { state: 'pending', reason: words, due, maybeSent: false, refused: true },
    tell: () => log.warning(`${subscription} of ${object} is tried again in an hour (${id}): ${words}`),
  };
}

export function givenUp(
  { log, metrics }: Pick<Relay, 'log' | 'metrics'>,
  { subscription, object, id }: Delivery,
  reason: string,
  cause: Cause,
): Judgement {
  const tell = () => {
    metrics.dead.inc({ cause });
    log.warning(`${subscription} of ${object} is given up (${id}): ${reason}`);
  };
  return { settlement: { state: 'dead', reason, cause }, tell };
}
