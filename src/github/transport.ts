import { X509Certificate } from 'node:crypto';
import { createSecureContext, getCACertificates } from 'node:tls';
import { request } from 'undici';
import { unlessAborted } from '../base/deadline.ts';
import type { Environment } from '../base/environment.ts';
import { InputError, StoppedError } from '../base/errors.ts';
import { jsonIn } from '../base/json.ts';
import { MOST_JSON, readBeginning } from '../net/body.ts';
import { CONNECT, connectionsTo } from '../net/connections.ts';
import { proxyFor } from '../net/proxy.ts';
import { timeLimit } from '../net/time-limit.ts';
import type { GitHubRequest } from './request.ts';

export interface Answer {
  kind: 'answer';
  status: number;
  /** By their names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** The body: parsed if it is JSON, otherwise text; empty if there is none. */
  data: unknown;
  /** Whether it came after a redirect to another address of the same host. */
  redirected: boolean;
}

/** No answer came. `cause`: the error, or what was late. */
export interface Silence {
  kind: 'silence';
  cause: unknown;
}

/** The connection to one GitHub. */
export interface Transport {
  /** `host:port` of the proxy on the way, without the password that its URL may hold. */
  proxy: string | undefined;
  /** Sends one request and follows its redirects. Throws StoppedError alone, when the signal aborts. */
  send(message: GitHubRequest, authorization: string, signal: AbortSignal): Promise<Answer | Silence>;
  close(): Promise<void>;
}

interface Given {
  environment: Environment;
  /** PEM of a certificate authority to trust in addition to the usual ones. */
  ca: string | undefined;
  /** The time limit of one call, ms. */
  timeout: number;
}

/** The version of the API. Without this header GitHub may change its answers (docs/github.md 1). */
const HEADERS = {
  accept: 'application/vnd.github+json',
  'x-github-api-version': '2022-11-28',
  'user-agent': 'qrs-relay',
};
/** The most redirects to follow in a row. */
const MOST_REDIRECTS = 3;

/** `api`: the URL of GitHub's API. Throws InputError for a URL, proxy or authority that cannot work. */
export function openTransport(api: URL, { environment, ca, timeout }: Given): Transport {
  const proxy = proxyFor(api, environment);
  const tls = trusting(ca);
  const connect = () =>
    connectionsTo({
      origin: api.origin,
      proxy: proxy?.href,
      tls,
      proxyTls: tls,
      // Calls come one at a time.
      connections: 1,
      connectTimeout: Math.min(CONNECT, timeout * 0.8),
    });
  let dispatcher = connect();

  async function exchange(
    url: string,
    { method, body }: GitHubRequest,
    authorization: string,
    signal: AbortSignal,
  ) {
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const headers = { ...HEADERS, authorization, ...(json.body && { 'content-type': 'application/json' }) };
    // Unlike fetch, undici's request repeats no POST after a 421, and makes no GET of it after a 302 (docs/github.md 5).
    const response = await request(url, { dispatcher, method, headers, ...json, signal });
    return answerOf(response.statusCode, response.headers, await readBeginning(response.body, MOST_JSON));
  }

  /** For a renamed repository GitHub redirects (docs/github.md 5). No redirect to another host: it would get the token. */
  async function following(
    message: GitHubRequest,
    authorization: string,
    signal: AbortSignal,
  ): Promise<Answer> {
    const base = api.href.replace(/\/+$/, '');
    let answer = await exchange(base + message.path, message, authorization, signal);
    for (let count = 0; count < MOST_REDIRECTS; count += 1) {
      if (![301, 302, 307, 308].includes(answer.status)) break;
      const to = answer.headers.location ? URL.parse(answer.headers.location, `${base}/`) : null;
      if (to?.origin !== api.origin) break;
      answer = { ...(await exchange(to.href, message, authorization, signal)), redirected: true };
    }
    return answer;
  }

  return {
    proxy: proxy?.host,
    async send(message, authorization, signal) {
      if (signal.aborted) throw new StoppedError(`Stopped before GitHub was asked to ${message.attempt}.`);
      const limit = timeLimit(signal);
      limit.allow(timeout, `no answer within ${timeout / 1000} s`);
      try {
        // undici looks at a signal only after it has connected.
        const answer = await unlessAborted(following(message, authorization, limit.signal), limit.signal);
        signal.throwIfAborted();
        return answer;
      } catch (cause) {
        // undici keeps making a connection or a tunnel that it has begun: the next call would wait for it.
        void dispatcher.destroy();
        dispatcher = connect();
        if (!signal.aborted) return { kind: 'silence', cause: limit.late() ?? cause };
        const words = `Stopped while GitHub was asked to ${message.attempt}; it may have done it all the same.`;
        throw new StoppedError(words, { cause });
      } finally {
        limit.release();
      }
    },
    close: () => dispatcher.destroy(),
  };
}

function answerOf(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  text: string,
): Answer {
  const single = Object.entries(headers).map(([name, value = '']) => [name, [value].flat().join(', ')]);
  return {
    kind: 'answer',
    status,
    headers: Object.fromEntries(single),
    data: parsed(text),
    redirected: false,
  };
}

/** The JSON of an answer, or its text. */
function parsed(text: string): unknown {
  const json = jsonIn(text);
  return json === undefined ? text : json;
}

/** Trusts the given certificate authority in addition to those that Node trusts. */
function trusting(ca: string | undefined) {
  if (ca === undefined) return {};
  try {
    // Node ignores an authority that it cannot read.
    new X509Certificate(ca);
    return { secureContext: createSecureContext({ ca: [...getCACertificates('default'), ca] }) };
  } catch {
    throw new InputError('The ca for GitHub is not a certificate in PEM.');
  }
}
