import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request } from 'undici';
import { z } from 'zod';
import { createPort } from '../../../simulator/wire/port.ts';
import { type Payload, payloadSchema } from '../stage.ts';
import { ANSWERS, type Answer, type Wire } from './answers.ts';

/** A dispatch that reached GitHub's door. */
export interface Call {
  /** True time, ms since the epoch. */
  at: number;
  repository: string;
  event: string;
  payload: Payload;
  /** The payload as it was written. */
  text: string;
  answer: Answer;
  taken: boolean;
}

export interface Gateway {
  url: string;
  calls: Call[];
  /** Closes the port, or opens it again. */
  closed(closed: boolean): Promise<void>;
  stop(): Promise<void>;
}

const bodySchema = z.object({ event_type: z.string(), client_payload: z.unknown() });
/** Headers of one connection alone. */
const OWN = ['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive', 'expect'];

const NOWHERE = ANSWERS.missing().wire;

/** Stands in front of GitHub: passes each dispatch on, or answers as `decide` says. */
export async function startGateway(given: {
  github: string;
  now: () => number;
  decide: (call: Pick<Call, 'repository' | 'payload'>) => Answer;
  /** Called when GitHub has taken a dispatch, before the relay hears; true: the relay never will. */
  taken: (call: Call) => boolean;
  /** False: what calls is the ghost of a relay that was killed. */
  lives: () => boolean;
}): Promise<Gateway> {
  const calls: Call[] = [];
  const server = createServer((incoming, response) => {
    void handle(incoming, response).catch(() => response.destroy());
  });
  const place = createPort(server, '127.0.0.1');
  const port = await place.listen(0);
  let open = true;

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await textOf(incoming);
    if (!given.lives()) return void response.destroy();
    const repository = /^\/repos\/([^/]+\/[^/]+)\/dispatches$/.exec(incoming.url ?? '')?.[1];
    // Where a redirect leads that leads nowhere.
    if (repository === 'acme/nowhere') return reply(response, NOWHERE);
    if (repository === undefined) return reply(response, await forward(incoming, body));
    const { event_type: event, client_payload } = bodySchema.parse(JSON.parse(body));
    const payload = payloadSchema.parse(client_payload);
    const answer = given.decide({ repository, payload });
    const text = JSON.stringify(client_payload);
    const call: Call = { at: given.now(), repository, event, payload, text, answer, taken: false };
    calls.push(call);
    if (answer.wire === 'reset') return void response.destroy();
    if (typeof answer.wire !== 'object') return pass(call, incoming, body, response);
    // By GitHub's own clock, as the reset of a limit is.
    const date = new Date(call.at).toUTCString();
    reply(response, { ...answer.wire, headers: { date, ...answer.wire.headers } });
  }

  async function pass(call: Call, incoming: IncomingMessage, body: string, response: ServerResponse) {
    const { wire } = call.answer;
    const real = await forward(incoming, body);
    call.taken = real.status === 204;
    // GitHub itself found fault, for instance with the pace.
    if (!call.taken) call.answer = { meaning: 'everybody', wire: real, rest: 60 };
    const dead = call.taken && given.taken(call);
    if (wire === 'lose' || dead) return void response.destroy();
    if (wire === 'pass') reply(response, real);
  }

  async function forward({ method, url, headers }: IncomingMessage, body: string): Promise<Wire> {
    const kept = Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' && !OWN.includes(name) ? [[name, value]] : [],
    );
    const answer = await request(`${given.github}${url ?? ''}`, {
      method: method === 'POST' ? 'POST' : 'GET',
      headers: Object.fromEntries(kept),
      ...(body === '' ? {} : { body }),
    });
    const text = await answer.body.text();
    const passed = Object.entries(answer.headers).flatMap(([name, value]) =>
      typeof value === 'string' && !OWN.includes(name) ? [[name, value]] : [],
    );
    return { status: answer.statusCode, headers: Object.fromEntries(passed), body: text };
  }

  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    closed: async closed => {
      if (closed === !open) return;
      open = !closed;
      await (closed ? place.away('refused') : place.back());
    },
    stop: () => place.close(),
  };
}

function reply(response: ServerResponse, { status, headers = {}, body = '' }: Wire): void {
  response.writeHead(status, headers);
  response.end(body);
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  const bytes: AsyncIterable<Buffer> = incoming;
  for await (const piece of bytes) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}
