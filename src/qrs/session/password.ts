import { STATUS_CODES } from 'node:http';
import { RemoteError } from '../../base/errors.ts';
import type { Site } from '../../sites/site.ts';
import { type HttpResponse, isSignedOut } from '../answer.ts';
import { siteHint } from '../hints.ts';
import { SpentError } from './sign-in-once.ts';

export type OnceSent = ReturnType<typeof onceSent>;

/** Whether a sign-in has sent the password, and with which result. */
export function onceSent(site: Site, attempt: string) {
  const origins = new Set<string>();
  /** It was sent, and no answer has shown yet that it was accepted. */
  let open = false;
  const spent = (answer: string, hint: string | undefined, more: { status?: number; cause?: unknown }) =>
    new SpentError({ site: site.name, attempt, answer, hint, mayBeDone: false, final: true, ...more });

  return {
    wentTo: (origin: string) => origins.has(origin),
    sentTo(origin: string) {
      origins.add(origin);
      open = true;
    },
    /** The authentication module gives a ticket only to users that it knows. */
    follow(to: URL | undefined) {
      if (to?.searchParams.has('qlikTicket')) open = false;
    },
    /** Throws when the last answer rejects the password, or leaves its acceptance open. */
    judge(answer: HttpResponse) {
      const { statusCode: status } = answer;
      if (origins.size === 0 || (!open && status !== 401)) return;
      const said = STATUS_CODES[status] ?? '';
      if (isSignedOut(answer)) {
        throw spent(said, siteHint(site, { status: 401, page: false, text: '' }), { status });
      }
      if (status >= 500 || status === 408 || status === 429) throw spent(said, UNFINISHED, { status });
    },
    /** The error for a connection that broke. */
    lost(cause: unknown) {
      if (!open || cause instanceof RemoteError) return cause;
      return spent(cause instanceof Error ? cause.message : String(cause), UNFINISHED, { cause });
    },
  };
}

const UNFINISHED =
  'The site did not finish the sign-in after user and password were sent. ' +
  'A run tries once, because accounts get locked.';
