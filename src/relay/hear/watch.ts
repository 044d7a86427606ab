import { messageOf, RemoteError } from '../../base/errors.ts';
import type { Subscription } from '../config/settings.ts';
import { type Loop, loop, postpone, type Tries } from '../loop.ts';
import type { Relay } from '../relay.ts';
import { type CatchingUp, catchUp } from './catch-up.ts';
import { renewals } from './renewals.ts';
import { trouble, type WatchState } from './watch-state.ts';

export interface Watching extends CatchingUp {
  /** Those of one type. */
  subscriptions: readonly Subscription[];
  /** What QRS calls for a subscription. */
  callback: (subscription: Subscription) => string;
  /** Between renewals, ms. */
  period: number;
  /** Whether the site answers for this type; called after each turn. */
  answers: (yes: boolean) => void;
  /** The site answers again. */
  back: () => void;
}

/** How often the site is asked without a reason, ms: QRS loses calls without saying so. */
const CATCH_UP = 600_000;
/** Until the site is asked for a state that it did not show yet, ms. */
const LATE = 30_000;
/** Between tries while the site does not answer, ms, at most. */
const AWAY = 10_000;

export interface Watch extends Loop {
  /** Something was missed: the site is asked what. */
  missed(subscription: string): void;
  /** The site is to be asked soon, though nothing was missed. */
  askSoon(): void;
  /** Whether something may have been missed that the site was not yet asked for. */
  hasGap(subscription: string): boolean;
}

/**
 * Keeps the subscriptions to one type of one site alive, each by itself: QRS forgets them when its service restarts,
 * and can be asked neither for them nor for a handle (docs/qrs.md 7.4). After every gap, and now and then, the site is
 * asked what was missed.
 */
export function watch(relay: Relay, given: Watching): Watch {
  const { clock } = relay;
  const { qrs, subscriptions, period } = given;
  const states = subscriptions.map(
    (subscription): WatchState => ({
      ...{ subscription, gap: 1, due: 0, failures: 0 },
      ...{ handing: undefined, alone: false, troubles: new Map() },
    }),
  );
  const question = { due: 0, failures: 0 };
  const presence = presenceOf(relay, given);
  const { renewDue, retryAlone } = renewals(relay, {
    ...{ qrs, states, period, missed, callback: given.callback },
    doubt: () => {
      question.due = 0;
      watching.ring();
    },
  });

  async function turn(): Promise<number> {
    const why = await renewDue();
    if (why) {
      for (const state of states) {
        state.due = 0;
        state.alone = false;
        missed(state);
      }
      return presence.unanswered(why);
    }
    presence.answered();
    // Subscribed first: what changes in between is notified.
    if (question.due <= clock.steady()) await ask(relay, given, states, question);
    const together = states.filter(({ alone }) => !alone);
    const next = Math.min(question.due, ...together.map(({ due }) => due));
    return Math.ceil(Math.max(0, next - clock.steady()));
  }

  function missed(state: WatchState) {
    question.due = Math.min(question.due, state.due);
    state.gap += 1;
  }

  const watching = loop(relay, turn);
  const retrying = loop(relay, retryAlone);
  return {
    ring: watching.ring,
    done: Promise.all([watching.done, retrying.done]).then(() => {}),
    missed: name => {
      for (const state of states) if (state.subscription.name === name) missed(state);
    },
    askSoon: () => {
      question.due = Math.min(question.due, clock.steady() + LATE);
    },
    hasGap: name => states.some(({ subscription, gap }) => subscription.name === name && gap > 0),
  };
}

/** One question for all subscriptions. */
async function ask(relay: Relay, given: Watching, states: readonly WatchState[], question: Tries) {
  const { clock } = relay;
  const { qrs, period } = given;
  const before = states.map(({ gap }) => gap);
  const asking = states.map(({ subscription, gap }) => ({ subscription, gap: gap > 0 }));
  let why: RemoteError | undefined;
  try {
    const rejected = await catchUp(relay, given, asking);
    for (const [index, state] of states.entries()) {
      if (!rejected.has(state.subscription.name) && state.gap === before[index]) state.gap = 0;
    }
    const wait = states.some(({ gap }) => gap > 0) ? period : CATCH_UP;
    Object.assign(question, { due: clock.steady() + wait, failures: 0 });
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    why = error;
    postpone(relay, question);
  }
  for (const state of states) await trouble(relay, qrs.site.name, state, 'question', why);
}

/** Logs once that the site is away, and once that it is back. */
function presenceOf(relay: Relay, given: Watching) {
  const { log, redact } = relay;
  const site = given.qrs.site.name;
  const away: Tries = { due: 0, failures: 0 };

  function answered() {
    if (away.failures > 0) {
      log.info(`Site "${site}" is back: it answers for ${given.subscriptions[0]?.entity}.`);
      given.back();
    }
    away.failures = 0;
    given.answers(true);
  }

  /** Returns the pause, ms. */
  function unanswered(error: RemoteError): number {
    if (away.failures === 0) log.warning(`Site "${site}" cannot be watched: ${redact(messageOf(error))}`);
    given.answers(false);
    return postpone(relay, away, AWAY);
  }

  return { answered, unanswered };
}
