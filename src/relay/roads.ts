import type { Qrs } from '../qrs/connection.ts';
import type { Subscription } from './config/settings.ts';
import { type FirstReadings, firstReadings } from './decide/first-reading.ts';
import { type Review, review } from './decide/review.ts';
import type { Intake } from './hear/intake.ts';
import { siteClock } from './hear/site-clock.ts';
import { type Watch, watch } from './hear/watch.ts';
import type { Relay } from './relay.ts';

/** What hears and decides the changes of one subscription. */
export interface Road {
  /** Of all subscriptions to its type. */
  watch: Watch;
  heard: FirstReadings['heard'];
  /** Of all subscriptions to its type with its filter. */
  review: Review;
  done: Promise<unknown>;
}

export interface RoadWorks {
  intake: Intake;
  /** What QRS calls for a subscription. */
  callback: (subscription: Subscription) => string;
  /** Between renewals of a subscription, ms. */
  period: number;
  /** Something new is wanted. */
  decided: () => void;
}

/** The roads of one site by the names of their subscriptions: no type holds up another, and no filter. */
export function roadsOf(
  relay: Relay,
  qrs: Qrs,
  subscriptions: readonly Subscription[],
  works: RoadWorks,
): Map<string, Road> {
  const site = qrs.site.name;
  const types = Map.groupBy(subscriptions, ({ entity }) => entity.toLowerCase());
  const silent = new Set<string>();
  const siteTime = siteClock(relay, qrs);
  const roads = new Map<string, Road>();
  for (const [type, same] of types) {
    const answers = (yes: boolean) => {
      if (yes) silent.delete(type);
      else silent.add(type);
      relay.metrics.reachable.set({ site }, silent.size < types.size ? 1 : 0);
    };
    const reviews: Review[] = [];
    const back = () => {
      for (const one of reviews) one.back();
    };
    const watching = watch(relay, { ...works, qrs, subscriptions: same, siteTime, answers, back });
    const done = () => {
      for (const one of reviews) one.ring();
    };
    const first = firstReadings(relay, { qrs, subscriptions: same, done });
    for (const alike of Map.groupBy(same, ({ filter }) => filter).values()) {
      const reviewing = review(relay, {
        ...{ qrs, subscriptions: alike, first, decided: works.decided, late: watching.askSoon },
        silent: () => {
          for (const { name } of alike) watching.missed(name);
        },
      });
      reviews.push(reviewing);
      const ended = Promise.all([watching.done, reviewing.done]).then(first.settled);
      for (const { name } of alike)
        roads.set(name, { watch: watching, heard: first.heard, review: reviewing, done: ended });
    }
  }
  return roads;
}
