import type { Dispatcher } from 'undici';
import type { Clock } from '../base/clock.ts';
import { InputError, RemoteError, StoppedError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Patience } from '../base/retry.ts';
import { formatDuration } from '../base/units.ts';
import { countBytes, type Waited, whileWaiting } from '../base/waiting.ts';
import { type TimeLimit, timeLimit } from '../net/time-limit.ts';
import type { Site } from '../sites/site.ts';
import { type Clean, type HttpResponse, isPage, refusal } from './answer.ts';
import type { Limits } from './limits.ts';
import { lateness, noAnswer } from './no-answer.ts';
import { allowAnswer, type Call, message, type Try, type Upload } from './request.ts';
import type { SiteSession } from './session/session.ts';
/** The way to one site: its connections, its session, and its clock. */
export interface Wire {
  pool: Dispatcher;
  site: Site;
  session: SiteSession;
  /** How far the site's clock is ahead of ours, ms; undefined before the first answer. */
  ahead: number | undefined;
  /** From the signal that ends reads at once, makes the one that ends changes. */
  late(signal: AbortSignal): AbortSignal;
}

/** How to make calls: with which clock, signal and limits. */
export interface CallSettings extends Patience {
  log: Log;
  limits: Limits;
}

/** An answer that is not a refusal, and the time left to read it. */
export interface AcceptedAnswer {
  answer: HttpResponse;
  clean: Clean;
  time: TimeLimit;
}

/**
 * Makes one call and passes its answer to `read`. Throws RemoteError when the site refuses or does not answer,
 * StoppedError on abort.
 */
export async function makeCall<T>(
  wire: Wire,
  call: Call | Upload,
  manner: CallSettings,
  read: (accepted: AcceptedAnswer) => Promise<T>,
): Promise<T> {
  const { site } = wire;
  const { clock, signal, log } = manner;
  if (signal.aborted)
    throw new StoppedError(`Stopped before site "${site.name}" was asked to ${call.attempt}.`);
  const started = clock.now();
  const line = (end: string) => log.debug(`${site.name}: ${call.method} ${call.path} ${end}`);
  // Reads stop with the run; a change under way may finish.
  const caller = call.method === 'GET' ? signal : wire.late(signal);
  const time = timeLimit(caller);
  try {
    const { watched, words } = watch(site, call, clock);
    const seen = (answer: HttpResponse) => {
      wire.ahead = aheadBy(answer.headers.date, clock.now()) ?? wire.ahead;
      line(`${answer.statusCode} in ${clock.now() - started} ms`);
    };
    return await whileWaiting(log, words, () => letIn({ wire, call: watched, manner, time }, read, seen));
  } catch (cause) {
    time.release();
    // The body of an upload throws errors of its own.
    if ([RemoteError, StoppedError, InputError].some(kind => cause instanceof kind)) throw cause;
    if (caller.aborted) {
      throw new StoppedError(`Stopped while site "${site.name}" was asked to ${call.attempt}.`, { cause });
    }
    line(`no answer in ${clock.now() - started} ms`);
    throw noAnswer(site, call.attempt, cause, lateness(time, call.oneWait));
  }
}

/** The call, and the words for the wait for its answer. The bytes of an upload are counted. */
function watch(site: Site, call: Call | Upload, clock: Clock): { watched: Call | Upload; words: Waited } {
  const what = doing(site, call);
  if (!('content' in call)) return { watched: call, words: time => `${what}, ${time}` };
  const after = (time: string) => `${what}: all sent, the site has been importing it for ${time}`;
  const { content, words } = countBytes(call.content, { clock, what, total: call.length, after });
  return { watched: { ...call, content }, words };
}

export function doing({ name }: Site, { attempt }: Call): string {
  return `${name}: ${attempt}`;
}

interface Asking {
  wire: Wire;
  call: Call | Upload;
  manner: CallSettings;
  time: TimeLimit;
}

/** Makes a call, and repeats it after a sign-in, or another repair of the session, when nobody was signed in. */
async function letIn<T>(
  { wire, call, manner, time }: Asking,
  read: (accepted: AcceptedAnswer) => Promise<T>,
  seen: (answer: HttpResponse) => void,
): Promise<T> {
  const { site, session } = wire;
  const { limits } = manner;
  const tried = new Set<string>();
  const upload = 'content' in call;
  for (;;) {
    time.pause();
    const pass = await session.pass(time.signal);
    const use = { pass, call: `${call.method} ${call.path}`, upload, tried };
    const answer = await ask(wire, manner, { call, pass, time, limits, answered: false });
    seen(answer);
    session.keep(use, answer);
    const clean = session.clean(pass);
    if (answer.statusCode < 300 && !isPage(answer)) return await read({ answer, clean, time });
    const refused = await refusal(site, call, answer, clean);
    const cured = await session.cure(use, answer, time.signal);
    // 401 and a redirect prove that QRS never saw the call; a page with 200 may have replaced the answer to a change.
    if (call.method !== 'GET' && answer.statusCode < 300) {
      throw new RemoteError({ ...refused, mayBeDone: true, final: upload && !cured });
    }
    if (!cured) throw new RemoteError(refused);
    // The body was sent and cannot be read again: the caller opens it anew.
    if (upload) throw new RemoteError({ ...refused, mayBeDone: false, final: false });
  }
}

/** Waits until the answer begins, and sets its time limit. Early hints do not count. */
async function ask({ site, pool }: Wire, { limits }: CallSettings, one: Try): Promise<HttpResponse> {
  const { call, time } = one;
  // Until its last byte, an upload is limited by its pace.
  if (!('content' in call)) allowAnswer(one);
  const answer = await pool.request(message(site, one));
  one.answered = true;
  if (call.time === 'long' || 'content' in call) {
    time.allow(limits.answer, `its answer did not end within ${formatDuration(limits.answer)}`);
  }
  return answer;
}

/** A Date header has whole seconds, so the true time is half a second later on average. */
function aheadBy(header: string | string[] | undefined, now: number): number | undefined {
  const time = Date.parse(String(header));
  return Number.isNaN(time) ? undefined : time + 500 - now;
}
