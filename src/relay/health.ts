import type { FastifyInstance } from 'fastify';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Metrics } from './metrics.ts';
import type { Store } from './store/store.ts';

interface Watched {
  store: Store;
  metrics: Metrics;
  clock: Clock;
  log: Log;
}

/** Answers whether the relay is alive, can take changes, and how it fares. */
export function health(server: FastifyInstance, { store, metrics, clock, log }: Watched): void {
  server.get('/livez', async () => ({ alive: true }));
  server.get('/readyz', async (_request, reply) => {
    try {
      await store.probe(clock.now());
      return { ready: true };
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
    } catch (error) {
      // That is when somebody looks: the rest is told all the same.
      log.warning(messageOf(error));
    }
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}
