/** What one answer of GitHub means, as the promises see it. */
type Meaning =
  /** The event was accepted, whether or not the relay heard. */
  | 'taken'
  /** A refusal of the repository: stops its lane. */
  | 'lane'
  /** A 403 that does not say why: stops its lane, or the pace if another repository gets one as well. */
  | 'bare'
  /** Everybody waits: a credential that is refused, or a limit. */
  | 'everybody'
  /** About this event alone, perhaps for good. */
  | 'event'
  /** Anything else: tried again within a minute. */
  | 'trouble';

export interface Wire {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

export interface Answer {
  meaning: Meaning;
  /** `pass`: GitHub itself answers. `lose`: it does, and the answer is lost. */
  wire: Wire | 'pass' | 'lose' | 'reset' | 'silence';
  /** Seconds for which nothing may be called. */
  rest?: number;
  /** Comes once; then GitHub answers as before. */
  once?: boolean;
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const HTML_TYPE = { 'content-type': 'text/html' };
const DOCS = 'https://docs.github.com/rest';
const LIMITS = `${DOCS}/using-the-rest-api/rate-limits-for-the-rest-api`;

const says = (status: number, message: string, headers: Record<string, string> = {}, page = DOCS): Wire => ({
  status,
  headers: { ...JSON_TYPE, ...headers },
  body: JSON.stringify({ message, documentation_url: page, status: String(status) }),
});
const page = (status: number, title: string): Wire => ({
  status,
  headers: HTML_TYPE,
  body: `<!DOCTYPE html><html><head><title>${title}</title></head><body>${title}</body></html>`,
});

const SECONDARY = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';

/** Every kind of answer; `now` is GitHub's time, ms since the epoch. */
export const ANSWERS = {
  taken: () => ({ meaning: 'taken', wire: 'pass' }),
  unauthorized: () => ({ meaning: 'everybody', wire: says(401, 'Bad credentials') }),
  forbidden: () => ({
    meaning: 'lane',
    wire: says(403, 'Resource not accessible by personal access token', {
      'x-accepted-github-permissions': 'contents=write',
    }),
  }),
  singleSignOn: () => ({
    meaning: 'lane',
    wire: says(403, 'Resource protected by organization SAML enforcement.', {
      'x-github-sso': 'required; url=https://github.com/orgs/acme/sso?authorization_request=AAAA',
    }),
  }),
  archived: () => ({ meaning: 'bare', wire: says(403, 'Repository was archived so is read-only.') }),
  proxyPage: () => ({ meaning: 'bare', wire: page(403, 'Access denied by policy') }),
  missing: () => ({ meaning: 'lane', wire: says(404, 'Not Found') }),
  gone: () => ({ meaning: 'lane', wire: says(410, 'Gone') }),
  movedNowhere: () => ({
    meaning: 'lane',
    wire: says(307, 'Moved Permanently', { location: '/repos/acme/nowhere/dispatches' }),
  }),
  invalid: () => ({ meaning: 'event', wire: says(422, 'Validation Failed') }),
  tooLong: () => ({ meaning: 'event', wire: says(413, 'Payload Too Large') }),
  limited: () => ({
    meaning: 'everybody',
    wire: says(403, SECONDARY, { 'retry-after': '90' }),
    rest: 90,
    once: true,
  }),
  limited429: () => ({
    meaning: 'everybody',
    wire: says(429, SECONDARY, { 'retry-after': '300' }),
    rest: 300,
    once: true,
  }),
  limitedUnsaid: () => ({
    meaning: 'everybody',
    wire: says(403, SECONDARY, {}, LIMITS),
    rest: 60,
    once: true,
  }),
  usedUp: now => ({
    meaning: 'everybody',
    wire: says(403, 'API rate limit exceeded for user ID 1.', {
      'x-ratelimit-limit': '5000',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(Math.ceil(now / 1000) + 400),
    }),
    rest: 400,
    once: true,
  }),
  conflict: () => ({ meaning: 'trouble', wire: says(409, 'Conflict') }),
  misdirected: () => ({ meaning: 'trouble', wire: page(421, 'Misdirected Request') }),
  closed: () => ({ meaning: 'trouble', wire: page(499, 'Client Closed Request') }),
  serverError: () => ({ meaning: 'trouble', wire: says(500, 'Server Error') }),
  unicorn: () => ({ meaning: 'trouble', wire: page(502, 'Unicorn!') }),
  unavailable: () => ({ meaning: 'trouble', wire: says(503, 'Service Unavailable') }),
  lost: () => ({ meaning: 'trouble', wire: 'lose' }),
  reset: () => ({ meaning: 'trouble', wire: 'reset' }),
  silence: () => ({ meaning: 'trouble', wire: 'silence', once: true }),
} satisfies Record<string, (now: number) => Answer>;

export type AnswerName = keyof typeof ANSWERS;

const names = Object.keys(ANSWERS);
const isName = (name: string): name is AnswerName => names.includes(name);
export const ANSWER_NAMES: readonly AnswerName[] = names.filter(isName);
