import type { Clock } from '../base/clock.ts';
import { retryAfter, serverTime, wholeNumber } from '../net/times.ts';
import { complaintIn } from './message.ts';
import type { Answer } from './transport.ts';

/** No limit lasts longer; a larger number is a mistake. Ms. */
const LONGEST = 86_400_000;

/** How many calls the token has left in this hour; undefined where GitHub sets no limit. */
export function budgetOf({ headers }: Answer): number | undefined {
  return wholeNumber(headers['x-ratelimit-remaining']);
}

export function limitPerHour({ headers }: Answer): number | undefined {
  return wholeNumber(headers['x-ratelimit-limit']);
}

/** When the hour of this rate limit ends, by GitHub's clock, ms. */
export function resetOf({ headers }: Answer): number | undefined {
  const seconds = wholeNumber(headers['x-ratelimit-reset']);
  return seconds === undefined ? undefined : seconds * 1000;
}

/**
 * Whether GitHub refuses because of a rate limit (docs/github.md 4), and how long to wait, ms. `wait` is undefined
 * when GitHub does not say: then wait at least a minute, and longer each time.
 */
export function limitOf(answer: Answer, clock: Clock): { wait: number | undefined } | undefined {
  const { status } = answer;
  if (status !== 403 && status !== 429) return undefined;
  const asked = retryAfter(answer.headers, clock.now());
  const wait = asked === undefined ? untilReset(answer, clock) : Math.min(asked, LONGEST);
  if (wait !== undefined || status === 429) return { wait };
  return /rate-limit/i.test(complaintIn(answer)?.documentation ?? '') ? { wait } : undefined;
}

/** The time until the rate limit's hour ends, ms; undefined while calls are left. */
export function untilReset(answer: Answer, clock: Clock): number | undefined {
  const reset = resetOf(answer);
  if (budgetOf(answer) !== 0 || reset === undefined) return undefined;
  return Math.min(Math.max(reset - serverTime(answer.headers, clock.now()), 1000), LONGEST);
}
