import signed from 'universal-github-app-jwt';
import * as z from 'zod';
import { redacting } from '../net/redact.ts';
import { serverTime } from '../net/times.ts';
import type { GitHubCredential } from './credentials.ts';
import { type Denial, denialOf, misfit } from './denial.ts';
import type { Caller, GitHubRequest, Permissions } from './request.ts';
import type { Answer } from './transport.ts';

/** Adds the credential to each call. */
export interface SignIn {
  send(request: GitHubRequest, signal: AbortSignal): Promise<Answer | Denial>;
  /** Removes the tokens in use from a text. */
  redact(text: string): string;
}

type App = Extract<GitHubCredential, { kind: 'app' }>;
type Send = (request: GitHubRequest, authorization: string, signal: AbortSignal) => Promise<Answer | Denial>;

/** A token is not used in its last minutes, because a call must end before its token expires. Ms. */
const SPARE = 2 * 60_000;
/**
 * Pauses after a 401 for a new token, ms: not every server of GitHub knows a new token at once. @octokit/auth-app makes
 * the same pauses (docs/github.md 7).
 */
const PAUSES = [1_000, 2_000, 2_000];
/** A larger difference between the clocks makes a signature invalid, which we date 30 seconds back. Ms. */
const APART = 15_000;
/** The least that a dispatch needs (docs/github.md 2). */
const TO_DISPATCH: Permissions = { contents: 'write' };

const minted = z.object({ token: z.string().min(1), expires_at: z.string() });

const isUnknown = (reply: Answer | Denial) => reply.kind === 'answer' && reply.status === 401;

/** An App signs in with tokens of its installation, each for one repository and for some permissions (docs/github.md 7). */
export function appTokens(caller: Caller, app: App, sendWith: Send): SignIn {
  const { clock } = caller;
  /** `until`: by our clock, ms. */
  const kept = new Map<string, { token: string; until: number }>();
  let inUse = redacting();
  const asApp = signedByApp(caller, app, sendWith);

  async function newToken(
    key: string,
    request: GitHubRequest,
    signal: AbortSignal,
  ): Promise<string | Denial> {
    const { repository, permissions = TO_DISPATCH } = request;
    const question = tokenRequest(app, repository, permissions);
    const reply = await asApp(question, signal);
    if (reply.kind !== 'answer') return reply;
    const denial = denialOf(caller, question, reply);
    if (denial) return denial;
    const { data } = minted.safeParse(reply.data);
    if (!data) return misfit(caller, question, reply.status);
    const now = clock.now();
    // Only GitHub's clock decides how long it lasts.
    const lasts = Date.parse(data.expires_at) - serverTime(reply.headers, now);
    kept.set(key, { token: data.token, until: now + lasts - SPARE });
    inUse = redacting();
    for (const { token } of kept.values()) inUse.add(token);
    return data.token;
  }

  /** Repeats a call with a new token until GitHub knows the token. */
  async function patiently(call: () => Promise<Answer | Denial>, signal: AbortSignal) {
    let reply = await call();
    for (const pause of PAUSES) {
      if (!isUnknown(reply)) break;
      await clock.sleep(pause, signal);
      reply = await call();
    }
    return reply;
  }

  return {
    redact: text => inUse(text),
    async send(request, signal) {
      if (request.asApp) return asApp(request, signal);
      const { repository, permissions = TO_DISPATCH } = request;
      const key = `${repository.toLowerCase()} ${JSON.stringify(permissions)}`;
      const known = kept.get(key);
      if (known && clock.now() < known.until) {
        const reply = await sendWith(request, `token ${known.token}`, signal);
        if (!isUnknown(reply)) return reply;
      }
      const token = await newToken(key, request, signal);
      if (typeof token !== 'string') return token;
      return patiently(() => sendWith(request, `token ${token}`, signal), signal);
    },
  };
}

function tokenRequest(app: App, repository: string, permissions: Permissions): GitHubRequest {
  return {
    attempt: `make a token of the GitHub App ${app.id} for ${repository}`,
    repository,
    method: 'POST',
    path: `/app/installations/${app.installation}/access_tokens`,
    body: { repositories: [repository.split('/')[1]], permissions },
    asApp: true,
  };
}

/** Signs a call with the App's key. The signature has the time of GitHub's clock. */
function signedByApp({ clock }: Caller, app: App, sendWith: Send) {
  /** GitHub's clock less ours, ms. */
  let ahead = 0;

  const sign = async () => {
    const now = Math.floor((clock.now() + ahead) / 1000);
    return `bearer ${(await signed<string | number>({ id: app.id, privateKey: app.key, now })).token}`;
  };

  return async (request: GitHubRequest, signal: AbortSignal): Promise<Answer | Denial> => {
    const reply = await sendWith(request, await sign(), signal);
    if (reply.kind !== 'answer' || reply.status !== 401) return reply;
    const off = serverTime(reply.headers, clock.now()) - clock.now();
    if (Math.abs(off - ahead) < APART) return reply;
    ahead = off;
    return sendWith(request, await sign(), signal);
  };
}
