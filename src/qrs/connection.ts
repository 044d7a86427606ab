import { randomInt } from 'node:crypto';
import { type Dispatcher, Pool } from 'undici';
import { abortedAfter } from '../base/deadline.ts';
import { InputError, RemoteError, StoppedError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { type Patience, retry } from '../base/retry.ts';
import type { Credentials } from '../sites/credentials.ts';
import type { Site } from '../sites/sites.ts';
import { type Answer, type Asked, explained, isPage, parse, refusal } from './answer.ts';
import { noAnswer } from './diagnosis.ts';

interface Call extends Asked {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the site's URL, already percent-encoded: `/qrs/app/…` or a download path. */
  path: string;
  query?: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON. */
  body?: unknown;
  /** Longest silence before the answer begins, in ms. Default: two minutes. */
  patience?: number;
  /** A read that is not tried again by itself: its caller will ask again anyway. */
  once?: boolean;
}

interface Upload extends Call {
  /** The memory of a piece may be used again as soon as the next one is asked for. */
  content: AsyncIterable<Uint8Array>;
  contentType: string;
  /** Bytes, when known; chunked otherwise. */
  length: number | undefined;
}

export interface Download {
  content: AsyncIterable<Uint8Array>;
  /** Bytes as announced by the site, if it did. */
  length: number | undefined;
}

/** A site's QRS. Every method throws RemoteError when the site says no or nothing, StoppedError on abort. */
export interface Qrs extends Patience {
  site: Site;
  log: Log;
  /** A call answered in JSON; the answer is not yet checked. A read is tried again, a change is not. */
  json(call: Call | Upload): Promise<unknown>;
  /** A transfer from the site; the content throws RemoteError when it breaks off. */
  download(call: Call): Promise<Download>;
  /** The same connections under another signal, which ends everything at once: for a clean-up after a cancellation. */
  under(signal: AbortSignal): Qrs;
  close(): Promise<void>;
}

export interface Surroundings extends Patience {
  log: Log;
}

/** Silence on a transfer after which it is given up, ms. There is no limit on its whole time. */
const IDLE = 120_000;
/** A socket asks for a pause once this many bytes wait in it; undici gives a socket with TLS 16 KiB. */
const QUEUE = 64 * 1024;
/** A change under way when the run is cancelled may still end, so that its outcome is known. Ms. */
const GRACE = 3_000;

/** Connects to a site. Nothing is sent before the first call; throws InputError for unusable credentials. */
export function connect(site: Site, surroundings: Surroundings): Qrs {
  // QRS speaks HTTP/1.1 (docs/qrs.md 1); a kept connection spares a TLS handshake at each call.
  const pool = new Pool(new URL(site.url).origin, {
    // A transfer takes one for long, and each app needs another for its calls.
    connections: 2 * site.concurrency + 2,
    allowH2: false,
    keepAliveTimeout: 60_000,
    bodyTimeout: IDLE,
    connect: {
      ...clientCertificate(site.credentials),
      ...(site.ca === undefined ? {} : { ca: site.ca }),
      ...(site.serverName === undefined ? {} : { servername: site.serverName }),
      rejectUnauthorized: !site.insecure,
      timeout: 10_000,
    },
  });
  const late = abortedAfter(surroundings.signal, GRACE);
  const wire: Wire = {
    pool,
    site,
    cookies: new Map(),
    late: signal => (signal === surroundings.signal ? late : signal),
  };
  return bind(wire, surroundings);
}

interface Wire {
  pool: Pool;
  site: Site;
  /** Session cookies by name, kept for the run (docs/qrs.md 2.2). */
  cookies: Map<string, string>;
  /** What ends a change, given what ends everything else. */
  late(signal: AbortSignal): AbortSignal;
}

function bind(wire: Wire, surroundings: Surroundings): Qrs {
  const { clock, signal, log } = surroundings;
  return {
    site: wire.site,
    clock,
    signal,
    log,
    json: call => {
      const once = () => exchange(wire, call, surroundings, answer => parse(wire.site, call, answer));
      return call.method === 'GET' && !call.once ? retry({ clock, signal }, () => true, once) : once();
    },
    download: call =>
      exchange(wire, call, surroundings, async ({ body, headers }) => {
        const length = Number(headers['content-length']);
        return {
          content: explained(wire.site, call.attempt, body),
          length: Number.isFinite(length) && length > 0 ? length : undefined,
        };
      }),
    under: other => bind(wire, { clock, signal: other, log }),
    close: () => wire.pool.destroy(),
  };
}

async function exchange<T>(
  wire: Wire,
  call: Call | Upload,
  { clock, signal, log }: Surroundings,
  read: (answer: Answer) => Promise<T>,
): Promise<T> {
  const { site, pool } = wire;
  if (signal.aborted)
    throw new StoppedError(`Stopped before site "${site.name}" was asked to ${call.attempt}.`);
  const started = clock.now();
  const line = (end: string) => log.debug(`${site.name}: ${call.method} ${call.path} ${end}`);
  // Reads stop with the run; a change under way may end.
  const limit = call.method === 'GET' ? signal : wire.late(signal);
  try {
    const answer = await pool.request(message(wire, call, limit));
    line(`${answer.statusCode} in ${clock.now() - started} ms`);
    keepCookies(wire, answer.headers['set-cookie']);
    if (answer.statusCode >= 300 || isPage(answer)) throw await refusal(site, call, answer);
    return await read(answer);
  } catch (cause) {
    // The body of an upload brings its own kinds of errors along.
    if ([RemoteError, StoppedError, InputError].some(kind => cause instanceof kind)) throw cause;
    if (limit.aborted) {
      throw new StoppedError(`Stopped while site "${site.name}" was asked to ${call.attempt}.`, { cause });
    }
    line(`no answer in ${clock.now() - started} ms`);
    throw noAnswer(site, call.attempt, cause);
  }
}

function message(wire: Wire, call: Call | Upload, signal: AbortSignal): Dispatcher.RequestOptions {
  const key = xrfkey();
  const query = Object.entries({ ...call.query, xrfkey: key })
    .flatMap(([name, value]) => (value === undefined ? [] : `${name}=${encodeURIComponent(value)}`))
    .join('&');
  const prefix = new URL(wire.site.url).pathname.replace(/\/$/, '');
  const path = `${prefix}${call.path}${call.path.includes('?') ? '&' : '?'}${query}`;
  const headers: Record<string, string> = { ...signIn(wire), 'x-qlik-xrfkey': key };
  const options: Dispatcher.RequestOptions = {
    method: call.method,
    path,
    headers,
    headersTimeout: call.patience ?? IDLE,
    signal,
  };
  if ('content' in call) {
    headers['content-type'] = call.contentType;
    if (call.length !== undefined) headers['content-length'] = String(call.length);
    const idle = new AbortController();
    // undici sends any async iterable, but its types know streams alone.
    const body = { body: watched(call, idle), signal: AbortSignal.any([signal, idle.signal]) };
    return Object.assign(options, body);
  }
  if (call.body === undefined) return options;
  headers['content-type'] = 'application/json';
  return { ...options, body: JSON.stringify(call.body) };
}

/** 16 characters of 0-9a-zA-Z, new for each call, the same in the query and the header (docs/qrs.md 2.6). */
function xrfkey(): string {
  const letters = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  return Array.from({ length: 16 }, () => letters[randomInt(letters.length)]).join('');
}

function signIn({ site, cookies }: Wire): Record<string, string> {
  const { credentials, user } = site;
  if (credentials.kind === 'jwt') {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    return { authorization: `Bearer ${credentials.jwt}`, ...(cookie ? { cookie } : {}) };
  }
  const [directory = '', id = ''] = user.split('\\');
  // Both values are percent-encoded UTF-8 (docs/qrs.md 2.1).
  const named = `UserDirectory=${encodeURIComponent(directory)}; UserId=${encodeURIComponent(id)}`;
  return { 'x-qlik-user': named };
}

function clientCertificate(credentials: Credentials) {
  if (credentials.kind === 'jwt') return {};
  const passphrase = credentials.passphrase === undefined ? {} : { passphrase: credentials.passphrase };
  return credentials.kind === 'pfx'
    ? { pfx: credentials.pfx, ...passphrase }
    : { cert: credentials.certificate, key: credentials.key, ...passphrase };
}

function keepCookies({ cookies }: Wire, header: string | string[] | undefined): void {
  for (const line of typeof header === 'string' ? [header] : (header ?? [])) {
    const [name, value] = (line.split(';')[0] ?? '').split('=', 2);
    if (name && value !== undefined) cookies.set(name.trim(), value.trim());
  }
}

/**
 * The body of an upload, given up when the site takes nothing of it for too long.
 *
 * After a piece that fills the socket's queue, undici waits for 'drain' before it asks for the next one, and Node
 * emits that when the system has taken everything written: such a piece has left. Of smaller ones several may wait
 * in the queue, so copies are sent of them.
 */
async function* watched({ content, length }: Upload, idle: AbortController) {
  let silence: NodeJS.Timeout | undefined;
  let sent = 0;
  try {
    for await (const piece of content) {
      const giveUp = () => idle.abort(new Error('the site took no more bytes'));
      // undici may drop the body of a request that failed without a word.
      silence = setTimeout(giveUp, IDLE).unref();
      yield piece.length < QUEUE ? Uint8Array.from(piece) : piece;
      clearTimeout(silence);
      sent += piece.length;
      // The site may answer now; undici would drop the connection of an upload that has not ended by then.
      if (sent === length) return;
    }
  } finally {
    clearTimeout(silence);
  }
}
