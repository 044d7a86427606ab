import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/core';
import type { Clock } from '../base/clock.ts';
import { InputError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { type Redact, redacting } from '../net/redact.ts';
import { type GitHubCredential, usable } from './credentials.ts';
import { type Followed, followed } from './follow.ts';
import { routeTo } from './route.ts';
import { type Message, send } from './send.ts';
import type { Place } from './silence.ts';
import { installationTokens, type Permissions, type Tokens } from './tokens.ts';

/** A call, without the headers, which are the same in all of them. */
export interface Question extends Omit<Message, 'headers'> {
  /** owner/name */
  repository: string;
  /** `token`: to make a token for an App. `read`: nothing changes at GitHub. */
  purpose: 'dispatch' | 'token' | 'read';
  /** What an App's token has to be allowed for it. Default: to dispatch. */
  permissions?: Permissions | undefined;
}

/** A GitHub and who asks it. Calls throw StoppedError when their signal aborts, and nothing else. */
export interface GitHub {
  /** Of the API, without a slash at its end. */
  url: string;
  /** As sentences begin: `GitHub (api.github.com)`. */
  name: string;
  place: Place;
  credential: GitHubCredential;
  clock: Clock;
  log: Log;
  redact: Redact;
  /** One call with a token, redirects on the same host followed. */
  ask(question: Question, token: string, signal: AbortSignal): Promise<Followed>;
  /** One call signed as the App itself. */
  askAsApp(question: Question, signal: AbortSignal): Promise<Followed>;
  /** The token of every call, or an App's tokens for each repository. */
  signIn: { token: string } | { tokens: Tokens };
  /** Repositories of whose new name the log was told. */
  renamed: Set<string>;
  close(): Promise<void>;
}

export interface Given {
  /** https://api.github.com, or https://HOST/api/v3 */
  url: string;
  credential: GitHubCredential;
  /** HTTPS_PROXY, HTTP_PROXY and NO_PROXY are read of it, in any case. */
  environment: Readonly<Record<string, string | undefined>>;
  /** PEM of an authority that is trusted beside the usual ones. */
  ca?: string | undefined;
  clock: Clock;
  log: Log;
  /** Longest time of one call, ms. Default: 15 seconds. */
  timeout?: number | undefined;
}

/** The version is pinned: without it GitHub may change what it answers (docs/github.md 1). */
const HEADERS = {
  accept: 'application/vnd.github+json',
  'x-github-api-version': '2022-11-28',
  'user-agent': 'qrs-relay',
};

/** Connects to GitHub. Nothing is sent before the first call; throws InputError for what cannot work. */
export function connectGitHub(given: Given): GitHub {
  const { clock, log, timeout = 15_000 } = given;
  const base = addressOf(given.url);
  const url = base.href.replace(/\/+$/, '');
  const credential = usable(given.credential);
  const redact = redacting();
  redact.add(credential.kind === 'token' ? credential.token : credential.key);
  const { dispatcher, proxy } = routeTo(base, { environment: given.environment, ca: given.ca, timeout });
  log.debug(
    `GitHub: ${base.host} is reached ${proxy === undefined ? 'directly' : `through the proxy ${proxy}`}.`,
  );

  const call = async (octokit: Octokit, message: Message, signal: AbortSignal): Promise<Followed> => {
    const started = clock.now();
    const reply = await followed(url, message, one => send({ octokit, dispatcher, timeout }, one, signal));
    const end = reply.kind === 'answer' ? String(reply.status) : 'no answer';
    log.debug(`GitHub: ${message.method} ${message.url} ${end} in ${clock.now() - started} ms`);
    return reply;
  };
  const plain = new Octokit({ baseUrl: url, log: quiet(log), request: { log: quiet(log) } });
  const asApp = credential.kind === 'app' ? signing(url, credential, log) : plain;
  const askAsApp: GitHub['askAsApp'] = (question, signal) =>
    call(asApp, { ...question, headers: HEADERS }, signal);
  return {
    url,
    name: `GitHub (${base.host})`,
    place: { host: base.host, proxy, timeout },
    credential,
    clock,
    log,
    redact,
    ask: (question, token, signal) =>
      call(plain, { ...question, headers: { ...HEADERS, authorization: `token ${token}` } }, signal),
    askAsApp,
    signIn:
      credential.kind === 'token'
        ? { token: credential.token }
        : { tokens: installationTokens(askAsApp, { ...credential, clock, learn: redact.add }) },
    renamed: new Set(),
    close: () => dispatcher.destroy(),
  };
}

/** An Octokit that signs as the App, and signs again by GitHub's clock when ours is wrong (docs/github.md 7). */
function signing(url: string, { id, key }: { id: string | number; key: string }, log: Log): Octokit {
  return new Octokit({
    baseUrl: url,
    log: quiet(log),
    request: { log: quiet(log) },
    authStrategy: createAppAuth,
    auth: { appId: id, privateKey: key },
  });
}

/** Octokit speaks to the console unless it is given a log. */
function quiet(log: Log) {
  const debug = (line: string) => log.debug(`GitHub: ${line}`);
  return { debug, info: debug, warn: debug, error: debug };
}

function addressOf(url: string): URL {
  const address = URL.parse(url);
  if (!address || !/^https?:$/.test(address.protocol) || address.username !== '' || address.search !== '') {
    throw new InputError(
      'The URL for GitHub is not one such as https://api.github.com or https://HOST/api/v3 ' +
        '(a token has a place of its own).',
    );
  }
  return address;
}
