import { once } from 'node:events';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { after } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Simulator, SimulatorOptions } from '../../simulator/server.ts';
import { startSimulator } from '../../simulator/server.ts';

const key = '0123456789abcdef';

export interface Options {
  body?: unknown;
  upload?: Buffer | AsyncIterable<Buffer>;
  headers?: OutgoingHttpHeaders;
  user?: string;
  certificate?: { certificatePem: string; keyPem: string } | undefined;
}

export interface Reply {
  status: number;
  headers: IncomingMessage['headers'];
  bytes: Buffer;
  text: string;
  json: unknown;
}

/** A simulator that stops with the test file. */
export async function started(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const simulator = await startSimulator({ name: 'dev', ...options });
  after(() => simulator.stop());
  return simulator;
}

export const keyed = (path: string) => `${path}${path.includes('?') ? '&' : '?'}xrfkey=${key}`;

export const headersFor = (user = 'sa_api') => ({
  'X-Qlik-Xrfkey': key,
  'X-Qlik-User': `UserDirectory=INTERNAL; UserId=${user}`,
});

/** Opens a request and resolves with the response as soon as its headers are there. */
export async function open(sim: Simulator, method: string, path: string, options: Options = {}) {
  const own = { certificatePem: sim.certificate, keyPem: sim.key };
  const certificate = 'certificate' in options ? options.certificate : own;
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  const type = options.upload ? 'application/vnd.qlik.sense.app' : 'application/json';
  const outgoing = request(sim.url + path, {
    method,
    agent: false,
    ca: sim.ca,
    ...(certificate && { cert: certificate.certificatePem, key: certificate.keyPem }),
    headers: { 'Content-Type': type, ...headersFor(options.user), ...options.headers },
  });
  const response = once(outgoing, 'response');
  if (options.upload) {
    const upload = options.upload instanceof Buffer ? [options.upload] : options.upload;
    await Promise.race([pipeline(Readable.from(upload), outgoing), response]);
  } else outgoing.end(body);
  const [incoming]: IncomingMessage[] = await response;
  if (!incoming) throw new Error('no response');
  return incoming;
}

export async function send(
  sim: Simulator,
  method: string,
  path: string,
  options: Options = {},
): Promise<Reply> {
  const incoming = await open(sim, method, path, options);
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const text = bytes.toString();
  const isJson = incoming.headers['content-type']?.startsWith('application/json');
  const json: unknown = isJson ? JSON.parse(text) : undefined;
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, bytes, text, json };
}

/** A call under /qrs, with its key. */
export const qrs = (sim: Simulator, method: string, path: string, options: Options = {}) =>
  send(sim, method, keyed(`/qrs${path}`), options);

/** Reads a property out of an answer whose shape is not known. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  let here = value;
  for (const part of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = Reflect.get(here, part);
  }
  return here;
}

export const text = (value: unknown, ...path: (string | number)[]) => String(at(value, ...path));

export function appNamed(sim: Simulator, name: string) {
  const app = sim.site.apps.values().find(other => other.name === name);
  if (!app) throw new Error(`no app ${name}`);
  return app;
}

export function idNamed(entities: Map<string, { id: string; name: string }>, name: string): string {
  const entity = entities.values().find(other => other.name === name);
  if (!entity) throw new Error(`nothing is called ${name}`);
  return entity.id;
}

/** The path of a new export's download. */
export async function exported(sim: Simulator, id: string, query = ''): Promise<string> {
  const reply = await qrs(sim, 'POST', `/app/${id}/export/${crypto.randomUUID()}${query}`, { body: {} });
  return text(reply.json, 'downloadPath');
}

/** Waits for what another process or the network brings about, half a minute at most. */
export async function until(condition: () => boolean) {
  for (let left = 6000; left > 0 && !condition(); left--) await wait(5);
  if (!condition()) throw new Error('what was waited for did not happen');
}
