/** How a transfer has to move on. Its whole time has no limit. */
export interface Pace {
  /** Longest time without a byte, ms. */
  silence: number;
  /** So many bytes have to come in each `within` ms of waiting, or the end. */
  bytes: number;
  within: number;
}

/**
 * Notices a transfer that is too slow. Only the time spent waiting for the other end counts: our own side may take any
 * time to make or use the bytes.
 */
export interface PaceWatch {
  /** The wait for the other end begins; `giveUp` is called when it takes too long. */
  begin(giveUp: (why: 'silent' | 'slow') => void): void;
  /** The other end has moved on by so many bytes. */
  moved(bytes: number): void;
  stop(): void;
}

export function watchPace({ silence, bytes, within }: Pace): PaceWatch {
  let timer: NodeJS.Timeout | undefined;
  let began = 0;
  let waited = 0;
  let moved = 0;
  return {
    begin(giveUp) {
      clearTimeout(timer);
      began = performance.now();
      const left = within - waited;
      const why = left < silence ? 'slow' : 'silent';
      timer = setTimeout(() => giveUp(why), Math.max(Math.min(silence, left), 0));
    },
    moved(count) {
      clearTimeout(timer);
      waited += performance.now() - began;
      moved += count;
      if (moved < bytes) return;
      waited = 0;
      moved = 0;
    },
    stop: () => clearTimeout(timer),
  };
}
