import { RemoteError } from '../../base/errors.ts';
import { limiter } from '../../base/limit.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { Subscription } from '../config/settings.ts';
import { postpone } from '../loop.ts';
import type { Relay } from '../relay.ts';
import type { Handle } from '../store/watches.ts';
import { renew } from './subscribe.ts';
import { trouble, type WatchState } from './watch-state.ts';

/** Subscriptions that are made at a time: each call takes a connection. */
export const RENEWALS = 4;

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

interface Renewed {
  state: WatchState;
  /** Why the site did not answer. */
  silence: RemoteError | undefined;
}

/** Renews the subscriptions to one type of one site. */
export function renewals(relay: Relay, given: Renewing) {
  const { clock, metrics, store } = relay;
  const { qrs, states, period } = given;
  const site = qrs.site.name;

  /** Renews what is due. Resolves to why the site did not answer, if it answered for none, whichever were due. */
  async function renewDue(): Promise<RemoteError | undefined> {
    const handles = await store.handles();
    const few = limiter(RENEWALS);
    const renewEach = (some: readonly WatchState[]) =>
      Promise.all(some.map(state => few(() => renewOne(state, handles))));
    const together = states.filter(({ alone }) => !alone);
    // Those that the site answered for last time go first: if they are silent too, it is the site.
    const due = together.filter(isDue).toSorted((one, other) => one.failures - other.failures);
    if (due.length === 0) return undefined;
    const others = [...due.slice(RENEWALS), ...together.filter(one => !due.includes(one))];
    const tried = await renewEach(due.slice(0, RENEWALS));
    tried.push(...(await renewEach(tried.every(isSilent) ? others.slice(0, RENEWALS) : due.slice(RENEWALS))));
    const silent = tried.filter(isSilent);
    if (silent.length === tried.length) return silent[0]?.silence;
    for (const { state, silence } of silent) {
      state.alone = true;
      await trouble(relay, site, state, 'renewal', silence);
    }
    return undefined;
  }

  /** Tries those again that the site alone does not answer for: each may take long, and no other waits for it. */
  async function retryAlone(): Promise<number> {
    for (const state of states.filter(({ alone }) => alone)) {
      const { silence } = await renewOne(state, await store.handles());
      if (silence !== undefined) continue;
      state.alone = false;
      given.missed(state);
      given.doubt();
    }
    return period;
  }

  const isDue = ({ due }: WatchState) => due <= clock.steady();
  const isSilent = ({ silence }: Renewed) => silence !== undefined;

  async function renewOne(state: WatchState, handles: readonly Handle[]): Promise<Renewed> {
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

  return { renewDue, retryAlone };
}
