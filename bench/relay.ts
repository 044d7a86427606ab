import { measureParts, type Parts } from './parts.ts';
import { backlog } from './relay/backlog.ts';
import { crowd } from './relay/crowd.ts';
import { delay } from './relay/delay.ts';
import { idle } from './relay/idle.ts';
import { outage } from './relay/outage.ts';
import { rate } from './relay/rate.ts';
import { steady } from './relay/steady.ts';

const PARTS: Parts = {
  1: {
    title: 'Notifications accepted durably, beside bare commits of node:sqlite (WAL, FULL)',
    measure: rate,
  },
  2: { title: 'Answers at a steady 500 notifications a second', measure: steady },
  3: { title: '100,000 notifications of 1,000 apps', measure: crowd },
  4: { title: 'A hundred apps, each by itself: from the last notification to the dispatch', measure: delay },
  5: { title: 'An idle hour with 20 subscriptions, on either kind of QRS', measure: idle },
  6: { title: 'An hour without GitHub: 10,000 changes of 200 apps for 5 repositories', measure: outage },
  7: { title: 'A start with 100,000 waiting changes', measure: backlog },
};

/**
 * What the relay takes and how soon it tells: a relay, a generator of load, and a site with GitHub, in a process
 * each. The relay is made of the sources, at a hundred dispatches a second instead of one, which relay.yml cannot say.
 */
export async function relayBench(asked: readonly string[]): Promise<void> {
  await measureParts('relay', PARTS, asked);
}
