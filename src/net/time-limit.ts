/** Ends a call that takes too long. It measures real time, because the network takes real time. */
export interface TimeLimit {
  /** Aborts when the caller's signal does, or when the time is up. */
  signal: AbortSignal;
  /** Sets the limit to `ms` from now on, instead of the one before. `says`: what is late when the time is up. */
  allow(ms: number, says: string): void;
  /** Stops the clock: what follows has its own limits, and calls `end`. */
  pause(): void;
  end(says: string): void;
  /** What is late; undefined while the time is not up. */
  late(): string | undefined;
  /** Frees the timer. The signal never aborts after that. */
  release(): void;
}

export function timeLimit(caller: AbortSignal): TimeLimit {
  const ending = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let late: string | undefined;
  let released = false;
  const end = (says: string) => {
    late ??= says;
    ending.abort(new Error(says));
  };
  const follow = () => {
    clearTimeout(timer);
    ending.abort(caller.reason);
  };
  if (caller.aborted) follow();
  else caller.addEventListener('abort', follow, { once: true });
  return {
    signal: ending.signal,
    allow(ms, says) {
      clearTimeout(timer);
      if (!released) timer = setTimeout(() => end(says), ms);
    },
    pause: () => clearTimeout(timer),
    end,
    late: () => late,
    release() {
      released = true;
      clearTimeout(timer);
      caller.removeEventListener('abort', follow);
    },
  };
}
