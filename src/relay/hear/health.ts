import type { FastifyInstance, FastifyRequest } from 'fastify';
import { messageOf } from '../../base/errors.ts';
import { logOnce } from '../log-once.ts';
import type { Relay } from '../relay.ts';

export interface Desk extends Pick<Relay, 'store' | 'share' | 'metrics' | 'clock' | 'log'> {
  /** Whether the relay has the sites and subscriptions of the others. */
  agrees: () => boolean;
}
type HealthRequest = { Querystring: { verbose?: string } };

const DIFFERS =
  'Other relays run with other sites or subscriptions: this one neither holds sites nor dispatches.';

/** Answers whether the relay is alive, can take changes, and how it fares. */
export function health(server: FastifyInstance, relay: Desk): void {
  const { store, metrics, clock, log } = relay;
  const counting = logOnce(log);
  server.get('/livez', async () => ({ alive: true }));
  server.get('/readyz', async (request: FastifyRequest<HealthRequest>, reply) => {
    try {
      await store.probe(clock.now());
      const differs = relay.agrees() ? {} : { configuration: DIFFERS };
      return {
        ready: true,
        ...differs,
        ...(request.query.verbose === undefined ? {} : await details(relay)),
      };
    } catch {
      return reply.code(503).send({ ready: false, why: 'The store cannot be written.' });
    }
  });
  server.get('/metrics', async (_request, reply) => {
    try {
      const { states, oldest } = await store.counts();
      metrics.waiting.set(states.pending + states.leased);
      metrics.kept.set(states.dead);
      metrics.oldest.set(oldest === undefined ? 0 : Math.max(0, clock.now() - oldest) / 1000);
      counting.well();
    } catch (error) {
      // That is when somebody looks: the other metrics are served all the same, without what is not known.
      for (const unknown of [metrics.waiting, metrics.kept, metrics.oldest]) unknown.remove();
      counting.trouble(messageOf(error));
    }
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}

/** What waits, and why: nothing of it keeps the relay from taking changes. */
async function details({ store, share }: Desk) {
  const { paused: lanes, troubles: subscriptions, unreadable } = await store.delays();
  const { waiting } = await store.counts();
  const full = Object.keys(waiting).filter(repository => (waiting[repository] ?? 0) >= share);
  const sites = (await store.holds()).map(({ site, relay, gaps }) => ({ site, relay, gaps }));
  return { lanes, full, unreadable, subscriptions, sites };
}
