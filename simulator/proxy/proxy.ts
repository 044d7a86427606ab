import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Simulator } from '../server.ts';
import { keepReading } from '../wire/keep-reading.ts';
import { badHeader, refuse, tooManySessions } from './pages.ts';
import { createSessions, type Session } from './sessions.ts';
import type { VirtualProxy } from './settings.ts';
import { authenticationModule, form, type Handshakes, MODULE, signIn } from './signin.ts';
import { below, cookieName, cookieOf, type House, parameter, type Visit } from './visit.ts';

export interface ProxyOptions {
  virtualProxies: readonly VirtualProxy[];
  /** Host names that the proxy accepts; other names get a page with 400. */
  allowedHosts?: readonly string[];
  /** Names and addresses in its certificate, which the site's own authority signs. */
  hostNames?: string[];
  port?: number;
}

/** One request as the proxy saw it. Of the headers it records only whether they held credentials. */
interface Seen {
  readonly method: string;
  /** As sent, without the query. */
  readonly path: string;
  readonly credentials: boolean;
  readonly cookie: boolean;
  status: number;
}

export type SimulatedProxy = Awaited<ReturnType<typeof startProxy>>;

/** The proxy service in front of a simulated site, on a port of its own (docs/qrs.md 2.2 to 2.5). */
export async function startProxy(simulator: Simulator, options: ProxyOptions) {
  const { hostNames = ['localhost', '127.0.0.1', '::1'] } = options;
  const { certificatePem: cert, keyPem: key } = await simulator.authority.issueServer({ hostNames });
  const now = () => simulator.site.clock.now();
  const house: House = {
    simulator,
    now,
    sessions: createSessions(now),
    targets: new Map(),
    tickets: new Map(),
  };
  const handshakes: Handshakes = new WeakMap();
  const seen: Seen[] = [];
  const sockets = new Set<Socket>();

  const server = createServer(
    { key, cert, requestTimeout: 0, keepAliveTimeout: 120_000 },
    (request, response) => {
      const { method = '', url = '', headers } = request;
      const path = url.split('?', 1)[0] ?? '';
      const credentials =
        'authorization' in headers || options.virtualProxies.some(one => carries(one, request));
      const record: Seen = { method, path, credentials, cookie: 'cookie' in headers, status: 0 };
      seen.push(record);
      response.once('close', () => {
        record.status = response.statusCode;
      });
      receive(request, response, { ...options, house, handshakes });
    },
  );
  keepReading(server);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;

  return {
    /** The address of a virtual proxy. */
    url: (prefix: string) => `https://localhost:${port}${prefix && `/${prefix}`}`,
    ca: simulator.ca,
    seen,
    sessions: house.sessions.counted,
    /** Opens all the sessions that a user can have at the first virtual proxy. */
    fill(user: string) {
      const [first] = options.virtualProxies;
      while (first && house.sessions.make(user, first));
    },
    /** Ends all sessions, as a restart of the proxy service does. */
    endSessions: house.sessions.end,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

interface Around extends ProxyOptions {
  house: House;
  handshakes: Handshakes;
}

const carries = (proxy: VirtualProxy, { headers }: IncomingMessage) =>
  proxy.kind === 'header' && proxy.name.toLowerCase() in headers;

function receive(request: IncomingMessage, response: ServerResponse, around: Around): void {
  const { virtualProxies, allowedHosts = ['localhost', '127.0.0.1'], house, handshakes } = around;
  const [, whole = '', query = ''] = /^([^?]*)\??(.*)$/s.exec(request.url ?? '') ?? [];
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  const found = virtualProxies
    .filter(one => whole.toLowerCase().startsWith(`${below(one, '/').toLowerCase()}`))
    .sort((one, other) => other.prefix.length - one.prefix.length)[0];
  if (!found || !allowedHosts.includes(host)) {
    badHeader(response);
    return;
  }
  const path = whole.slice(below(found, '').length);
  const visit: Visit = { ...house, request, response, proxy: found, path, query };
  if (form(visit)) return;
  if (path.startsWith(MODULE) && found.kind === 'ntlm') authenticationModule(visit, found, handshakes);
  else {
    const session = sessionOf(visit, handshakes);
    if (session) pass(visit, session);
  }
}

/** The session of a request; signs in if there is none. Undefined if the sign-in has answered the request. */
function sessionOf(visit: Visit, handshakes: Handshakes): Session | undefined {
  const { proxy, request, response, sessions, tickets, query } = visit;
  const name = cookieName(proxy);
  const known = sessions.find(cookieOf(request, name), proxy);
  if (known) return proxy.everyCall && signIn(visit, handshakes) === undefined ? undefined : known;
  const ticket = parameter(query, 'qlikTicket') ?? '';
  const user = tickets.get(ticket) ?? signIn(visit, handshakes);
  tickets.delete(ticket);
  if (user === undefined) return undefined;
  const session = sessions.make(user, proxy);
  if (session) response.setHeader('Set-Cookie', `${name}=${session.id}; Path=/; HttpOnly; Secure`);
  else tooManySessions(response);
  return session;
}

/** Passes the request to the site in the user's name. */
function pass(visit: Visit, session: Session): void {
  const { request, response, path, query, simulator, sessions } = visit;
  const refused = refusalOf(visit, session);
  if (refused) {
    refuse(response, ...refused);
    return;
  }
  if (path.toLowerCase() === CSRF) {
    response.writeHead(204, { 'qlik-csrf-token': session.token }).end();
    return;
  }
  if (isFarewell(request.method, path)) {
    sessions.leave(session);
    response.writeHead(204).end();
    return;
  }
  const [directory = '', id = ''] = session.user.split('\\').map(encodeURIComponent);
  const rest = query.replace(/(^|&)qlikTicket=[^&]*/, '');
  request.url = `${path}${rest && `?${rest}`}`;
  request.headers['x-qlik-user'] = `UserDirectory=${directory}; UserId=${id}`;
  simulator.admit(request, response);
}

const CSRF = '/qps/csrftoken';
const isFarewell = (method: string | undefined, path: string) =>
  method === 'DELETE' && path.toLowerCase() === '/qps/user';

function refusalOf({ proxy, request, path }: Visit, session: Session): [number, string] | undefined {
  const lacksToken = request.headers['qlik-csrf-token'] !== session.token;
  if (proxy.csrf && request.method !== 'GET' && lacksToken) return [403, 'Forbidden'];
  const plain = proxy.plainUsers?.includes(session.user);
  if (plain && /^\/qrs\/(\w*task|execution\w+)\b/i.test(path)) return [403, 'Access denied'];
  const known = /^\/(qrs|tempcontent)\//i.test(path) || (proxy.csrf && path.toLowerCase() === CSRF);
  return known || isFarewell(request.method, path)
    ? undefined
    : [404, 'The requested resource cannot be found'];
}
