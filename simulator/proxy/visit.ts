import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Simulator } from '../server.ts';
import type { Sessions } from './sessions.ts';
import type { VirtualProxy } from './settings.ts';

/** The state that the proxy service keeps between requests. */
export interface House {
  readonly simulator: Simulator;
  readonly sessions: Sessions;
  readonly now: () => number;
  /** The path to which a sign-in returns the user, by the sign-in's id. */
  readonly targets: Map<string, string>;
  /** Users who have signed in and have not returned yet. */
  readonly tickets: Map<string, string>;
}

/** One request that found its virtual proxy. */
export interface Visit extends House {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly proxy: VirtualProxy;
  /** Below the prefix. */
  readonly path: string;
  readonly query: string;
}

/** The path of a virtual proxy for the outside. */
export const below = (proxy: VirtualProxy, path: string) => `${proxy.prefix && `/${proxy.prefix}`}${path}`;

export const cookieName = ({ cookie, prefix }: VirtualProxy) =>
  cookie ?? ['X-Qlik-Session', prefix.replaceAll('/', '-')].filter(Boolean).join('-');

export function cookieOf(request: IncomingMessage, name: string): string | undefined {
  const pairs = (request.headers.cookie ?? '').split(/;\s*/);
  return pairs.find(pair => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** A single value of a query, decoded. */
export const parameter = (query: string, name: string) => new URLSearchParams(query).get(name) ?? undefined;
