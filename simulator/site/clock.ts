/** The time of a site. All delayed changes of its entities wait on this clock. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Does the work after that time. The function returned cancels it. */
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

/** The same clock, shifted by so many milliseconds; negative: behind. */
export const ahead = (clock: Clock, milliseconds: () => number): Clock => ({
  now: () => clock.now() + milliseconds(),
  later: clock.later,
});
