import type { Clock } from '../base/clock.ts';
import { complaintIn } from './message.ts';
import type { Answer } from './send.ts';

/** No limit lasts longer; another number is a mistake. Ms. */
const LONGEST = 86_400_000;

/** Calls that are left to this token in this hour; undefined where GitHub sets no limit. */
export function budgetOf({ headers }: Answer): number | undefined {
  return wholeNumber(headers['x-ratelimit-remaining']);
}

export function limitPerHour({ headers }: Answer): number | undefined {
  return wholeNumber(headers['x-ratelimit-limit']);
}

/** When the hour of the budget ends, by GitHub's clock, ms. */
export function resetOf({ headers }: Answer): number | undefined {
  const seconds = wholeNumber(headers['x-ratelimit-reset']);
  return seconds === undefined ? undefined : seconds * 1000;
}

/**
 * Whether the answer is a limit of calls (docs/github.md 4), and how long to wait, ms; `wait` is undefined when
 * GitHub does not say: then at least a minute, and longer each time.
 */
export function limitOf(answer: Answer, clock: Clock): { wait: number | undefined } | undefined {
  const { status } = answer;
  if (status !== 403 && status !== 429) return undefined;
  const wait = retryAfter(answer, clock) ?? untilReset(answer, clock);
  if (wait !== undefined || status === 429) return { wait };
  return /rate-limit/i.test(complaintIn(answer)?.documentation ?? '') ? { wait } : undefined;
}

/** How long until the hour ends whose budget is used up, ms; undefined when some of it is left. */
export function untilReset(answer: Answer, clock: Clock): number | undefined {
  const reset = resetOf(answer);
  if (budgetOf(answer) !== 0 || reset === undefined) return undefined;
  return Math.min(Math.max(reset - theirNow(answer, clock.now()), 1000), LONGEST);
}

/** What `Retry-After` asks for, in seconds or as a date of GitHub's clock, ms. */
export function retryAfter(answer: Answer, clock: Clock): number | undefined {
  const header = answer.headers['retry-after'];
  const seconds = wholeNumber(header);
  if (seconds !== undefined) return Math.min(seconds * 1000, LONGEST);
  const date = Date.parse(header ?? '');
  if (Number.isNaN(date)) return undefined;
  return Math.min(Math.max(date - theirNow(answer, clock.now()), 1000), LONGEST);
}

/** GitHub's clock as the answer tells it, ms; ours when it does not. */
export function theirNow({ headers }: Answer, now: number): number {
  const date = Date.parse(headers.date ?? '');
  return Number.isNaN(date) ? now : date;
}

function wholeNumber(header: string | undefined): number | undefined {
  return header !== undefined && /^\d+$/.test(header) ? Number(header) : undefined;
}
