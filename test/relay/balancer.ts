import { once } from 'node:events';
import { createServer } from 'node:http';
import { request } from 'undici';

/** The address that QRS calls, before several relays: each call goes to one of those that can be reached. */
export interface Balancer {
  port: number;
  stop(): Promise<void>;
}

/** A relay that does not begin to answer in this time is passed over, ms. */
const PATIENCE = 3_000;

export async function startBalancer(relays: readonly string[]): Promise<Balancer> {
  let turn = 0;
  const server = createServer(async (incoming, response) => {
    const pieces: Buffer[] = [];
    const bytes: AsyncIterable<Buffer> = incoming;
    for await (const piece of bytes) pieces.push(piece);
    turn += 1;
    const body = Buffer.concat(pieces);
    const call = {
      url: incoming.url ?? '',
      method: incoming.method === 'POST' ? 'POST' : 'GET',
      body,
    } as const;
    for (const [index] of relays.entries()) {
      const answer = await asked(relays[(turn + index) % relays.length] ?? '', call);
      if (answer) return void response.writeHead(answer.status).end(answer.text);
    }
    response.writeHead(503).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function asked(relay: string, call: { url: string; method: 'GET' | 'POST'; body: Buffer }) {
  const { url, method, body } = call;
  const headers = { 'content-type': 'application/json' };
  const options = { method, headers, headersTimeout: PATIENCE, ...(method === 'POST' ? { body } : {}) };
  try {
    const answer = await request(`${relay}${url}`, options);
    return { status: answer.statusCode, text: await answer.body.text() };
  } catch (error) {
    const isRefused = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
    // Whether a relay has taken a call that it did not answer, nobody knows: it is not sent twice.
    return isRefused ? undefined : { status: 503, text: '' };
  }
}
