import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What `/metrics` shows. Labels are names of the configuration, never of entities: their number is bounded. */
export function createMetrics() {
  const registers = [new Registry()];
  const [registry = new Registry()] = registers;
  const counter = (name: string, help: string, ...labelNames: string[]) =>
    new Counter({ name: `qrs_relay_${name}`, help, labelNames, registers });
  const gauge = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name: `qrs_relay_${name}`, help, labelNames, registers });
  const budget = gauge('github_budget_left', 'Calls that GitHub still allows in this hour.');
  // GitHub says it with its first answer. Until then, 0 would be an alarm.
  budget.remove();
  return {
    registry,
    received: counter('received_total', 'Notifications that are on disk.', 'subscription'),
    coalesced: counter('coalesced_total', 'Notifications that joined a change that waits.', 'subscription'),
    malformed: counter('malformed_total', 'Notifications, or calls, that make no sense.'),
    unknown: counter('unknown_total', 'Calls to no subscription, or without the secret.'),
    turnedAway: counter('turned_away_total', 'Calls answered 503: disk or backlog full.'),
    unwanted: counter('unwanted_total', 'Changes that are not wanted, so not dispatched.', 'subscription'),
    dispatched: counter('dispatched_total', 'Dispatches that GitHub accepted.', 'subscription'),
    failed: counter('failed_total', 'Dispatches that are to be tried again.', 'why'),
    repeated: counter('repeated_total', 'Dispatches that may have been accepted before.'),
    dead: counter('dead_total', 'Changes given up.', 'cause'),
    renewals: counter('subscription_renewals_total', 'Subscriptions made with QRS.', 'site'),
    finds: counter('catch_up_finds_total', 'Changes that QRS did not notify, found by catch-up.', 'site'),
    waiting: gauge('waiting', 'Changes that wait to be dispatched.'),
    kept: gauge('dead', 'Changes that were given up and are kept.'),
    oldest: gauge('oldest_waiting_seconds', 'Age of the oldest change that waits to be dispatched.'),
    budget,
    paused: gauge(
      'github_paused',
      '1 while GitHub is not called for anybody: a limit, or a credential that it refuses.',
    ),
    laneWaits: gauge('lane_waits', '1 while the dispatches of a repository wait.', 'repository'),
    ahead: gauge('site_clock_ahead_seconds', "By how much a site's clock is ahead.", 'site'),
    holds: gauge('holds_site', '1 while this relay holds a site.', 'site'),
    differs: gauge('configuration_differs', '1 while other relays have another configuration.'),
    reachable: gauge('site_reachable', '1 while a site is subscribed to.', 'site'),
    subscribed: gauge('subscribed', '1 while a site keeps a subscription.', 'subscription'),
    delay: new Histogram({
      name: 'qrs_relay_dispatch_delay_seconds',
      help: 'From the last notification of a change to the answer of GitHub.',
      buckets: [1, 5, 10, 30, 60, 300, 3600, 86_400],
      registers,
    }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
