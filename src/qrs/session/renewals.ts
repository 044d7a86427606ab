/**
 * A user can have five sessions, and one that nobody uses any more lives on for half an hour (docs/qrs.md 2.2).
 * With the first one these are four.
 */
const MOST = 3;
const LIFE = 30 * 60_000;

/**
 * Which calls may have the session made anew. A path that something on the way always turns down would otherwise
 * open session after session, until none is left for anybody.
 */
export interface Renewals {
  /** A call was let in. */
  worked(call: string, round: number): void;
  /** Whether a new session may help a call that was turned away in this one. */
  may(call: string, round: number): boolean;
  /** For this call the session of that round was made. */
  made(call: string, round: number): void;
  /** Whether the session was made for this call and turned it away all the same. */
  failed(call: string, round: number): boolean;
}

export function renewalsBy(now: () => number): Renewals {
  const madeFor = new Map<string, { round: number; at: number }>();
  let lastWorked = 0;
  let times: number[] = [];

  const failed = (call: string, round: number) => madeFor.get(call)?.round === round;
  return {
    worked(call, round) {
      lastWorked = Math.max(lastWorked, round);
      madeFor.delete(call);
    },
    may(call, round) {
      const since = now() - LIFE;
      times = times.filter(time => time > since);
      for (const [other, { at }] of madeFor) if (at <= since) madeFor.delete(other);
      // The first session may end before its first use; the one after it has to let a call in before the next is made.
      return (
        times.length < MOST &&
        !failed(call, round) &&
        (round <= 1 || lastWorked >= round || times.length === 0)
      );
    },
    made(call, round) {
      times.push(now());
      madeFor.set(call, { round, at: now() });
    },
    failed,
  };
}
