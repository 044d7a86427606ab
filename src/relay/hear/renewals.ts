import { RemoteError } from '../../base/errors.ts';
import { limiter } from '../../base/limit.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { Subscription } from '../config/settings.ts';
import type { Relay } from '../relay.ts';
import type { Handle } from '../store/watches.ts';
import { renew } from './subscribe.ts';
import { postpone, trouble, type WatchState } from './watch-state.ts';

/** Subscriptions that are made at a time: each call takes a connection. */
const AT_ONCE = 4;

export interface Renewing {
  qrs: Qrs;
  states: readonly WatchState[];
  /** What QRS calls for a subscription. */
  callback: (subscription: Subscription) => string;
  /** Between renewals, ms. */
  period: number;
  /** QRS had forgotten this subscription: changes may have been missed. */
  missed: (state: WatchState) => void;
  /** Whether QRS had forgotten a subscription is not known. */
  doubt: () => void;
}

/** Renews the subscriptions to one type of one site that are due. */
export function renewals(relay: Relay, given: Renewing): () => Promise<RemoteError | undefined> {
  const { clock, metrics, store } = relay;
  const { qrs, states, period } = given;
  const site = qrs.site.name;

  /** Resolves to why the site did not answer, if it answered for none, whichever were due. */
  async function renewDue(): Promise<RemoteError | undefined> {
    const handles = await store.handles();
    const few = limiter(AT_ONCE);
    const renewEach = (some: readonly WatchState[]) =>
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
    for (const { state, silence } of silent) await trouble(relay, site, state, 'renewal', silence);
    return undefined;
  }

  const isDue = ({ due }: WatchState) => due <= clock.steady();

  /** `silence`: why the site did not answer. */
  async function renewOne(state: WatchState, handles: readonly Handle[]) {
    const { subscription } = state;
    const callback = given.callback(subscription);
    try {
      const handing = await renew(relay, qrs, { subscription, callback, handles });
      // A new handle is a loss where it was the same before. Where that is not known, asking does no harm.
      if (handing === 'new' && state.handing === 'same') given.missed(state);
      else if (handing === 'new' && state.handing === undefined) given.doubt();
      state.handing = handing ?? state.handing;
      metrics.renewals.inc({ site });
      metrics.subscribed.set({ subscription: subscription.name }, 1);
      Object.assign(state, { due: clock.steady() + period, failures: 0 });
      await trouble(relay, site, state, 'renewal', undefined);
      return { state, silence: undefined };
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      metrics.subscribed.set({ subscription: subscription.name }, 0);
      postpone(relay, state);
      if (error.status === undefined) return { state, silence: error };
      await trouble(relay, site, state, 'renewal', error);
      return { state, silence: undefined };
    }
  }

  return renewDue;
}
