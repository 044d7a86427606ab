/** Ends a call that takes too long. In real time, since it is spent on a real wire. */
export interface TimeLimit {
  /** Aborts with the signal of the caller, or when the time is up. */
  signal: AbortSignal;
  /** Gives `ms` from now on, in place of what was given before. `says`: what did not come in that time. */
  allow(ms: number, says: string): void;
  /** Stops the clock: what comes next has limits of its own, and is ended by `end`. */
  pause(): void;
  end(says: string): void;
  /** What did not come in time; undefined while the time is not up. */
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
  const follow = () => ending.abort(caller.reason);
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
