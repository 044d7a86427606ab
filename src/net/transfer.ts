/** How fast a transfer must be. Its whole time has no limit. */
export interface Pace {
  /** The longest time without a byte, ms. */
  silence: number;
  /** At least so many bytes must pass in each `within` ms of waiting, or the transfer must end. */
  bytes: number;
  within: number;
}

/**
 * Notices a transfer that is too slow. Only the time spent waiting for the server counts: this side may take any time
 * to make or use the bytes.
 */
export interface PaceWatch {
  /** A wait for the server begins; `giveUp` is called when it takes too long. */
  begin(giveUp: (why: 'silent' | 'slow') => void): void;
  /** The server has sent or taken so many bytes. */
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
