import { STATUS_CODES } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { RemoteError } from '../base/errors.ts';
import type { Site } from '../sites/sites.ts';
import { certificateRefused, noAnswer } from './diagnosis.ts';

export type Answer = Dispatcher.ResponseData;

/** What a status most likely means for one verb. */
type Hints = Readonly<Partial<Record<number, string>>>;

/** What was asked, for the sentences about its answer. */
export interface Asked {
  /** As it goes on after "refused to": `publish app "Sales"`. */
  attempt: string;
  hints?: Hints;
}

/** A page where data was asked for is a sign-in form or a proxy's refusal, whatever its status (docs/qrs.md 2.2). */
export function isPage(answer: Answer): boolean {
  return String(answer.headers['content-type'] ?? '').includes('text/html');
}

/** The error that an answer amounts to which is not the one asked for. */
export async function refusal(site: Site, call: Asked, answer: Answer): Promise<RemoteError> {
  const status = answer.statusCode;
  const text = (await answer.body.text()).trim();
  const redirected = status >= 300 && status < 400;
  const said = redirected || isPage(answer) ? `${STATUS_CODES[status] ?? ''} (a web page)` : text;
  const unready = status >= 500 || status === 408 || status === 429;
  return new RemoteError({
    site: site.name,
    attempt: call.attempt,
    status,
    answer: said || (STATUS_CODES[status] ?? ''),
    hint: call.hints?.[status] ?? generalHint(site, status, redirected || (isPage(answer) && status < 400)),
    retryAfter: retryAfter(answer.headers['retry-after']),
    mayBeDone: status >= 500 || status === 408,
    final: !unready,
  });
}

function generalHint(site: Site, status: number, page: boolean): string | undefined {
  if (page) {
    return 'That is a sign-in page: check the credentials, and that the URL has the prefix of the virtual proxy.';
  }
  if (status === 401) return 'The credentials were not accepted: is the token expired, or its user unknown?';
  if (status === 403 && site.credentials.kind === 'jwt') return `The user of the token lacks this right.`;
  if (status === 403) return certificateRefused(site);
  if (status === 429) return 'The site asks for fewer requests at a time.';
  return undefined;
}

/** Milliseconds, from the seconds of a Retry-After header. */
function retryAfter(header: string | string[] | undefined): number | undefined {
  const seconds = Number(header);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
}

/** The answer's JSON, undefined when it is empty. */
export async function parse(site: Site, call: Asked, answer: Answer): Promise<unknown> {
  const text = await answer.body.text();
  await freed();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    // A repository service that is starting answers so for a while (docs/qrs.md 8).
    throw new RemoteError({
      site: site.name,
      attempt: call.attempt,
      status: answer.statusCode,
      answer: `(not JSON) ${text}`,
      hint: 'Is the repository service still starting?',
      mayBeDone: true,
      final: false,
      cause,
    });
  }
}

/** A body whose breaking off is explained. */
export async function* explained(site: Site, attempt: string, body: AsyncIterable<Uint8Array>) {
  try {
    yield* body;
    await freed();
  } catch (cause) {
    throw noAnswer(site, attempt, cause);
  }
}

/**
 * undici frees a connection a moment after the last byte of its answer. A call made before that would open
 * another connection, at the price of a TLS handshake.
 */
function freed(): Promise<void> {
  return setImmediate();
}
