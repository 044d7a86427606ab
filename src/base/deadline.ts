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
