/**
 * A user can have five sessions, and an unused one lives for half an hour (docs/qrs.md 2.2). With the first session, a
 * run has at most four.
 */
const MOST = 3;
const LIFE = 30 * 60_000;

/**
 * Decides for which calls to open a new session. A path that a proxy always rejects would otherwise open session after
 * session, until none is left for anybody.
 */
export interface Renewals {
  /** Notes that a call was let in. */
  worked(call: string, round: number): void;
  /** Whether a new session may help a call that this one did not let in. */
  may(call: string, round: number): boolean;
  /** Notes that the session of that round was opened for this call. */
  made(call: string, round: number): void;
  /** Whether the session was opened for this call and still did not let it in. */
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
      // The first session may end before its first use; each later one must let a call in before the next is opened.
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
