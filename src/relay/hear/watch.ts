import type { SteadyClock } from '../../base/clock.ts';
import { messageOf, RemoteError, StoppedError } from '../../base/errors.ts';
import { createBell } from '../bell.ts';
import type { Subscription } from '../config/settings.ts';
import type { Metrics } from '../metrics.ts';
import type { Handle } from '../store/watches.ts';
import { catchUp, clockWarnings } from './catch-up.ts';
import type { Intake } from './intake.ts';
import { forget, type Handing, renew, type Subscribing } from './subscribe.ts';

export interface Watching extends Subscribing {
  /** Those of this site. */
  subscriptions: readonly Subscription[];
  intake: Intake;
  clock: SteadyClock;
  redact: (text: string) => string;
  metrics: Metrics;
  signal: AbortSignal;
  /** Between renewals, ms. */
  period: number;
  /** The site answers again. */
  back: () => void;
}

/** Even if all seems well, ms: QRS loses calls, and nobody says so. */
const CATCH_UP = 600_000;
/** Between tries while the site does not answer, or refuses, ms: the first one, and the longest. */
const SOON = 1_000;
const AWAY = 10_000;
const REFUSED = 60_000;
/** So many without an answer, and none with one: the site is away. */
const ENOUGH = 3;

export interface Watch {
  /** Something was missed: the site is asked what. */
  missed(subscription?: string): void;
  /** Whether something may have been missed that the site was not yet asked for. */
  hasGap(subscription: string): boolean;
  done: Promise<void>;
}

/** How one subscription fares; times on the steady clock. */
interface State {
  subscription: Subscription;
  /** Grows with everything that was missed; 0: nothing is. */
  gap: number;
  renewal: { due: number; failures: number };
  question: { due: number; failures: number };
  handing: Handing;
  /** What the site refuses of it, as the log has said. */
  troubles: Map<Call, string>;
}

/** What a site is asked for a subscription, and why the log says so when it refuses. */
const CALLS = { renewal: 'is not kept', question: 'cannot be caught up with' } as const;
type Call = keyof typeof CALLS;

/**
 * Keeps the subscriptions of a site alive until the signal aborts, each by itself: QRS forgets them when its service
 * restarts, and can be asked neither for them nor for a handle (docs/qrs.md 7.4). After every gap, and now and then,
 * the site is asked what was missed.
 */
