/** Headers by their names in lower case. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The other end's clock by the Date of an answer, ms; ours without a Date. */
export function theirNow(headers: Headers, now: number): number {
  const date = Date.parse(single(headers.date) ?? '');
  return Number.isNaN(date) ? now : date;
}

/** Milliseconds until another try is welcome (Retry-After, in seconds or as a date); undefined where none is named. */
export function retryAfter(headers: Headers, now: number): number | undefined {
  const asked = single(headers['retry-after'])?.trim();
  const seconds = wholeNumber(asked);
  if (seconds !== undefined) return seconds > 0 ? seconds * 1000 : undefined;
  const date = Date.parse(asked ?? '');
  // The date is one of their clock, and so is compared with theirs.
  return Number.isNaN(date) ? undefined : Math.max(date - theirNow(headers, now), 1000);
}

export function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function single(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}
