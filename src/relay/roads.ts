import { messageOf } from '../base/errors.ts';
import type { Qrs } from '../qrs/connection.ts';
import type { Subscription } from './config/settings.ts';
import { type FirstReadings, firstReadings } from './decide/first-reading.ts';
import { MOST_READS, type Review, readsOf, review } from './decide/review.ts';
import type { Intake } from './hear/intake.ts';
import { RENEWALS } from './hear/renewals.ts';
import { siteClock } from './hear/site-clock.ts';
import { forget } from './hear/subscribe.ts';
import { type Watch, watch } from './hear/watch.ts';
import type { Held } from './hold/shared-gaps.ts';
import type { Relay } from './relay.ts';
import type { NewDelivery } from './store/accept.ts';

/** What hears and decides the changes of one subscription, while this relay holds its site. */
interface Road {
  /** Of all subscriptions to its type. */
  watch: Watch;
  /** Of all subscriptions to its type with its filter. */
  review: Review;
}

export interface RoadWorks {
  intake: Intake;
  /** What QRS calls for a subscription. */
  callback: (subscription: Subscription) => string;
  /** Between renewals of a subscription, ms. */
  period: number;
  /** Called when there is a new delivery to dispatch. */
  decided: () => void;
}

/** What a relay does for one site. */
export interface SiteWork {
  /**
   * Changes of these subscriptions are in the store, to be reviewed once they are quiet. What is new is read at once,
   * whichever relay holds the site.
   */
  stored(added: readonly NewDelivery[], concerned: ReadonlySet<string>): void;
  /** Watches the site and reviews its changes, until the signal aborts. */
  begin(lost: AbortSignal): Held;
  /** Resolves when no first reading is under way. */
  settled(): Promise<unknown>;
}

/**
 * How many calls to a site may be under way: as many as its loops make at a time, so that a call that hangs uses up no
 * other one's connection.
 */
export function callsTo(subscriptions: readonly Subscription[]): number {
  // Of a type: renewals, one of a subscription that the site alone does not answer, a first reading.
  return new Set(subscriptions.map(typeOf)).size * (RENEWALS + 2) + MOST_READS;
}

const typeOf = ({ entity }: Subscription) => entity.toLowerCase();

export function siteWork(
  relay: Relay,
  qrs: Qrs,
  subscriptions: readonly Subscription[],
  works: RoadWorks,
): SiteWork {
  let roads: ReadonlyMap<string, Road> = new Map();
  const firsts = [...Map.groupBy(subscriptions, typeOf).values()].map(same => {
    const done = () => {
      for (const { name } of same) roads.get(name)?.review.ring();
    };
    return firstReadings(relay, { qrs, subscriptions: same, done });
  });
  const left = (id: string) => Math.max(...firsts.map(first => first.left(id)));

  function begin(lost: AbortSignal): Held {
    const signal = AbortSignal.any([relay.signal, lost]);
    const holding = { ...relay, signal };
    const own = qrs.under(signal);
    const made = roadsOf(holding, own, subscriptions, { ...works, left });
    roads = made;
    const forgetting = forget(holding, own, subscriptions).catch(error =>
      relay.log.warning(messageOf(error)),
    );
    const loops = [...made.values()].flatMap(({ watch, review }) => [watch.done, review.done]);
    return {
      missed: name => made.get(name)?.watch.missed(name),
      hasGap: name => made.get(name)?.watch.hasGap(name) ?? true,
      done: Promise.all([forgetting, ...loops]).then(() => {
        // How the site fares, the relay that holds it next knows.
        relay.metrics.reachable.remove({ site: qrs.site.name });
        for (const { name } of subscriptions) relay.metrics.subscribed.remove({ subscription: name });
      }),
    };
  }

  return {
    stored: (added, concerned) => {
      for (const first of firsts) first.heard(added);
      for (const { name, quiet, maxWait } of subscriptions)
        if (concerned.has(name))
          roads.get(name)?.review.ring(relay.clock.steady() + Math.min(quiet, maxWait));
    },
    begin,
    settled: () => Promise.all(firsts.map(first => first.settled())),
  };
}

/** The roads of one site by the names of their subscriptions: no type holds up another, and no filter. */
function roadsOf(
  relay: Relay,
  qrs: Qrs,
  subscriptions: readonly Subscription[],
  works: RoadWorks & Pick<FirstReadings, 'left'>,
): Map<string, Road> {
  const site = qrs.site.name;
  const types = Map.groupBy(subscriptions, typeOf);
  const silent = new Set<string>();
  const siteTime = siteClock(relay, qrs);
  const reads = readsOf();
  const roads = new Map<string, Road>();
  for (const [type, same] of types) {
    const answers = (yes: boolean) => {
      if (yes) silent.delete(type);
      else silent.add(type);
      relay.metrics.reachable.set({ site }, silent.size < types.size ? 1 : 0);
    };
    const reviews: Review[] = [];
    const back = () => {
      for (const one of reviews) void one.back();
    };
    const watching = watch(relay, { ...works, qrs, subscriptions: same, siteTime, answers, back });
    for (const alike of Map.groupBy(same, ({ filter }) => filter).values()) {
      const reviewing = review(relay, {
        ...{
          qrs,
          subscriptions: alike,
          left: works.left,
          decided: works.decided,
          late: watching.askSoon,
          reads,
        },
        silent: () => {
          for (const { name } of alike) watching.missed(name);
        },
      });
      reviews.push(reviewing);
      for (const { name } of alike) roads.set(name, { watch: watching, review: reviewing });
    }
  }
  return roads;
}
