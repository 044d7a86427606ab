import { setImmediate } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { formatBytes, formatDuration } from '../base/units.ts';
import type { TimeLimit } from '../net/time-limit.ts';
import { watchPace } from '../net/transfer.ts';
import type { Site } from '../sites/site.ts';
import { addressOf } from './address.ts';
import type { Attempt } from './answer.ts';
import type { Limits, Time } from './limits.ts';
import type { Pass } from './session/session.ts';

export interface Call extends Attempt {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the site's URL, already percent-encoded: `/qrs/app/…` or a download path. */
  path: string;
  query?: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON. */
  body?: unknown;
  /** Default: `call`. */
  time?: Time;
  /** Do not repeat a call that timed out. */
  oneWait?: boolean;
  /** Do not repeat a read here, because its caller repeats it anyway. */
  once?: boolean;
}

export interface Upload extends Call {
  /** The next read may reuse the memory of a piece. */
  content: AsyncIterable<Uint8Array>;
  contentType: string;
  /** Bytes, when known; chunked otherwise. */
  length: number | undefined;
}

/** One try of a call. */
export interface Try {
  call: Call | Upload;
  pass: Pass;
  time: TimeLimit;
  limits: Limits;
  /** Whether the answer has begun. */
  answered: boolean;
}

/** A socket asks for a pause once this many bytes wait in it; undici gives a socket with TLS 16 KiB. */
const QUEUE = 64 * 1024;

export function message(site: Site, one: Try): Dispatcher.RequestOptions {
  const { call, pass, time } = one;
  const { path, headers: keyed } = addressOf(site, call.path, call.query);
  const headers: Record<string, string> = { ...pass.headers, ...keyed };
  const options: Dispatcher.RequestOptions = {
    origin: new URL(site.url).origin,
    method: call.method,
    path,
    headers,
    signal: time.signal,
  };
  if ('content' in call) {
    headers['content-type'] = call.contentType;
    if (call.length !== undefined) headers['content-length'] = String(call.length);
    // undici sends any async iterable, but its types allow streams only.
    return Object.assign(options, { body: paced(call, one) });
  }
  if (call.body === undefined) return options;
  headers['content-type'] = 'application/json';
  return { ...options, body: JSON.stringify(call.body) };
}

/**
 * The body of an upload; it ends when the site takes too few bytes for too long.  After a piece that fills the socket's
 * queue, undici waits for 'drain' before it reads the next one, and Node emits that when the system has taken
 * everything: then the piece has left. Several smaller pieces may wait in the queue, so copies of them are sent.
 */
async function* paced({ content, length }: Upload, one: Try) {
  const { time, limits } = one;
  const watch = watchPace(limits.pace);
  let sent = 0;
  try {
    for await (const piece of content) {
      // A site that refuses an upload early closes the connection behind its answer. What has arrived is read before
      // more is written, as a failed write would drop it.
      await setImmediate();
      watch.begin(why => time.end(tooSlow(why, limits)));
      yield piece.length < QUEUE ? Uint8Array.from(piece) : piece;
      watch.moved(piece.length);
      sent += piece.length;
      // The site may answer from here on; undici would drop the connection of an upload that has not ended yet.
      if (sent === length) return;
    }
  } finally {
    watch.stop();
    if (!one.answered) allowAnswer(one);
  }
}

function tooSlow(why: 'silent' | 'slow', { pace }: Limits): string {
  return why === 'silent'
    ? 'the site took no more bytes'
    : `the site took less than ${formatBytes(pace.bytes)} in ${formatDuration(pace.within)}`;
}

/** Sets the time limit for the first byte of the answer. */
export function allowAnswer({ time, limits, call }: Try): void {
  const ms = limits[call.time ?? 'call'];
  time.allow(ms, `its answer did not come within ${formatDuration(ms)}`);
}
