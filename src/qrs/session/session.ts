import type { Dispatcher } from 'undici';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { redacting } from '../../net/redact.ts';
import { usesSession } from '../../sites/credentials.ts';
import type { Site } from '../../sites/site.ts';
import { type Clean, type HttpResponse, isPage, isSignedOut } from '../answer.ts';
import type { Limits } from '../limits.ts';
import { cookieJar } from './cookies.ts';
import { sharedToken, TOKEN_HEADER } from './csrf-token.ts';
import { renewalsBy } from './renewals.ts';
import { carried, csrfToken, signIn, signOut } from './sign-in.ts';
import { sharedEntry } from './sign-in-once.ts';

/** The headers that let a call in. */
export interface Pass {
  headers: Readonly<Record<string, string>>;
  /** The number of its sign-in. */
  round: number;
}

/**
 * Lets calls in to a site. With a certificate each call names its user; through a virtual proxy the run has one
 * session, because a user can have only five (docs/qrs.md 2.2).
 */
export interface SiteSession {
  /** Signs in first where that is needed: once for all calls that wait meanwhile. */
  pass(signal: AbortSignal): Promise<Pass>;
  /** Keeps the cookies of an answer. */
  keep(use: Use, answer: HttpResponse): void;
  /** Tries to repair the reason why a call was not let in. Resolves to whether another try is worth it. */
  cure(use: Use, answer: HttpResponse, signal: AbortSignal): Promise<boolean>;
  /** Removes the cookies and the token of a session from a site's words. */
  clean(pass: Pass): Clean;
  /** Ends the session, within two seconds. Never throws. */
  leave(): Promise<void>;
}

/** One try of a call. */
interface Use {
  pass: Pass;
  /** Method and path. */
  call: string;
  /** The call is an upload, too large to be sent in vain again and again. */
  upload: boolean;
  /** The repairs that this call has already had. */
  tried: Set<string>;
}

interface SessionOptions {
  clock: Pick<Clock, 'now'>;
  log: Log;
  limits: Pick<Limits, 'call'>;
}

export function sessionOf(site: Site, wire: Dispatcher, around: SessionOptions): SiteSession {
  return usesSession(site.credentials) ? proxySession(site, wire, around) : certificateSession(site);
}

function certificateSession({ user }: Site): SiteSession {
  const [directory = '', id = ''] = user.split('\\');
  // Both values are percent-encoded UTF-8 (docs/qrs.md 2.1).
  const named = `UserDirectory=${encodeURIComponent(directory)}; UserId=${encodeURIComponent(id)}`;
  const pass = { headers: { 'x-qlik-user': named }, round: 0 };
  return {
    pass: async () => pass,
    keep: () => {},
    cure: async () => false,
    clean: () => text => text,
    leave: async () => {},
  };
}

function proxySession(site: Site, wire: Dispatcher, { clock, log, limits }: SessionOptions): SiteSession {
  const renewals = renewalsBy(clock.now);
  const cookies = cookieJar();
  const { always: sent, browser } = carried(site.credentials);
  let round = 0;
  /** Send the credentials with every call, for a proxy that sets no cookie or wants them every time. */
  let always = false;
  const headers = () => ({ ...browser, ...(always ? sent : {}), ...cookies.header() });
  const token = sharedToken(signal => csrfToken(site, wire, headers(), signal));

  const entry = sharedEntry(clock.now, async signal => {
    cookies.clear();
    token.forget();
    await signIn(site, wire, cookies, { signal, within: limits.call });
    round += 1;
    always ||= cookies.header().cookie === undefined;
    log.debug(`${site.name}: signed in ${site.user}`);
  });

  const cures: Cures = {
    renew: async ({ pass, call }, signal) => {
      const own = pass.round === round;
      if (own && !renewals.may(call, round)) return false;
      if (own) {
        entry.end();
        renewals.made(call, round + 1);
      }
      await entry.enter(signal);
      return true;
    },
    // It is unknown whether QRS wants a token (docs/qrs.md 9): fetch it once a session, when a call is rejected.
    fetchToken: async ({ pass }, signal) => {
      await token.fetch(signal);
      return token.value() !== undefined && pass.headers[TOKEN_HEADER] !== token.value();
    },
    carryAlways: async () => {
      const news = !always && Object.keys(sent).length > 0;
      always ||= news;
      return news;
    },
  };

  return {
    pass: async signal => {
      await entry.enter(signal);
      return { round, headers: { ...headers(), ...token.header() } };
    },
    keep: ({ pass, call }, answer) => {
      if (!isSignedOut(answer) && answer.statusCode < 500) renewals.worked(call, pass.round);
      if (pass.round === round && answer.statusCode < 300) cookies.keep(answer);
    },
    cure: async (use, answer, signal) => {
      const { upload, call, pass } = use;
      if (upload && isSignedOut(answer) && renewals.failed(call, pass.round)) return false;
      return tryCures(cures, use, answer, signal);
    },
    clean: pass => text => cleaner(pass, [...cookies.values(), token.value() ?? ''])(text),
    leave: async () => {
      if (!entry.isOpen() || cookies.header().cookie === undefined) return;
      entry.end();
      await signOut(site, wire, { ...headers(), ...token.header() });
    },
  };
}

/** The repairs by name, in order; each resolves to whether it may have changed anything. */
type Cures = Readonly<Record<string, (use: Use, signal: AbortSignal) => Promise<boolean>>>;

async function tryCures(cures: Cures, use: Use, answer: HttpResponse, signal: AbortSignal): Promise<boolean> {
  for (const [name, cure] of Object.entries(cures)) {
    const fits = isSignedOut(answer) || (name === 'fetchToken' && isForbidden(answer));
    if (!fits || use.tried.has(name)) continue;
    use.tried.add(name);
    if (await cure(use, signal)) return true;
  }
  return false;
}

/** Removes from a text the secrets of this session, and of the call's own session, which may have ended. */
function cleaner({ headers }: Pass, secrets: readonly string[]): Clean {
  const redact = redacting();
  for (const secret of secrets) redact.add(secret);
  for (const pair of (headers.cookie ?? '').split('; ')) redact.add(pair.slice(pair.indexOf('=') + 1));
  redact.add(headers[TOKEN_HEADER] ?? '');
  return redact;
}

function isForbidden(answer: HttpResponse): boolean {
  return answer.statusCode === 403 && !isPage(answer);
}
