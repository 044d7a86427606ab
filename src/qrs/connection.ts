import type { Dispatcher } from 'undici';
import * as z from 'zod';
import type { Clock } from '../base/clock.ts';
import { abortedAfter } from '../base/deadline.ts';
import { InputError, RemoteError, StoppedError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { type Patience, retry } from '../base/retry.ts';
import { formatDuration } from '../base/units.ts';
import { counted, shown, type Waited, whileWaiting } from '../base/waiting.ts';
import { type TimeLimit, timeLimit } from '../net/time-limit.ts';
import type { Site } from '../sites/sites.ts';
import { type Clean, type HttpResponse, isPage, parse, refusal } from './answer.ts';
import { contentOf, type Download, lengthOf } from './download.ts';
import { LIMITS, type Limits } from './limits.ts';
import { lateness, noAnswer } from './no-answer.ts';
import { allowAnswer, type Call, message, type Try, type Upload } from './request.ts';
import { type SiteSession, sessionOf } from './session/session.ts';
import { shapeProblem, unusable } from './shape.ts';
import { openWire } from './wire.ts';

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
  /**
   * A transfer from the site; the content throws RemoteError when it breaks off, is too slow, or brings more than
   * `most` bytes where the site does not announce how many come.
   */
  download(call: Call, most: number): Promise<Download>;
  /** The same connections under another signal, which ends everything at once: for a clean-up after a cancellation. */
  under(signal: AbortSignal): Qrs;
  /** By how much the site's clock is ahead of ours, in ms within a second; undefined before the first answer. */
  ahead(): number | undefined;
  /** Ends the session too, for which it waits two seconds at most. */
  close(): Promise<void>;
}

export interface ConnectOptions extends Patience {
  log: Log;
  /** In place of the usual ones. */
  limits?: Partial<Limits>;
}

interface Around extends ConnectOptions {
  limits: Limits;
}

/** A change under way when the run is cancelled may still end, so that its outcome is known. Ms. */
const GRACE = 3_000;
/** An answer of the wrong shape may come from the middle of a start; it is not waited for as long as for none. */
const SHAPE_TRIES = 3;

/** Connects to a site. Nothing is sent before the first call; throws InputError for unusable credentials. */
export function connect(site: Site, surroundings: ConnectOptions): Qrs {
  const around = { ...surroundings, limits: { ...LIMITS, ...surroundings.limits } };
  // A transfer takes a connection for long, and each app needs another for its calls.
  const connections = 2 * site.concurrency + 2;
  const pool = openWire(site, new URL(site.url).origin, connections, endings(site, surroundings));
  const late = abortedAfter(surroundings.signal, GRACE);
  const wire: Wire = {
    pool,
    site,
    session: sessionOf(site, pool, around),
    ahead: undefined,
    late: signal => (signal === surroundings.signal ? late : signal),
  };
  return bind(wire, around);
}

/** Warns, once, when the certificate of a site's server ends soon. */
function endings({ name }: Site, { clock, log }: ConnectOptions): (until: number) => void {
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
  session: SiteSession;
  ahead: number | undefined;
  /** What ends a change, given what ends everything else. */
  late(signal: AbortSignal): AbortSignal;
}

function bind(wire: Wire, around: Around): Qrs {
  const { clock, signal, log } = around;
  return {
    site: wire.site,
    clock,
    signal,
    log,
    json: (schema, call) => readJson(wire, around, schema, call),
    send: async call => {
      await readJson(wire, around, z.unknown(), call);
    },
    download: (call, most) =>
      exchange(wire, call, around, async ({ answer, time }) => ({
        content: shown(log, contentOf({ site: wire.site, call, answer, time, most, limits: around.limits }), {
          clock,
          what: doing(wire.site, call),
          total: lengthOf(answer),
        }),
        length: lengthOf(answer),
      })),
    under: other => bind(wire, { ...around, signal: other }),
    ahead: () => wire.ahead,
    close: async () => {
      await wire.session.leave();
      await wire.pool.destroy();
    },
  };
}

function readJson<T>(wire: Wire, around: Around, schema: z.ZodType<T>, call: Call | Upload): Promise<T> {
  const odd: RemoteError[] = [];
  let left = around.limits[call.time ?? 'call'];
  const once = async () => {
    const began = performance.now();
    try {
      return await exchange(wire, call, around, async ({ answer, clean, time }) => {
        const said = await parse(wire.site, call, answer, { clean, most: around.limits.json });
        time.release();
        const result = schema.safeParse(said);
        if (result.success) return result.data;
        const problem = shapeProblem(result.error, said);
        odd.push(unusable(wire.site.name, call.attempt, problem, odd.length + 1 >= SHAPE_TRIES));
        throw odd.at(-1);
      });
    } finally {
      left -= performance.now() - began;
    }
  };
  if (call.method !== 'GET') return once();
  // All tries together have the time of the call.
  return retry(around, error => left > 0 && (!call.once || odd.at(-1) === error), once);
}

