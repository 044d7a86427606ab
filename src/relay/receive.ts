import { createHash, timingSafeEqual } from 'node:crypto';
import { type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import type { Clock } from '../base/clock.ts';
import { InputError, messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Listen, Subscription } from './config.ts';
import type { Intake } from './intake.ts';
import type { Metrics } from './metrics.ts';
import { notified } from './notification.ts';
import type { Store } from './store/store.ts';

export interface Receiver {
  /** The port it listens on. */
  port: number;
  /** Takes no more calls, and waits for the answers under way. */
  close(): Promise<void>;
}

export interface Receiving {
  listen: Listen;
  subscriptions: readonly Subscription[];
  secret: string;
  intake: Intake;
  store: Store;
  metrics: Metrics;
  clock: Clock;
  log: Log;
  /** Something could not be taken: it is to be caught up with. */
  missed: (subscription: Subscription) => void;
}

/** QRS sends a few hundred bytes; a burst of a big site is an array of them. */
const BODY_LIMIT = 1_048_576;
/** Seconds after which a caller that was turned away may try again. */
const RETRY_AFTER = '30';

/** Listens for QRS's calls, and answers how the relay is. Throws InputError when the port cannot be had. */
export async function receive(given: Receiving): Promise<Receiver> {
  const { host, port, tls } = given.listen;
  const settings = { bodyLimit: BODY_LIMIT, requestTimeout: 30_000, forceCloseConnections: true };
  const server: FastifyInstance = tls
    ? fastify({ ...settings, https: { cert: tls.certificate, key: tls.key } })
    : fastify(settings);
  // Whatever QRS calls its JSON.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  notify(server, given);
  health(server, given);
  server.setErrorHandler(async (error, _request, reply) => {
    const status =
      typeof error === 'object' && error && 'statusCode' in error ? Number(error.statusCode) : 500;
    if (status < 500) given.metrics.malformed.inc();
    else given.log.warning(`A call could not be answered: ${messageOf(error)}.`);
    return reply
      .code(status)
      .send({ error: status === 413 ? 'The body is too long.' : 'That did not work.' });
  });
  try {
    await server.listen({ host, port });
  } catch (error) {
    await server.close();
    throw new InputError(`listen: port ${port} of ${host} cannot be had: ${messageOf(error)}.`);
  }
  const address = server.server.address();
  return { port: typeof address === 'object' && address ? address.port : port, close: () => server.close() };
}

function notify(server: FastifyInstance, given: Receiving): void {
  const { subscriptions, metrics } = given;
  const secret = digest(given.secret);
  server.post<{ Params: { subscription: string; secret: string } }>(
    '/notify/:subscription/:secret',
    async ({ params, body }, reply) => {
      const called = params.subscription.toLowerCase();
      const subscription = subscriptions.find(({ name }) => name.toLowerCase() === called);
      // One answer for both, so that nobody learns which of them was right.
      if (!timingSafeEqual(digest(params.secret), secret) || !subscription) {
        return reply.code(404).send({ error: 'Not found.' });
      }
      const { wanted, unwanted, malformed } = notified(subscription, parsed(body));
      metrics.malformed.inc(malformed);
      metrics.unwanted.inc({ subscription: subscription.name }, unwanted);
      try {
        const accepted = await given.intake.accept(wanted);
        metrics.received.inc({ subscription: subscription.name }, accepted.stored);
        if (accepted.rejected.length > 0)
          return turnedAway(reply, given, subscription, 'The backlog is full.');
      } catch (error) {
        given.log.warning(messageOf(error));
        return turnedAway(reply, given, subscription, 'The change cannot be stored.');
      }
      if (malformed > 0) return reply.code(400).send({ error: `${malformed} of the items make no sense.` });
      return reply.code(202).send({ accepted: wanted.length });
    },
  );
}

function turnedAway(reply: FastifyReply, given: Receiving, subscription: Subscription, error: string) {
  given.metrics.turnedAway.inc();
  given.missed(subscription);
  return reply.code(503).header('retry-after', RETRY_AFTER).send({ error });
}

function health(server: FastifyInstance, { store, metrics, clock }: Receiving): void {
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
    const { states, oldest } = await store.counts();
    metrics.waiting.set(states.pending + states.leased);
    metrics.kept.set(states.dead);
    metrics.oldest.set(oldest === undefined ? 0 : Math.max(0, clock.now() - oldest) / 1000);
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}

function parsed(body: unknown): unknown {
  try {
    return JSON.parse(String(body));
  } catch {
    return undefined;
  }
}

/** Of equal length whatever the text, as a comparison in constant time needs it. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