export function watch(given: Watching): Watch {
  const { clock, log, metrics, signal, store, period } = given;
  const site = given.qrs.site.name;
  const bell = createBell();
  const asking = { ...given, watchClock: clockWarnings(site, log) };
  const states = given.subscriptions.map(
    (subscription): State => ({
      subscription,
      gap: 1,
      renewal: { due: 0, failures: 0 },
      question: { due: 0, failures: 0 },
      handing: undefined,
      troubles: new Map(),
    }),
  );
  let away = 0;
  /** What came in place of answers in this turn, and how many answers came. */
  let silent: RemoteError[] = [];
  let heard = 0;

  async function renewOne(state: State, handles: readonly Handle[]) {
    const { renewal, subscription } = state;
    try {
      const handing = await renew(given, subscription, handles);
      // A new handle is a loss where it was the same before. Where that is not known, asking does no harm.
      if (handing === 'new' && state.handing === 'same') missed(state);
      else if (handing === 'new' && state.handing === undefined) state.question.due = 0;
      state.handing = handing ?? state.handing;
      metrics.renewals.inc({ site });
      heard += 1;
      Object.assign(renewal, { due: clock.steady() + period, failures: 0 });
      await trouble(state, 'renewal', undefined);
    } catch (error) {
      await refused(state, 'renewal', error);
    }
  }

  /** One question for all subscriptions to a type that are due. */
  async function ask(same: readonly State[]) {
    const before = same.map(({ gap }) => gap);
    const subscriptions = same.map(({ subscription }) => subscription);
    const gaps = new Set(same.filter(({ gap }) => gap > 0).map(({ subscription }) => subscription.name));
    try {
      const rejected = await catchUp(asking, subscriptions, gaps);
      for (const [index, state] of same.entries()) {
        const taken = !rejected.has(state.subscription.name);
        if (taken && state.gap === before[index]) state.gap = 0;
        const wait = state.gap > 0 ? period : CATCH_UP;
        Object.assign(state.question, { due: clock.steady() + wait, failures: 0 });
        await trouble(state, 'question', undefined);
      }
    } catch (error) {
      for (const state of same) await refused(state, 'question', error);
    }
  }

  /** A refusal is this subscription's alone, and so is no answer where the site answers for others in the same turn. */
  async function refused(state: State, call: Call, error: unknown) {
    if (!(error instanceof RemoteError)) throw error;
    if (error.status === undefined) silent.push(error);
    const tried = state[call];
    tried.failures += 1;
    tried.due = clock.steady() + Math.min(SOON * 2 ** Math.min(tried.failures, 10), REFUSED);
    await trouble(state, call, given.redact(messageOf(error)));
  }

  async function trouble({ subscription: { name }, troubles }: State, call: Call, words: string | undefined) {
    if (call === 'renewal') metrics.subscribed.set({ subscription: name }, words === undefined ? 1 : 0);
    if (troubles.get(call) === words) return;
    if (words === undefined) troubles.delete(call);
    else troubles.set(call, words);
    if (words === undefined) log.info(`Subscription "${name}" of site "${site}" is well again.`);
    else log.warning(`Subscription "${name}" ${CALLS[call]}: ${words}`);
    await store.trouble(name, [...troubles.values()].join(' ') || undefined);
  }

  /** The site is away when it answered for none, whichever were due. */
  async function renewDue() {
    silent = [];
    heard = 0;
    const handles = await store.handles();
    const due = states.filter(({ renewal }) => renewal.due <= clock.steady());
    const others = states.filter(state => !due.includes(state));
    for (const state of [...due, ...others]) {
      if (others.includes(state) && (silent.length === 0 || heard > 0)) break;
      await renewOne(state, handles);
      const [why] = silent;
      if (why && heard === 0 && silent.length >= Math.min(ENOUGH, states.length)) throw why;
    }
  }

  async function turn(): Promise<number> {
    try {
      await renewDue();
      // Subscribed first: what changes in between is notified.
      const due = states.filter(({ question }) => question.due <= clock.steady());
      const types = Map.groupBy(due, ({ subscription }) => subscription.entity.toLowerCase());
      for (const same of types.values()) await ask(same);
      answered();
      const next = Math.min(...states.flatMap(({ renewal, question }) => [renewal.due, question.due]));
      return Math.ceil(Math.max(0, next - clock.steady()));
    } catch (error) {
      return error instanceof StoppedError ? 0 : failed(error);
    }
  }

  function answered() {
    if (away > 0) {
      log.info(`Site "${site}" is back.`);
      given.back();
    }
    away = 0;
    metrics.reachable.set({ site }, 1);
  }

  /** The store, or the whole site. Returns the pause, ms. */
  function failed(error: unknown): number {
    if (!(error instanceof RemoteError)) {
      log.warning(messageOf(error));
      return SOON;
    }
    if (away === 0) log.warning(`Site "${site}" cannot be watched: ${given.redact(messageOf(error))}`);
    const pause = Math.min(SOON * 2 ** away, AWAY);
    away += 1;
    for (const state of states) {
      state.renewal.due = 0;
      missed(state);
    }
    metrics.reachable.set({ site }, 0);
    return pause;
  }

  function missed(state: State) {
    state.question.due = Math.min(state.question.due, state.renewal.due);
    state.gap += 1;
  }

  async function loop() {
    for (const { name } of given.subscriptions) await store.trouble(name, undefined);
    await forget(given, given.subscriptions).catch(error => log.warning(messageOf(error)));
    while (!signal.aborted) await bell.wait(await turn(), clock, signal);
  }

  return {
    missed: name => {
      for (const state of states) if (name === undefined || state.subscription.name === name) missed(state);
    },
    hasGap: name => states.some(({ subscription, gap }) => subscription.name === name && gap > 0),
    done: loop().catch(error => log.warning(messageOf(error))),
  };
}
