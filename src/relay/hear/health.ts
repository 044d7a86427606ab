import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { Metrics } from '../metrics.ts';
import type { Store } from '../store/store.ts';

interface Watched {
  store: Store;
  /** Changes that may wait for one repository. */
  share: number;
  metrics: Metrics;
  clock: Clock;
  log: Log;
}

type Asked = { Querystring: { verbose?: string } };

/** Answers whether the relay is alive, can take changes, and how it fares. */
export function health(server: FastifyInstance, given: Watched): void {
  const { store, metrics, clock, log } = given;
  server.get('/livez', async () => ({ alive: true }));
  server.get('/readyz', async (request: FastifyRequest<Asked>, reply) => {
    try {
      await store.probe(clock.now());
      return { ready: true, ...(request.query.verbose === undefined ? {} : await details(given)) };
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
      // That is when somebody looks: the other metrics are served all the same.
      log.warning(messageOf(error));
    }
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}

/** What waits, and why: nothing of it keeps the relay from taking changes. */
async function details({ store, share }: Watched) {
  const [lanes, watches, { waiting }] = [await store.lanes(), await store.watches(), await store.counts()];
  return {
    lanes: lanes.map(({ repository, kind, until, reason }) => ({
      repository: repository === '' ? 'all' : repository,
      kind,
      until: new Date(until).toISOString(),
      reason,
    })),
    full: Object.entries(waiting).flatMap(([repository, number]) => (number >= share ? [repository] : [])),
    subscriptions: watches.flatMap(({ subscription, trouble }) =>
      trouble === undefined ? [] : [{ subscription, trouble }],
    ),
  };
}
