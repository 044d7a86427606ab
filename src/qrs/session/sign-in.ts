import type { Dispatcher } from 'undici';
import { RemoteError, StoppedError } from '../../base/errors.ts';
import { formatDuration } from '../../base/units.ts';
import { readBeginning } from '../../net/body.ts';
import { timeLimit } from '../../net/time-limit.ts';
import type { Credentials } from '../../sites/credentials.ts';
import type { Site } from '../../sites/site.ts';
import { addressOf, prefixOf } from '../address.ts';
import { type HttpResponse, isPage, isSignedOut, refusal } from '../answer.ts';
import { lateness, noAnswer } from '../no-answer.ts';
import type { Cookies } from './cookies.ts';
import { TOKEN_HEADER } from './csrf-token.ts';
import { type HandshakeStep, shakeHands } from './ntlm.ts';

/** The time limit for a proxy's check of a token, ms. */
const TOKEN = 10_000;
/** How long a run waits for its session to end, ms: a cancelled run has little time. */
const FAREWELL = 2_000;

/** The headers of the credentials, and headers for every call to their proxy. */
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
 * Opens a session by a GET, because a proxy drops other requests without a session (docs/qrs.md 2.2). Keeps its
 * cookies. Throws RemoteError when the site does not let the user in.
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
  // A user with a session is let in, even one who may not make this call: each later call shows its own rights.
  const refused = answer.statusCode >= 300 && !(answer.statusCode === 403 && hasCookie && !isPage(answer));
  if (refused || isSignedOut(answer))
    throw new RemoteError(await refusal(site, { attempt, signsIn: true }, answer));
  await readBeginning(answer.body);
  if (site.credentials.kind === 'ntlm' && !hasCookie) throw noCookie(site, attempt);
}

/** The CSRF token that a proxy may want with changes (docs/qrs.md 2.3); undefined where it has none. */
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
 * Ends a session, which would count among the user's five for another half hour (docs/qrs.md 2.2). A failure does not
 * matter: the work is done.
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
    // The session expires by itself.
  }
}

/** Limits the time of a sign-in step, and words the network's errors. */
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
    hint: 'Does a proxy or load balancer on the way remove cookies?',
    mayBeDone: false,
    final: true,
  });
}
