/** A signal that aborts `ms` after another one has: what may still be put in order once that one said stop. */
export function abortedAfter(signal: AbortSignal, ms: number): AbortSignal {
  const late = new AbortController();
  const arm = () => {
    setTimeout(() => late.abort(), ms).unref();
  };
  if (signal.aborted) arm();
  else signal.addEventListener('abort', arm, { once: true });
  return late.signal;
}

/** What a promise comes to, or a rejection as soon as the signal aborts; the work itself goes on. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let give = () => {};
  const aborted = new Promise<never>((_, reject) => {
    give = () => reject(signal.reason);
  });
  signal.addEventListener('abort', give, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', give);
  }
}
