import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { abortedAfter } from '../base/deadline.ts';
import { InputError, RemoteError, StoppedError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { type Patience, retry } from '../base/retry.ts';
import type { Site } from '../sites/sites.ts';
import { addressOf } from './address.ts';
import { type Answer, type Asked, type Clean, explained, isPage, parse, refusal } from './answer.ts';
import { noAnswer } from './diagnosis.ts';
import { type Pass, type Session, sessionOf } from './session.ts';
import { misfit, unusable } from './shape.ts';
import { IDLE, openWire, type Seen } from './wire.ts';

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
  /**
   * A call answered in JSON of this shape. A read is tried again, a change is not; an answer of another shape to a
   * read is final at the third try.
   */
  json<T>(schema: z.ZodType<T>, call: Call | Upload): Promise<T>;
  /** A call whose answer says nothing that is needed. */
  send(call: Call): Promise<void>;
  /** A transfer from the site; the content throws RemoteError when it breaks off. */
  download(call: Call): Promise<Download>;
  /** The same connections under another signal, which ends everything at once: for a clean-up after a cancellation. */
  under(signal: AbortSignal): Qrs;
  /** By how much the site's clock is ahead of ours, in ms within a second; undefined before the first answer. */
  ahead(): number | undefined;
  /** Ends the session too, for which it waits two seconds at most. */
  close(): Promise<void>;
}

export interface Surroundings extends Patience {
  log: Log;
}

/** A socket asks for a pause once this many bytes wait in it; undici gives a socket with TLS 16 KiB. */
const QUEUE = 64 * 1024;
/** A change under way when the run is cancelled may still end, so that its outcome is known. Ms. */
const GRACE = 3_000;

/** Connects to a site. Nothing is sent before the first call; throws InputError for unusable credentials. */
export function connect(site: Site, surroundings: Surroundings): Qrs {
  // A transfer takes a connection for long, and each app needs another for its calls.
  const connections = 2 * site.concurrency + 2;
  const pool = openWire(site, new URL(site.url).origin, connections, endings(site, surroundings));
  const late = abortedAfter(surroundings.signal, GRACE);
  const wire: Wire = {
    pool,
    site,
    session: sessionOf(site, pool, surroundings),
    ahead: undefined,
    late: signal => (signal === surroundings.signal ? late : signal),
  };
  return bind(wire, surroundings);
}

/** Warns, once, when the certificate of a site's server ends soon. */
function endings({ name }: Site, { clock, log }: Surroundings): Seen {
  let warned = false;
  return until => {
    const days = Math.floor((until - clock.now()) / 86_400_000);
    if (warned || days >= 30) return;
    warned = true;
    const day = new Date(until).toISOString().slice(0, 10);
    log.warning(
      `Site "${name}": the server's certificate expires on ${day}, in ${days} days. Renew it in the QMC.`,
    );
  };
}

interface Wire {
  pool: Dispatcher;
  site: Site;
  session: Session;
  ahead: number | undefined;
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
    json: (schema, call) => readJson(wire, surroundings, schema, call),
    send: async call => {
      await readJson(wire, surroundings, z.unknown(), call);
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
    ahead: () => wire.ahead,
    close: async () => {
      await wire.session.leave();
      await wire.pool.destroy();
    },
  };
}

function readJson<T>(wire: Wire, surroundings: Surroundings, schema: z.ZodType<T>, call: Call | Upload) {
  const odd: RemoteError[] = [];
  const once = () =>
    exchange(wire, call, surroundings, async (answer, clean) => {
      const said = await parse(wire.site, call, answer, clean);
      const result = schema.safeParse(said);
      if (result.success) return result.data;
      const problem = misfit(result.error, said);
      odd.push(unusable(wire.site.name, call.attempt, problem, odd.length + 1 >= SHAPE_TRIES));
      throw odd.at(-1);
    });
  if (call.method !== 'GET') return once();
  return retry(surroundings, error => !call.once || odd.at(-1) === error, once);
}

/** An answer of the wrong shape may be one from the middle of a start; it is not waited for as long as for none. */
const SHAPE_TRIES = 3;

async function exchange<T>(
  wire: Wire,
  call: Call | Upload,
  { clock, signal, log }: Surroundings,
  read: (answer: Answer, clean: Clean) => Promise<T>,
): Promise<T> {
  const { site } = wire;
  if (signal.aborted)
    throw new StoppedError(`Stopped before site "${site.name}" was asked to ${call.attempt}.`);
  const started = clock.now();
  const line = (end: string) => log.debug(`${site.name}: ${call.method} ${call.path} ${end}`);
  // Reads stop with the run; a change under way may end.
  const limit = call.method === 'GET' ? signal : wire.late(signal);
  try {
    return await letIn(wire, call, limit, read, answer => {
      wire.ahead = aheadBy(answer.headers.date, clock.now()) ?? wire.ahead;
      line(`${answer.statusCode} in ${clock.now() - started} ms`);
    });
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

/** Makes a call, and makes it again when it was not let in and something could be done about that. */
async function letIn<T>(
  wire: Wire,
  call: Call | Upload,
  signal: AbortSignal,
  read: (answer: Answer, clean: Clean) => Promise<T>,
  told: (answer: Answer) => void,
): Promise<T> {
  const { site, session, pool } = wire;
  const tried = new Set<string>();
  const upload = 'content' in call;
  for (;;) {
    const pass = await session.pass(signal);
    const use = { pass, call: `${call.method} ${call.path}`, upload, tried };
    const answer = await pool.request(message(site, call, pass, signal));
    told(answer);
    session.keep(use, answer);
    if (answer.statusCode < 300 && !isPage(answer)) return await read(answer, session.clean(pass));
    const refused = await refusal(site, call, answer, session.clean(pass));
    const cured = await session.cure(use, answer, signal);
    // 401 and a redirect prove that QRS never saw it; a page with 200 may stand where the answer to a change was.
    if (call.method !== 'GET' && answer.statusCode < 300) {
      throw new RemoteError({ ...refused, mayBeDone: true, final: upload && !cured });
    }
    if (!cured) throw new RemoteError(refused);
    // A body that has been sent is gone: whoever has it sends it again.
    if (upload) throw new RemoteError({ ...refused, mayBeDone: false, final: false });
  }
}

function message(
  site: Site,
  call: Call | Upload,
  pass: Pass,
  signal: AbortSignal,
): Dispatcher.RequestOptions {
  const { path, headers: keyed } = addressOf(site, call.path, call.query);
  const headers: Record<string, string> = { ...pass.headers, ...keyed };
  const options: Dispatcher.RequestOptions = {
    origin: new URL(site.url).origin,
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

/** A Date header tells whole seconds, so its time is half a second later on average. */
function aheadBy(header: string | string[] | undefined, now: number): number | undefined {
  const time = Date.parse(String(header));
  return Number.isNaN(time) ? undefined : time + 500 - now;
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
