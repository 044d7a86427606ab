import { messageOf, RemoteError } from '../../base/errors.ts';
import { limiter } from '../../base/limit.ts';
import type { Subscription } from '../config/settings.ts';
import { type Loop, loop } from '../loop.ts';
import type { Relay } from '../relay.ts';
import type { Handle } from '../store/watches.ts';
import { type CatchingUp, catchUp } from './catch-up.ts';
import { type Handing, renew } from './subscribe.ts';

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

/** Even if all seems well, ms: QRS loses calls, and nobody says so. */
const CATCH_UP = 600_000;
/** Until the site is asked for a state that it did not show yet, ms. */
const LATE = 30_000;
/** Between tries while the site does not answer, or refuses, ms: the first one, and the longest. */
const SOON = 1_000;
const AWAY = 10_000;
const REFUSED = 60_000;
/** Subscriptions that are made at a time: each call takes a connection. */
const AT_ONCE = 4;

export interface Watch extends Loop {
  /** Something was missed: the site is asked what. */
  missed(subscription?: string): void;
  /** The site is to be asked soon, though nothing was missed. */
  askSoon(): void;
  /** Whether something may have been missed that the site was not yet asked for. */
  hasGap(subscription: string): boolean;
}

/** One subscription; times on the steady clock. */
interface State {
  subscription: Subscription;
  /** Grows with everything that was missed; 0: nothing is. */
  gap: number;
  due: number;
  failures: number;
  handing: Handing;
  /** What the site refuses of it, as the log has said. */
  troubles: Map<Call, string>;
}

/** What a site is asked for a subscription, and what the log says of it when the site refuses. */
const CALLS = { renewal: 'is not kept', question: 'cannot be caught up with' } as const;
type Call = keyof typeof CALLS;

/**
 * Keeps the subscriptions to one type of one site alive, each by itself: QRS forgets them when its service restarts,
 * and can be asked neither for them nor for a handle (docs/qrs.md 7.4). After every gap, and now and then, the site is
 * asked what was missed.
 */
export function watch(relay: Relay, given: Watching): Watch {
  const { clock, log, metrics, store, redact } = relay;
  const { qrs, subscriptions, period } = given;
  const site = qrs.site.name;
  const type = subscriptions[0]?.entity;
  const states = subscriptions.map(
    (subscription): State => ({
      ...{ subscription, gap: 1, due: 0, failures: 0 },
      ...{ handing: undefined, troubles: new Map() },
    }),
  );
  const question = { due: 0, failures: 0 };
  let away = 0;

  async function turn(): Promise<number> {
    const why = await renewDue();
    if (why) return unanswered(why);
    answered();
    // Subscribed first: what changes in between is notified.
    if (question.due <= clock.steady()) await ask();
    const next = Math.min(question.due, ...states.map(({ due }) => due));
    return Math.ceil(Math.max(0, next - clock.steady()));
  }

  /** Resolves to why the site did not answer, if it answered for none, whichever were due. */
  async function renewDue(): Promise<RemoteError | undefined> {
    const handles = await store.handles();
    const few = limiter(AT_ONCE);
    const renewEach = (some: readonly State[]) =>
      Promise.all(some.map(state => few(() => renewOne(state, handles))));
    // Those that the site answered for last time go first: if they are silent too, it is the site.
    const due = states.filter(isDue).toSorted((one, other) => one.failures - other.failures);
    if (due.length === 0) return undefined;
    const others = states.filter(state => !due.includes(state));
    const tried = await renewEach(due.slice(0, AT_ONCE));
    const isAnswered = tried.some(({ silence }) => silence === undefined);
    tried.push(...(await renewEach(isAnswered ? due.slice(AT_ONCE) : others.slice(0, AT_ONCE))));
    const silent = tried.filter(({ silence }) => silence !== undefined);
    if (silent.length === tried.length) return silent[0]?.silence;
    for (const { state, silence } of silent) await trouble(state, 'renewal', silence);
    return undefined;
  }

  const isDue = ({ due }: State) => due <= clock.steady();

  /** `silence`: why the site did not answer. */
  async function renewOne(state: State, handles: readonly Handle[]) {
    const { subscription } = state;
    const callback = given.callback(subscription);
    try {
      const handing = await renew(relay, qrs, { subscription, callback, handles });
      // A new handle is a loss where it was the same before. Where that is not known, asking does no harm.
      if (handing === 'new' && state.handing === 'same') missed(state);
      else if (handing === 'new' && state.handing === undefined) question.due = 0;
      state.handing = handing ?? state.handing;
      metrics.renewals.inc({ site });
      metrics.subscribed.set({ subscription: subscription.name }, 1);
      Object.assign(state, { due: clock.steady() + period, failures: 0 });
      await trouble(state, 'renewal', undefined);
      return { state, silence: undefined };
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      metrics.subscribed.set({ subscription: subscription.name }, 0);
      postpone(state);
      if (error.status === undefined) return { state, silence: error };
      await trouble(state, 'renewal', error);
      return { state, silence: undefined };
    }
  }

  /** One question for all subscriptions. */
  async function ask() {
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
      postpone(question);
    }
    for (const state of states) await trouble(state, 'question', why);
  }

  function postpone(tried: { due: number; failures: number }) {
    tried.failures += 1;
    tried.due = clock.steady() + Math.min(SOON * 2 ** Math.min(tried.failures, 10), REFUSED);
  }

  async function trouble(
    { subscription: { name }, troubles }: State,
    call: Call,
    error: RemoteError | undefined,
  ) {
    const words = error && redact(messageOf(error));
    if (troubles.get(call) === words) return;
    if (words === undefined) troubles.delete(call);
    else troubles.set(call, words);
    if (words === undefined) log.info(`Subscription "${name}" of site "${site}" is well again.`);
    else log.warning(`Subscription "${name}" ${CALLS[call]}: ${words}`);
    await store.trouble(name, [...troubles.values()].join(' ') || undefined);
  }

  function answered() {
    if (away > 0) {
      log.info(`Site "${site}" is back: it answers for ${type}.`);
      given.back();
    }
    away = 0;
    given.answers(true);
  }

  /** Returns the pause, ms. */
  function unanswered(error: RemoteError): number {
    if (away === 0) log.warning(`Site "${site}" cannot be watched: ${redact(messageOf(error))}`);
    const pause = Math.min(SOON * 2 ** away, AWAY);
    away += 1;
    given.answers(false);
    for (const state of states) {
      state.due = 0;
      missed(state);
    }
    return pause;
  }

  function missed(state: State) {
    question.due = Math.min(question.due, state.due);
    state.gap += 1;
  }

  return {
    ...loop(relay, turn),
    missed: name => {
      for (const state of states) if (name === undefined || state.subscription.name === name) missed(state);
    },
    askSoon: () => {
      question.due = Math.min(question.due, clock.steady() + LATE);
    },
    hasGap: name => states.some(({ subscription, gap }) => subscription.name === name && gap > 0),
  };
}
