import type { IncomingMessage } from 'node:http';
import type { Body } from './call.ts';
import { bodyOf } from './call.ts';
import type { Description } from './description.ts';
import { checkDoor } from './door.ts';
import type { Hub } from './hub.ts';

/** The operation and the parameters of a request by any client. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly base: string;
  readonly found: ReturnType<Description['operation']>;
  readonly query: Readonly<Record<string, string>>;
  /** What is wrong with path and query. */
  readonly unfit: readonly string[];
  readonly body: Body;
  readonly headers: IncomingMessage['headers'];
  /** All that is wrong with it by GitHub's description. */
  readonly problems: readonly string[];
}

/** Compares the request with GitHub's description. */
export function understand(
  { method = '', headers }: IncomingMessage,
  sent: string,
  queryText: string,
  text: string,
  { hub, description, url }: { hub: Hub; description: Description; url: () => string },
): Asked {
  const enterprise = sent.startsWith('/api/v3/');
  const base = enterprise ? `${url()}/api/v3` : url();
  const path = byName(hub, enterprise ? sent.slice('/api/v3'.length) : sent);
  const query = Object.fromEntries(new URLSearchParams(queryText));
  const found = description.operation(method, path);
  const body = bodyOf(text, value => (found ? description.problemsOfBody(found.operation, value) : []));
  const unfit = found
    ? description.problemsOfParameters(found.operation, { ...query, ...found.segments })
    : ['There is no such call.'];
  const problems = [...checkDoor(headers).problems, ...unfit, ...body.problems];
  return { method, path, base, found, query, unfit, body, headers, problems };
}

/** `/repositories/{id}` is what a redirect leads to (see `Moved`). */
function byName(hub: Hub, path: string): string {
  const [, id, rest = ''] = /^\/repositories\/(\d+)(\/.*)?$/.exec(path) ?? [];
  const repository = hub.repositories.values().find(one => String(one.id) === id);
  return repository ? `/repos/${repository.name}${rest}` : path;
}
