import type { Patience } from './retry.ts';

/** A signal that aborts `ms` after `signal` has: the time left to clean up after a stop. */
export function abortedAfter(signal: AbortSignal, ms: number): AbortSignal {
  const late = new AbortController();
  const arm = () => {
    setTimeout(() => late.abort(), ms).unref();
  };
  if (signal.aborted) arm();
  else signal.addEventListener('abort', arm, { once: true });
  return late.signal;
}

/** Does the work under a signal that aborts when the given one does, or after `ms` of the clock. */
export async function within<T>(
  { clock, signal }: Patience,
  ms: number,
  work: (soon: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const ended = new AbortController();
  clock.sleep(ms, AbortSignal.any([signal, ended.signal])).then(
    () => late.abort(),
    () => {},
  );
  try {
    return await work(AbortSignal.any([signal, late.signal]));
  } finally {
    ended.abort();
  }
}

/** Settles as the promise does, or rejects as soon as the signal aborts. The work itself continues. */
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
