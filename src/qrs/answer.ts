import { STATUS_CODES } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { type RemoteAnswer, RemoteError } from '../base/errors.ts';
import { formatBytes } from '../base/units.ts';
import { hasTooMany, MOST_THINGS, readBeginning, readBody } from '../net/body.ts';
import { retryAfter } from '../net/times.ts';
import { withoutSecrets } from '../sites/secrets.ts';
import type { Site } from '../sites/site.ts';
import { isSignInPage, siteHint } from './hints.ts';

export type HttpResponse = Dispatcher.ResponseData;

/** The likely meaning of a status for one verb. */
type Hints = Readonly<Partial<Record<number, string>>>;

/** The request, for the sentences about its answer. */
export interface Attempt {
  /** Completes "refused to …": `publish app "Sales"`. */
  attempt: string;
  hints?: Hints;
  /** A step of a sign-in: the server may echo everything that it was sent, so no body is shown. */
  signsIn?: boolean;
}

/** Removes a session's secrets. */
export type Clean = (text: string) => string;

/** A page instead of data is a sign-in form or a proxy's refusal, whatever its status (docs/qrs.md 2.2). */
export function isPage(answer: HttpResponse): boolean {
  return /\b(text\/html|application\/xhtml\+xml)\b/i.test(String(answer.headers['content-type'] ?? ''));
}

/** A page without the content type of one. */
const PAGE = /^\s*(<\?xml[^>]*>\s*)?<(!doctype\s+html|html)\b/i;

/** Whether the call never reached QRS, because nobody was signed in. */
export function isSignedOut(answer: HttpResponse): boolean {
  const { statusCode } = answer;
  return statusCode === 401 || (statusCode < 400 && (statusCode >= 300 || isPage(answer)));
}

/** The target of an answer's redirect from `at`, and whether that is another host, or not https. */
export function redirectOf(
  site: Site,
  { statusCode, headers }: HttpResponse,
  at = new URL(site.url),
): { to: URL; foreign: boolean } | undefined {
  const location = [headers.location ?? []].flat()[0] ?? '';
  const to = URL.canParse(location, at.href) ? new URL(location, at) : undefined;
  if (statusCode < 300 || statusCode >= 400 || !to) return undefined;
  return { to, foreign: to.protocol !== 'https:' || to.hostname !== new URL(site.url).hostname };
}

/** The facts for the error about a refusal. */
export async function refusal(
  site: Site,
  call: Attempt,
  answer: HttpResponse,
  clean: Clean = text => text,
): Promise<RemoteAnswer> {
  const text = (await readBeginning(answer.body)).trim();
  return refusalOf(site, call, answer, clean(withoutSecrets(site.credentials, text)));
}

function refusalOf(site: Site, call: Attempt, answer: HttpResponse, text: string): RemoteAnswer {
  const status = answer.statusCode;
  const page = isPage(answer) || PAGE.test(text) || (status >= 300 && status < 400);
  const shown = status !== 401 && !call.signsIn;
  const unready = status >= 500 || status === 408 || status === 429;
  const said = { status, page, text };
  // A sign-in page has its own hint, which takes precedence over the call's hint for the status.
  const hint = isSignInPage(said) ? undefined : call.hints?.[status];
  return {
    site: site.name,
    attempt: call.attempt,
    status,
    answer: page
      ? `${STATUS_CODES[status] ?? ''} (${pageOf(site, answer)})`
      : (shown && text) || (STATUS_CODES[status] ?? ''),
    hint: (page ? undefined : hint) ?? siteHint(site, said) ?? hint,
    retryAfter: retryAfter(answer.headers, Date.now()),
    mayBeDone: status >= 500 || status === 408,
    final: !unready,
  };
}

function pageOf(site: Site, answer: HttpResponse): string {
  const redirect = redirectOf(site, answer);
  if (!redirect) return 'a web page';
  return redirect.foreign
    ? `a redirect to ${redirect.to.host}, not followed`
    : 'a redirect to a sign-in page';
}

interface Reading<T> {
  clean: Clean;
  /** Bytes. */
  most: number;
  /** Parses the answer; throws SyntaxError where it is not JSON. */
  read(json: Buffer): T;
}

/** What an answer in JSON says. */
export async function parse<T>(
  site: Site,
  call: Attempt,
  answer: HttpResponse,
  { clean, most, read }: Reading<T>,
): Promise<T> {
  const bytes = await readBody(answer.body, most);
  if (!bytes) throw tooLarge(site, call, answer, `it is larger than ${formatBytes(most)}`);
  if (hasTooMany(bytes)) throw tooLarge(site, call, answer, `it lists more than ${MOST_THINGS} things`);
  await freed();
  try {
    return read(bytes);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    const text = bytes.toString('utf8');
    // If the call was a change, QRS may have made it before the page came.
    if (PAGE.test(text)) {
      throw new RemoteError({ ...refusalOf(site, call, answer, text), mayBeDone: true, final: false, cause });
    }
    // A repository service that is starting gives such answers for a while (docs/qrs.md 8).
    throw new RemoteError({
      site: site.name,
      attempt: call.attempt,
      status: answer.statusCode,
      answer: `(not JSON) ${clean(withoutSecrets(site.credentials, text))}`,
      hint: 'Is the repository service still starting?',
      mayBeDone: true,
      final: false,
      cause,
    });
  }
}

function tooLarge(
  site: Site,
  { attempt }: Attempt,
  { statusCode }: HttpResponse,
  problem: string,
): RemoteError {
  return new RemoteError({
    site: site.name,
    attempt,
    status: statusCode,
    answer: problem,
    unusable: true,
    tooLarge: true,
    mayBeDone: true,
    final: true,
  });
}

/**
 * undici frees a connection a moment after the last byte of its answer. An earlier call would open another connection,
 * and cost a TLS handshake.
 */
export function freed(): Promise<void> {
  return setImmediate();
}
