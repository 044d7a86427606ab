import type { Fault } from '../wire/faults.ts';
import type { Hub } from './hub.ts';

const type = { 'Content-Type': 'application/json; charset=utf-8' };

/** An error in GitHub's shape that no state of the stand-in produces. */
const error = (
  status: number,
  message: string,
  headers: Record<string, string> = {},
  documentation = 'https://docs.github.com/rest',
) => ({
  status,
  headers: { ...type, ...headers },
  body: JSON.stringify({
    message,
    documentation_url: documentation,
    status: String(status),
  }),
});

const limits = 'https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api';
const secondary = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';

/** Usual faults between a client and GitHub, by name, for `github.faults.add`. */
export const trouble = {
  /** GitHub does the work; the connection is cut before the answer. */
  lostAnswer: { hangUp: 'after' },
  /** The connection is cut before GitHub does anything. */
  lostRequest: { hangUp: 'before' },
  /** Real milliseconds before the answer, which is ready. */
  slow: (milliseconds: number) => ({ delay: milliseconds }),
  /** An answer that ends in the middle. */
  brokenAnswer: { truncate: 10 },
  serverError: (status = 500) => error(status, 'Server Error'),
  /** GitHub does the work, but answers with an error. */
  doneButServerError: (status = 502) => ({ refuse: status, doneFirst: true }),
  /** A gateway's page. */
  unicorn: (status = 502) => ({
    status,
    headers: { 'Content-Type': 'text/html' },
    body: '<!DOCTYPE html><html><head><title>Unicorn! &middot; GitHub</title></head><body></body></html>',
  }),
  /** Seconds of `retry-after`; absent: GitHub does not say. */
  secondaryLimit: (retryAfter?: number, status: 403 | 429 = 403) =>
    error(
      status,
      secondary,
      retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) },
      `${limits}#about-secondary-rate-limits`,
    ),
  /** `reset`: seconds since 1970. */
  primaryLimit: (reset: number, status: 403 | 429 = 403) =>
    error(status, 'API rate limit exceeded for user ID 1.', {
      'X-RateLimit-Limit': '5000',
      'X-RateLimit-Remaining': '0',
      'X-RateLimit-Used': '5000',
      'X-RateLimit-Reset': String(reset),
      'X-RateLimit-Resource': 'core',
    }),
} satisfies Record<string, Fault<Hub> | ((...values: never[]) => Fault<Hub>)>;
