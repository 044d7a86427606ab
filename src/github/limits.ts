import type { Clock } from '../base/clock.ts';
import type { Answer } from './send.ts';

/** For a limit without a time: GitHub asks for a minute at least (docs/github.md 4). */
const UNSAID = 60_000;
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

/** Until when GitHub takes no more calls, in ms of our clock; undefined when the answer is no limit. */
export function limitOf(answer: Answer, message: string, clock: Clock): number | undefined {
  const now = clock.now();
  // "Validation failed, or the endpoint has been spammed" (docs/github.md 4).
  if (answer.status === 422 && /\bspammed\b/i.test(message)) return now + UNSAID;
  if (answer.status !== 403 && answer.status !== 429) return undefined;
  const { headers } = answer;
  const asked = retryAfter(headers['retry-after'], answer, now);
  if (asked !== undefined) return now + Math.min(asked, LONGEST);
  const reset = resetOf(answer);
  if (budgetOf(answer) === 0 && reset !== undefined) {
    // The reset is a time of GitHub's clock, and so is compared with GitHub's.
    return now + Math.min(Math.max(reset - theirNow(answer, now), 1000), LONGEST);
  }
  const limited = answer.status === 429 || /\brate limit|abuse detection/i.test(message);
  return limited ? now + UNSAID : undefined;
}

/** Until when the budget is used up after a call that was taken, in ms of our clock. */
export function usedUpUntil(answer: Answer, clock: Clock): number | undefined {
  const reset = resetOf(answer);
  if (budgetOf(answer) !== 0 || reset === undefined) return undefined;
  const now = clock.now();
  return now + Math.min(Math.max(reset - theirNow(answer, now), 1000), LONGEST);
}

/** GitHub's clock as the answer tells it, ms; ours when it does not. */
export function theirNow({ headers }: Answer, now: number): number {
  const date = Date.parse(headers.date ?? '');
  return Number.isNaN(date) ? now : date;
}

/** Seconds, or a date. */
function retryAfter(header: string | undefined, answer: Answer, now: number): number | undefined {
  const seconds = wholeNumber(header);
  if (seconds !== undefined) return seconds * 1000;
  const date = Date.parse(header ?? '');
  return Number.isNaN(date) ? undefined : Math.max(date - theirNow(answer, now), 1000);
}

function wholeNumber(header: string | undefined): number | undefined {
  return header !== undefined && /^\d+$/.test(header) ? Number(header) : undefined;
}
