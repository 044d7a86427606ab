import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { messageOf } from '../../base/errors.ts';
import { jsonIn } from '../../base/json.ts';
import type { Subscription } from '../config/settings.ts';
import { type LogOnce, logOnce } from '../log-once.ts';
import { type Desk, health } from './health.ts';
import type { Intake } from './intake.ts';
import { doorsFor, type Entrance, RETRY_AFTER } from './listen.ts';
import { notified } from './notification.ts';
import { ownNames } from './own-names.ts';
import { statusPage } from './status-page.ts';

export interface Receiver {
  /** The port it listens on. */
  port: number;
  /** The one of health and metrics. */
  status: number;
  /** Takes no more calls, and waits for the answers under way. */
  close(): Promise<void>;
}

export interface Receiving extends Desk, Entrance {
  subscriptions: readonly Subscription[];
  secret: string;
  intake: Intake;
  /** Something could not be taken: it is to be caught up with. */
  missed: (subscription: Subscription) => void;
  /** Whether the site may not have notified this subscription for a while. */
  gap: (subscription: Subscription) => boolean;
}

/** Listens for QRS's calls and for questions about health. Throws InputError when a port cannot be used. */
export async function receive(given: Receiving): Promise<Receiver> {
  const { calls, status, open, close } = doorsFor(given);
  // Whatever QRS calls its JSON.
  calls.removeAllContentTypeParsers();
  calls.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  calls.addHook('onRequest', async (request, reply) => {
    if (request.is404) return unknown(reply, given);
  });
  calls.setErrorHandler((error, _request, reply) => failed(error, reply, given));
  notify(calls, given);
  if (given.listen.status) ownNames(status, given.listen.status.host);
  health(status, given);
  // Whoever reaches the callbacks must not see it.
  if (status !== calls) statusPage(status, given);
  return { ...(await open()), close };
}

function failed(error: unknown, reply: FastifyReply, { metrics, log }: Receiving) {
  const status = typeof error === 'object' && error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status < 500) metrics.malformed.inc();
  else log.warning(`A call could not be answered: ${messageOf(error)}.`);
  return reply.code(status).send({ error: status === 413 ? 'The body is too long.' : 'That did not work.' });
}

type Named = { Params: { subscription: string; secret: string } };

function notify(server: FastifyInstance, given: Receiving): void {
  const desk = { ...given, storing: logOnce(given.log) };
  const secret = Buffer.from(given.secret);
  const called = ({ params }: FastifyRequest<Named>) => {
    const name = params.subscription.toLowerCase();
    return given.subscriptions.find(one => one.name.toLowerCase() === name);
  };
  // Before the body is read. One answer for both: it does not reveal which of them was right.
  const onRequest = async (request: FastifyRequest<Named>, reply: FastifyReply) => {
    const asked = Buffer.from(request.params.secret);
    // How long it is, is no secret.
    const right = asked.length === secret.length && timingSafeEqual(asked, secret);
    if (!right || !called(request)) return unknown(reply, given);
  };
  server.post<Named>('/notify/:subscription/:secret', { onRequest }, async (request, reply) => {
    const subscription = called(request);
    return subscription ? take(subscription, request.body, reply, desk) : unknown(reply, given);
  });
}

/** Answers once the changes are on disk. */
async function take(
  subscription: Subscription,
  body: unknown,
  reply: FastifyReply,
  given: Receiving & { storing: LogOnce },
) {
  const { metrics, storing } = given;
  const { wanted, unwanted, malformed } = notified(subscription, parsed(body), given.gap(subscription));
  metrics.malformed.inc(malformed);
  metrics.unwanted.inc({ subscription: subscription.name }, unwanted);
  try {
    const accepted = await given.intake.accept(wanted);
    storing.well();
    metrics.received.inc({ subscription: subscription.name }, accepted.stored);
    metrics.coalesced.inc({ subscription: subscription.name }, accepted.joined.length);
    if (accepted.rejected.length > 0)
      return turnedAway(reply, given, subscription, 'The backlog of its repository is full.');
  } catch (error) {
    storing.trouble(messageOf(error));
    return turnedAway(reply, given, subscription, 'The change cannot be stored.');
  }
  if (malformed > 0) return reply.code(400).send({ error: `${malformed} of the items make no sense.` });
  return reply.code(202).send({ accepted: wanted.length });
}

function unknown(reply: FastifyReply, { metrics }: Receiving) {
  metrics.unknown.inc();
  return reply.code(404).send({ error: 'Not found.' });
}

function turnedAway(reply: FastifyReply, given: Receiving, subscription: Subscription, error: string) {
  given.metrics.turnedAway.inc();
  given.missed(subscription);
  return reply.code(503).header('retry-after', RETRY_AFTER).send({ error });
}

/** Some senders begin with a byte order mark, which is not JSON. */
function parsed(body: unknown): unknown {
  return jsonIn(String(body).replace(/^\uFEFF/, ''));
}