/** An answer that is not a refusal, for whoever reads it. */
interface Accepted {
  answer: HttpResponse;
  clean: Clean;
  time: TimeLimit;
}

async function exchange<T>(
  wire: Wire,
  call: Call | Upload,
  around: Around,
  read: (accepted: Accepted) => Promise<T>,
): Promise<T> {
  const { site } = wire;
  const { clock, signal, log } = around;
  if (signal.aborted)
    throw new StoppedError(`Stopped before site "${site.name}" was asked to ${call.attempt}.`);
  const started = clock.now();
  const line = (end: string) => log.debug(`${site.name}: ${call.method} ${call.path} ${end}`);
  // Reads stop with the run; a change under way may end.
  const caller = call.method === 'GET' ? signal : wire.late(signal);
  const time = timeLimit(caller);
  try {
    const { watched, words } = watch(site, call, clock);
    const told = (answer: HttpResponse) => {
      wire.ahead = aheadBy(answer.headers.date, clock.now()) ?? wire.ahead;
      line(`${answer.statusCode} in ${clock.now() - started} ms`);
    };
    return await whileWaiting(log, words, () => letIn({ wire, call: watched, around, time }, read, told));
  } catch (cause) {
    time.release();
    // The body of an upload brings its own kinds of errors along.
    if ([RemoteError, StoppedError, InputError].some(kind => cause instanceof kind)) throw cause;
    if (caller.aborted) {
      throw new StoppedError(`Stopped while site "${site.name}" was asked to ${call.attempt}.`, { cause });
    }
    line(`no answer in ${clock.now() - started} ms`);
    throw noAnswer(site, call.attempt, cause, lateness(time, call.oneWait));
  }
}

/** The call, and what to say while it is not answered. Of an upload the bytes are counted. */
function watch(site: Site, call: Call | Upload, clock: Clock): { watched: Call | Upload; words: Waited } {
  const what = doing(site, call);
  if (!('content' in call)) return { watched: call, words: time => `${what}, ${time}` };
  const after = (time: string) => `${what}: all sent, the site has been importing it for ${time}`;
  const { content, words } = counted(call.content, { clock, what, total: call.length, after });
  return { watched: { ...call, content }, words };
}

function doing({ name }: Site, { attempt }: Call): string {
  return `${name}: ${attempt}`;
}

interface Asking {
  wire: Wire;
  call: Call | Upload;
  around: Around;
  time: TimeLimit;
}

/** Makes a call, and makes it again when it was not let in and something could be done about that. */
async function letIn<T>(
  { wire, call, around, time }: Asking,
  read: (accepted: Accepted) => Promise<T>,
  told: (answer: HttpResponse) => void,
): Promise<T> {
  const { site, session } = wire;
  const { limits } = around;
  const tried = new Set<string>();
  const upload = 'content' in call;
  for (;;) {
    time.pause();
    const pass = await session.pass(time.signal);
    const use = { pass, call: `${call.method} ${call.path}`, upload, tried };
    const answer = await ask(wire, around, { call, pass, time, limits, answered: false });
    told(answer);
    session.keep(use, answer);
    const clean = session.clean(pass);
    if (answer.statusCode < 300 && !isPage(answer)) return await read({ answer, clean, time });
    const refused = await refusal(site, call, answer, clean);
    const cured = await session.cure(use, answer, time.signal);
    // 401 and a redirect prove that QRS never saw it; a page with 200 may stand where the answer to a change was.
    if (call.method !== 'GET' && answer.statusCode < 300) {
      throw new RemoteError({ ...refused, mayBeDone: true, final: upload && !cured });
    }
    if (!cured) throw new RemoteError(refused);
    // A body that has been sent is gone: whoever has it sends it again.
    if (upload) throw new RemoteError({ ...refused, mayBeDone: false, final: false });
  }
}

/** Waits until the answer begins, and gives it its time. Early hints do not count. */
async function ask({ site, pool }: Wire, { limits }: Around, one: Try): Promise<HttpResponse> {
  const { call, time } = one;
  // An upload has a pace of its own until its last byte.
  if (!('content' in call)) allowAnswer(one);
  const answer = await pool.request(message(site, one));
  one.answered = true;
  if (call.time === 'long' || 'content' in call) {
    time.allow(limits.answer, `its answer did not end within ${formatDuration(limits.answer)}`);
  }
  return answer;
}

/** A Date header tells whole seconds, so its time is half a second later on average. */
function aheadBy(header: string | string[] | undefined, now: number): number | undefined {
  const time = Date.parse(String(header));
  return Number.isNaN(time) ? undefined : time + 500 - now;
}
