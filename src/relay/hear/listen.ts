import { type FastifyInstance, fastify } from 'fastify';
import { InputError, messageOf } from '../../base/errors.ts';
import type { Listen } from '../config/settings.ts';
import { type Door, guardDoor } from './door.ts';

/** The servers behind the addresses of a relay: one, unless health and metrics have an address of their own. */
export interface Doors {
  /** For QRS's calls. */
  calls: FastifyInstance;
  /** For health and metrics; the same one without `listen.status`. */
  status: FastifyInstance;
  /** Begins to listen. Throws InputError when a port cannot be used. */
  open(): Promise<{ port: number; status: number }>;
  /** Takes no more calls, and waits for the answers under way. */
  close(): Promise<void>;
}

export interface Entrance {
  listen: Listen;
  /** How long a call may take to arrive, and to be answered when the relay stops, ms. */
  patience?: { arrive: number; answer: number } | undefined;
  /** In place of the usual limits on connections. */
  door?: Partial<Door> | undefined;
}

/** Seconds after which a caller that was turned away may try again. */
export const RETRY_AFTER = '30';
/** QRS sends a few hundred bytes; a burst of a big site is an array of them. */
const BODY_LIMIT = 1_048_576;
/** For TLS to be agreed on, ms. */
const HANDSHAKE = 10_000;
const PATIENCE = { arrive: 30_000, answer: 3_000 };

/** Servers that do not listen yet. Routes come before `open`. */
export function doorsFor({ listen, patience = PATIENCE, door }: Entrance): Doors {
  const calls = serverFor(listen, patience.arrive);
  const own =
    listen.status && serverFor({ url: `http://${listen.status.host}`, tls: undefined }, patience.arrive);
  const places = [
    { server: calls, place: listen },
    ...(own && listen.status ? [{ server: own, place: listen.status }] : []),
  ];
  for (const { server } of places) guardDoor(server.server, door);
  const close = async () => {
    const cut = setTimeout(() => {
      for (const { server } of places) server.server.closeAllConnections();
    }, patience.answer);
    await Promise.all(places.map(({ server }) => server.close()));
    clearTimeout(cut);
  };
  return {
    ...{ calls, status: own ?? calls, close },
    open: async () => {
      for (const { server, place } of places) {
        try {
          await server.listen({ host: place.host, port: place.port });
        } catch (error) {
          await close();
          const why = messageOf(error);
          throw new InputError(`listen: port ${place.port} of ${place.host} cannot be used: ${why}.`);
        }
      }
      return { port: listeningPort(calls), status: listeningPort(own ?? calls) };
    },
  };
}

function listeningPort(server: FastifyInstance): number {
  const address = server.server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

/** A server with a time limit on each call, which closes idle connections when it stops. */
function serverFor({ tls, url }: Pick<Listen, 'tls' | 'url'>, arrive: number): FastifyInstance {
  // A proxy before the relay may pass on the path of listen.url, or take it away.
  const path = new URL(url).pathname.replace(/\/$/, '');
  const rewriteUrl = (request: { url?: string | undefined }) => {
    const asked = request.url ?? '/';
    return path !== '' && asked.startsWith(`${path}/`) ? asked.slice(path.length) : asked;
  };
  const forceCloseConnections = 'idle' as const;
  const settings = { bodyLimit: BODY_LIMIT, requestTimeout: arrive, forceCloseConnections, rewriteUrl };
  // As an option of Node itself, it holds for the first line as well.
  const checks = {
    requestTimeout: arrive,
    connectionsCheckingInterval: Math.ceil(arrive / 6),
  };
  return tls
    ? fastify({
        ...settings,
        https: { ...checks, handshakeTimeout: HANDSHAKE, cert: tls.certificate, key: tls.key },
      })
    : fastify({ ...settings, http: checks });
}
