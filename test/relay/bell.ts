/** Lets a test wait for the next movement, where looking again and again would take the processor from what moves. */
export interface Bell {
  ring(): void;
  /** Resolves at the next ring. After `patience` milliseconds of real time without one, it fails with `message`. */
  rung(patience: number, message: () => string): Promise<void>;
}

export function createBell(): Bell {
  let next = Promise.withResolvers<void>();
  return {
    ring: () => {
      next.resolve();
      next = Promise.withResolvers();
    },
    rung: async (patience, message) => {
      const silence = Promise.withResolvers<never>();
      const timer = setTimeout(() => silence.reject(new Error(message())), patience);
      try {
        await Promise.race([next.promise, silence.promise]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
