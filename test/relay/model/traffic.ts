import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { createBell } from '../bell.ts';

/** A request that a simulated site posted to the relay, and what came back; no status: no answer. */
export interface Posted {
  path: string;
  status: number | undefined;
}

export interface Traffic {
  /** Resolves when no HTTP request is under way in this process and nothing else moves. */
  settled(): Promise<void>;
  /** To be called when something is under way that is not HTTP, and when it has ended. */
  begin(one: object): void;
  end(one: object): void;
  /** To be called when something else moved. */
  stir(): void;
  stop(): void;
}

/** After so many turns of the event loop without a movement the process is at rest. */
const RESTED = 4;
/** Real time after which a process that does not come to rest is a failure, ms. */
const PATIENCE = 60_000;

/**
 * Knows when everything in this process has come to rest: Node and undici announce the start and the end of each
 * request, so that no test has to wait on the real clock. `isHung`: requests that a test lets hang, by path and query.
 */
export function watchTraffic(
  posted: (one: Posted) => void = () => {},
  isHung: (path: string) => boolean = () => false,
): Traffic {
  const flying = new Set<object>();
  const moved = createBell();
  let stirs = 0;
  const begin = (one: object | undefined) => {
    if (one) flying.add(one);
    stirs += 1;
  };
  const end = (one: object | undefined) => {
    if (one) flying.delete(one);
    stirs += 1;
    moved.ring();
  };
  const served = (message: unknown) => {
    const response = part(message, 'response');
    if (!(response instanceof ServerResponse) || isHung(pathIn(message))) return;
    begin(response);
    response.once('close', () => end(response));
  };
  const asked = (message: unknown) => {
    const request = part(message, 'request');
    if (!(request instanceof ClientRequest)) return;
    begin(request);
    let status: number | undefined;
    request.once('response', response => {
      if (response instanceof IncomingMessage) status = response.statusCode;
    });
    request.once('close', () => {
      end(request);
      posted({ path: request.path, status });
    });
  };
  const listeners: [string, (message: unknown) => void][] = [
    ['undici:request:create', message => isHung(pathIn(message)) || begin(part(message, 'request'))],
    ['undici:request:trailers', message => end(part(message, 'request'))],
    ['undici:request:error', message => end(part(message, 'request'))],
    ['http.server.request.start', served],
    ['http.client.request.created', asked],
  ];
  for (const [channel, listener] of listeners) subscribe(channel, listener);
  return {
    ...{ begin, end },
    stir: () => {
      stirs += 1;
    },
    settled: async () => {
      for (let rested = 0, seen = stirs; rested < RESTED; ) {
        if (flying.size > 0) await moved.rung(PATIENCE, () => `${flying.size} requests are still under way`);
        await turn();
        rested = flying.size === 0 && seen === stirs && !readsFiles() ? rested + 1 : 0;
        seen = stirs;
      }
    },
    stop: () => {
      for (const [channel, listener] of listeners) unsubscribe(channel, listener);
    },
  };
}

function part(message: unknown, key: string): object | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const value: unknown = Reflect.get(message, key);
  return typeof value === 'object' && value !== null ? value : undefined;
}

function pathIn(message: unknown): string {
  const request = part(message, 'request') ?? {};
  return String(Reflect.get(request, 'path') ?? Reflect.get(request, 'url'));
}

const readsFiles = () => process.getActiveResourcesInfo().some(name => name.startsWith('FSReq'));
