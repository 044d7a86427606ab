import type { Dispatcher } from 'undici';
import { RemoteError, StoppedError } from '../../base/errors.ts';
import { formatDuration } from '../../base/units.ts';
import { readBeginning } from '../../net/body.ts';
import { timeLimit } from '../../net/time-limit.ts';
import type { Credentials } from '../../sites/credentials.ts';
import type { Site } from '../../sites/sites.ts';
import { addressOf, prefixOf } from '../address.ts';
import { type HttpResponse, isPage, isSignedOut, refusal } from '../answer.ts';
import { lateness, noAnswer } from '../no-answer.ts';
import type { Cookies } from './cookies.ts';
import { TOKEN_HEADER } from './csrf-token.ts';
import { type HandshakeStep, shakeHands } from './ntlm.ts';

/** How long a proxy may think about a token, ms. */
const TOKEN = 10_000;
/** How long a run waits for its session to end, ms: a run that was cancelled has little time. */
const FAREWELL = 2_000;

/** Headers that credentials are, and headers that every call to their proxy has. */
export function carried(credentials: Credentials): {
  always: Readonly<Record<string, string>>;
  browser: Readonly<Record<string, string>>;
} {
  if (credentials.kind === 'jwt')
    return { always: { authorization: `Bearer ${credentials.jwt}` }, browser: {} };
  if (credentials.kind === 'header')
    return { always: { [credentials.name]: credentials.value }, browser: {} };
  // The virtual proxy knows Windows by this word (docs/qrs.md 2.5).
  return { always: {}, browser: credentials.kind === 'ntlm' ? { 'user-agent': 'Windows' } : {} };
}

/**
 * Opens a session: a GET, as anything else would be lost without one (docs/qrs.md 2.2). Its cookies are kept.
 * Throws RemoteError when the site does not let us in.
 */
export async function signIn(
  site: Site,
  wire: Dispatcher,
  cookies: Cookies,
  limit: { signal: AbortSignal; within: number },
): Promise<void> {
  const attempt = `sign in ${site.user}`;
  await guarded(site, attempt, limit, async signal => {
    const { path, headers } = addressOf(site, '/qrs/about');
    const { always, browser } = carried(site.credentials);
    const first = { path, headers: { ...headers, ...browser } };
    const get = (over: Dispatcher, origin: string, { path, headers }: HandshakeStep): Promise<HttpResponse> =>
      over.request({ origin, path, headers, method: 'GET', signal });
    const read = (answer: HttpResponse) => checkLetIn(site, attempt, cookies, answer);
    if (site.credentials.kind === 'ntlm') {
      const { credentials } = site;
      await shakeHands({ site, credentials, attempt, cookies, get, signal }, first, read);
    } else {
      const { origin } = new URL(site.url);
      await read(await get(wire, origin, { path, headers: { ...first.headers, ...always } }));
    }
  });
}

async function checkLetIn(
  site: Site,
  attempt: string,
  cookies: Cookies,
  answer: HttpResponse,
): Promise<void> {
  cookies.keep(answer);
  const hasCookie = cookies.header().cookie !== undefined;
  // With a session, a user who may not even ask for this is let in all the same: what he may is said call by call.
  const refused = answer.statusCode >= 300 && !(answer.statusCode === 403 && hasCookie && !isPage(answer));
  if (refused || isSignedOut(answer))
    throw new RemoteError(await refusal(site, { attempt, signsIn: true }, answer));
  await readBeginning(answer.body);
  if (site.credentials.kind === 'ntlm' && !hasCookie) throw noCookie(site, attempt);
}

/** The token that a proxy may want with changes (docs/qrs.md 2.3); undefined where it has none. */
export async function csrfToken(
  site: Site,
  wire: Dispatcher,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const path = `${prefixOf(site)}/qps/csrftoken`;
  return guarded(site, 'give a token against forged requests', { signal, within: TOKEN }, async signal => {
    const answer = await wire.request({
      origin: new URL(site.url).origin,
      path,
      headers,
      method: 'GET',
      signal,
    });
    await readBeginning(answer.body);
    const token = answer.headers[TOKEN_HEADER];
    return answer.statusCode < 300 && typeof token === 'string' ? token : undefined;
  });
}

/**
 * Ends a session, which would count among the user's five for half an hour more (docs/qrs.md 2.2). Whatever comes of
 * it is taken: the work is done.
 */
export async function signOut(
  site: Site,
  wire: Dispatcher,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const { path, headers: keyed } = addressOf(site, '/qps/user');
  const { origin } = new URL(site.url);
  const signal = AbortSignal.timeout(FAREWELL);
  try {
    const answer = await wire.request({
      origin,
      path,
      headers: { ...headers, ...keyed },
      method: 'DELETE',
      signal,
    });
    await answer.body.dump({ limit: 65_536, signal });
  } catch {
    // The session expires.
  }
}

/** Gives a step of a sign-in its time, and makes a sentence of what the network says. */
async function guarded<T>(
  site: Site,
  attempt: string,
  { signal, within }: { signal: AbortSignal; within: number },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const time = timeLimit(signal);
  time.allow(within, `it did not end within ${formatDuration(within)}`);
  try {
    return await work(time.signal);
  } catch (cause) {
    if (cause instanceof RemoteError) throw cause;
    if (signal.aborted) {
      throw new StoppedError(`Stopped while site "${site.name}" was asked to ${attempt}.`, { cause });
    }
    throw noAnswer(site, attempt, cause, lateness(time));
  } finally {
    time.release();
  }
}

function noCookie(site: Site, attempt: string): RemoteError {
  return new RemoteError({
    site: site.name,
    attempt,
    answer: 'the sign-in succeeded, but no session cookie came with it',
    hint: 'Does a proxy or load balancer on the way take cookies out?',
    mayBeDone: false,
    final: true,
  });
}
