import type { Octokit } from '@octokit/core';
import { type Dispatcher, fetch } from 'undici';
import { z } from 'zod';
import { StoppedError } from '../base/errors.ts';

/** One request, as it goes on the wire. */
export interface Message {
  /** As it goes on after "asked to": `dispatch "qlik-app-updated" to owner/name`. */
  attempt: string;
  method: 'GET' | 'POST';
  /** Below the URL of the API and percent-encoded, or absolute after a redirect. */
  url: string;
  /** Sent as JSON. */
  body?: unknown;
  headers: Readonly<Record<string, string>>;
}

export interface Answer {
  kind: 'answer';
  status: number;
  /** By their names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** What was read of the body: parsed if it is JSON, text if not, empty if there was none. */
  data: unknown;
}

/** No answer came. */
export interface Silence {
  kind: 'silence';
  /** Whether any byte of the request may have left: without it, nothing can have happened. */
  sent: boolean;
  /** The time for the call was up. */
  late: boolean;
  cause: unknown;
}

export type Reply = Answer | Silence;

interface Wire {
  octokit: Octokit;
  dispatcher: Dispatcher;
  /** Longest time of one call, ms. */
  timeout: number;
}

/**
 * One request and what came of it, as a value. @octokit/request makes an error 500 of everything that keeps an
 * answer away (docs/github.md 6): here an answer is one that was seen, and the connection itself tells whether
 * the request had begun to leave. Throws StoppedError alone, when the signal aborts.
 */
export async function send(wire: Wire, message: Message, signal: AbortSignal): Promise<Reply> {
  const watch: Watch = { sent: false, response: undefined };
  const { ended, late, release } = limited(signal, wire.timeout);
  try {
    if (signal.aborted) throw stopped(watch, message);
    const { status, data } = await wire.octokit.request({
      method: message.method,
      url: message.url,
      headers: message.headers,
      ...(message.body === undefined ? {} : { data: message.body }),
      request: { fetch: watched(wire.dispatcher, watch), signal: ended },
    });
    return { kind: 'answer', status, headers: watch.response?.headers ?? {}, data };
  } catch (cause) {
    if (signal.aborted) throw stopped(watch, message, cause);
    if (!watch.response) return { kind: 'silence', sent: watch.sent, late: late(), cause };
    const { success, data } = withData.safeParse(cause);
    return { kind: 'answer', ...watch.response, data: success ? data.response.data : '' };
  } finally {
    release();
  }
}

/** An error of @octokit/request about an answer that came. */
const withData = z.object({ response: z.object({ data: z.unknown() }) });

function stopped({ sent }: Watch, { attempt }: Message, cause?: unknown): StoppedError {
  return new StoppedError(
    sent
      ? `Stopped while GitHub was asked to ${attempt}; it may have done it all the same.`
      : `Stopped before GitHub was asked to ${attempt}.`,
    { cause },
  );
}

/** The caller's signal, or the end of the time for one call: real time, since it is spent on a real wire. */
function limited(signal: AbortSignal, timeout: number) {
  const ending = new AbortController();
  const end = () => ending.abort();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    end();
  }, timeout);
  signal.addEventListener('abort', end, { once: true });
  return {
    ended: ending.signal,
    late: () => late,
    release: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    },
  };
}

interface Watch {
  sent: boolean;
  response: { status: number; headers: Readonly<Record<string, string>> } | undefined;
}

function watched(dispatcher: Dispatcher, watch: Watch) {
  const watching = dispatcher.compose(
    dispatch => (options, handler) => dispatch(options, noting(handler, watch)),
  );
  return async (url: string, options: Parameters<typeof fetch>[1]) => {
    watch.response = undefined;
    // A POST that is followed by fetch itself arrives as a GET (docs/github.md 5).
    const response = await fetch(url, { ...options, redirect: 'manual', dispatcher: watching });
    watch.response = { status: response.status, headers: Object.fromEntries(response.headers) };
    return response;
  };
}

/** undici tells the start of a request when a connection, through a proxy's tunnel or not, is there to take it. */
function noting(handler: Dispatcher.DispatchHandler, watch: Watch): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller, context) {
      watch.sent = true;
      handler.onRequestStart?.(controller, context);
    },
    onRequestUpgrade: (...given) => handler.onRequestUpgrade?.(...given),
    onResponseStart: (...given) => handler.onResponseStart?.(...given),
    onResponseData: (...given) => handler.onResponseData?.(...given),
    onResponseEnd: (...given) => handler.onResponseEnd?.(...given),
    onResponseError: (...given) => handler.onResponseError?.(...given),
  };
}
