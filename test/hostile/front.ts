import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, request as ask, createServer } from 'node:https';
import type { Simulator } from '../../simulator/server.ts';

type Place = Pick<Simulator, 'authority' | 'url' | 'certificate' | 'key' | 'ca'>;

/** One request that is answered with hostility, or not at all. */
interface Meeting {
  request: IncomingMessage;
  response: ServerResponse;
  /** What the site itself answers, its body whole. */
  genuine(): Promise<{ status: number; headers: Record<string, string>; body: Buffer }>;
}

export type Hostility = (meeting: Meeting) => unknown;

export interface Rule {
  method?: string;
  path: RegExp;
  /** How often; always by default. */
  times?: number;
  does: Hostility;
}

export interface Front {
  url: string;
  /** How many requests met a rule. */
  met(): number;
  stop(): Promise<void>;
}

/**
 * A TLS proxy before a simulated site that changes, stretches, inflates or cuts any answer. It passes on what no rule
 * is about, with the certificate of the simulator's own client.
 */
export async function startFront(site: Place, rules: readonly Rule[]): Promise<Front> {
  const { certificatePem, keyPem } = await site.authority.issueServer({
    hostNames: ['localhost', '127.0.0.1'],
  });
  const to = new URL(site.url);
  // NTLM signs in a connection: each one here has one of its own there.
  const agents = new WeakMap<object, Agent>();
  const made: Agent[] = [];
  const agentOf = (socket: object) => {
    const known = agents.get(socket);
    if (known) return known;
    const agent = new Agent({
      keepAlive: true,
      maxSockets: 1,
      cert: site.certificate,
      key: site.key,
      ca: site.ca,
    });
    agents.set(socket, agent);
    made.push(agent);
    return agent;
  };
  const left = rules.map(({ times = Number.POSITIVE_INFINITY }) => times);
  let met = 0;

  const upstream = (request: IncomingMessage) =>
    ask({
      agent: agentOf(request.socket),
      host: to.hostname,
      port: to.port,
      method: request.method,
      path: request.url,
      headers: { ...request.headers, host: to.host },
    });

  const pass = (request: IncomingMessage, response: ServerResponse) => {
    const onward = upstream(request);
    onward.on('response', answer => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response).on('error', () => {});
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  };

  const genuine = async (request: IncomingMessage) => {
    const onward = upstream(request);
    request.pipe(onward);
    const [answer] = await once(onward, 'response');
    const pieces: Buffer[] = [];
    for await (const piece of answer) pieces.push(piece);
    return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces) };
  };

  const server = createServer({ cert: certificatePem, key: keyPem }, (request, response) => {
    request.on('error', () => {});
    response.on('error', () => {});
    const at = rules.findIndex(
      ({ method, path }, index) =>
        (left[index] ?? 0) > 0 &&
        (method === undefined || request.method === method) &&
        path.test((request.url ?? '').split('?')[0] ?? ''),
    );
    const rule = rules[at];
    if (!rule) return pass(request, response);
    left[at] = (left[at] ?? 0) - 1;
    met += 1;
    return void Promise.resolve(rule.does({ request, response, genuine: () => genuine(request) })).catch(() =>
      response.destroy(),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  return {
    url: `https://localhost:${typeof address === 'object' ? address?.port : 0}`,
    met: () => met,
    stop: async () => {
      for (const agent of made) agent.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
}
