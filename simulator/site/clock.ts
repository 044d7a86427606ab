/** The time of a site, and the only way in which it waits for what happens to its entities. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Does the work that much later, unless the function returned is called before. */
  later(milliseconds: number, work: () => void): () => void;
}

export const realClock: Clock = {
  now: Date.now,
  later(milliseconds, work) {
    const timer = setTimeout(work, milliseconds);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** The same clock, so many milliseconds ahead; negative: behind. */
export const ahead = (clock: Clock, milliseconds: () => number): Clock => ({
  now: () => clock.now() + milliseconds(),
  later: clock.later,
});
