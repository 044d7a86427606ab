/** Headers by their names in lower case. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The server's time by the Date header of an answer, ms; this machine's without that header. */
export function serverTime(headers: Headers, now: number): number {
  const date = Date.parse(single(headers.date) ?? '');
  return Number.isNaN(date) ? now : date;
}

/** Milliseconds until the server wants another try (Retry-After, in seconds or as a date); undefined without it. */
export function retryAfter(headers: Headers, now: number): number | undefined {
  const asked = single(headers['retry-after'])?.trim();
  const seconds = wholeNumber(asked);
  if (seconds !== undefined) return seconds > 0 ? seconds * 1000 : undefined;
  const date = Date.parse(asked ?? '');
  // The date is by the server's clock, so it is compared with the server's time.
  return Number.isNaN(date) ? undefined : Math.max(date - serverTime(headers, now), 1000);
}

export function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function single(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}
