import type * as z from 'zod';
import type { Environment } from '../base/environment.ts';
import { InputError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { redacting } from '../net/redact.ts';
import { appTokens, type SignIn } from './app-tokens.ts';
import { usable } from './credentials.ts';
import { type Denial, denialOf, misfit, unknownEnd } from './denial.ts';
import type { Caller, GitHubRequest } from './request.ts';
import { type Answer, openTransport } from './transport.ts';

export interface Read<T> {
  kind: 'read';
  data: T;
  answer: Answer;
}

/** The client of one GitHub, with one credential. */
export interface GitHub extends Caller {
  log: Log;
  /**
   * Signs in, sends one request and reads the answer: a success, or the reason of the failure. Repeats a call only if
   * the App's token was too old or too new. Throws only StoppedError, when the signal aborts.
   */
  call(request: GitHubRequest, signal: AbortSignal): Promise<Answer | Denial>;
  /** The same for an answer that is to have this shape. */
  read<T>(schema: z.ZodType<T>, request: GitHubRequest, signal: AbortSignal): Promise<Read<T> | Denial>;
  /** Repositories whose new name is in the log already. */
  renamed: Set<string>;
  close(): Promise<void>;
}

export interface GitHubSettings extends Pick<GitHub, 'credential' | 'clock' | 'log'> {
  /** https://api.github.com, or https://HOST/api/v3 */
  url: string;
  /** HTTPS_PROXY, HTTP_PROXY and NO_PROXY count, in upper or lower case. */
  environment: Environment;
  /** PEM of a certificate authority to trust in addition to the usual ones. */
  ca?: string | undefined;
  /** The time limit of one call, ms. Default: 15 seconds. */
  timeout?: number | undefined;
}

/** Connects to GitHub; sends nothing before the first call. Throws InputError for settings that cannot work. */
export function connectGitHub(given: GitHubSettings): GitHub {
  const { clock, log, environment, ca, timeout = 15_000 } = given;
  const api = apiAddress(given.url);
  const credential = usable(given.credential);
  const transport = openTransport(api, { environment, ca, timeout });
  const { proxy } = transport;
  log.debug(`GitHub: ${api.host} is reached ${proxy ? `through the proxy ${proxy}` : 'directly'}.`);

  const known = redacting();
  known.add(credential.kind === 'app' ? credential.key : credential.token);
  const caller: Caller = {
    url: api.href.replace(/\/+$/, ''),
    name: `GitHub (${api.host})`,
    host: api.host,
    proxy,
    credential,
    clock,
    redact: text => signIn.redact(known(text)),
  };

  async function send(request: GitHubRequest, authorization: string, signal: AbortSignal) {
    const started = clock.now();
    const reply = await transport.send(request, authorization, signal);
    const end = reply.kind === 'answer' ? reply.status : 'no answer';
    log.debug(`GitHub: ${request.method} ${request.path} ${end} in ${clock.now() - started} ms`);
    return reply.kind === 'answer' ? reply : unknownEnd(caller, request, reply);
  }
  const signIn: SignIn =
    credential.kind === 'app'
      ? appTokens(caller, credential, send)
      : {
          send: (request, signal) => send(request, `token ${credential.token}`, signal),
          redact: text => text,
        };

  async function call(request: GitHubRequest, signal: AbortSignal) {
    const reply = await signIn.send(request, signal);
    return reply.kind === 'answer' ? (denialOf(caller, request, reply) ?? reply) : reply;
  }

  return {
    ...caller,
    log,
    renamed: new Set(),
    call,
    async read(schema, request, signal) {
      const answer = await call(request, signal);
      if (answer.kind !== 'answer') return answer;
      const { success, data } = schema.safeParse(answer.data);
      return success ? { kind: 'read', data, answer } : misfit(caller, request, answer.status);
    },
    close: transport.close,
  };
}

function apiAddress(url: string): URL {
  const address = URL.parse(url);
  if (!address || !/^https?:$/.test(address.protocol) || address.username !== '' || address.search !== '') {
    throw new InputError(
      'The URL for GitHub is not one such as https://api.github.com or https://HOST/api/v3 ' +
        '(a token has a place of its own).',
    );
  }
  return address;
}
