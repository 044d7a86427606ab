import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { Pictures } from '../shown/pictures.ts';
import type { Counters } from '../site/counters.ts';
import type { User } from '../site/entities.ts';
import type { History } from '../site/history.ts';
import type { Site } from '../site/site.ts';
import { Refusal } from './answers.ts';
import type { Notifier } from './notifier.ts';

/** One accepted request, as its handler sees it. */
export interface Call {
  readonly site: Site;
  readonly notifier: Notifier;
  readonly history: History;
  readonly pictures: Pictures;
  readonly counters: Counters;
  readonly request: IncomingMessage;
  readonly user: User;
  /** Empty where the handler reads the request as it arrives. */
  readonly body: Buffer;
  /** Such a handler awaits this when it has the whole body, before it changes anything. */
  readonly begin: () => Promise<void>;
  /** The variable segments of the path, decoded. */
  readonly segments: ReadonlyMap<string, string>;
  /** By name in lower case, decoded. */
  readonly query: ReadonlyMap<string, string>;
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const largestBody = 16 * 1024 * 1024;

/** An id, in lower case. */
export function readGuid(text: string | undefined, what: string): string {
  if (text !== undefined && guid.test(text)) return text.toLowerCase();
  throw new Refusal(400, text === undefined ? `Missing parameter: ${what}` : `Not a GUID: ${what}`);
}

export const idOf = ({ segments }: Call, name = 'id') => readGuid(segments.get(name), name);

export function flag({ query }: Call, name: string, otherwise: boolean): boolean {
  const text = query.get(name)?.toLowerCase();
  if (text === undefined) return otherwise;
  if (text === 'true' || text === 'false') return text === 'true';
  throw new Refusal(400, `Not a boolean: ${name}`);
}

export function found<T>(entity: T | undefined, what = 'item'): T {
  if (entity === undefined) throw new Refusal(404, `The ${what} cannot be found`);
  return entity;
}

/** The pairs of a query. */
export function splitQuery(query: string): [string, string | undefined][] {
  return query
    .split('&')
    .filter(part => part !== '')
    .map(part => {
      const [, name = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(part) ?? [];
      return [decode(name).toLowerCase(), value === undefined ? undefined : decode(value)];
    });
}

export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Refusal(400, 'Bad percent-encoding');
  }
}

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  const bytes: AsyncIterable<Buffer> = request;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > largestBody) throw new Refusal(413, 'The body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The checked JSON body. Throws a 400 if the body is not JSON or does not fit. */
export function readBody<T>({ body }: Call, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    throw new Refusal(400, 'The body is not JSON');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Refusal(400, z.prettifyError(parsed.error));
}
