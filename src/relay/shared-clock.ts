import type { SteadyClock } from '../base/clock.ts';

/** The steady time of a relay, and how it follows the database's. */
export interface SharedClock {
  clock: SteadyClock;
  /** Takes over the time that the database has; resolves to by how much the relay's own was behind, ms. */
  follow(time: () => Promise<number>): Promise<number>;
}

/**
 * A clock whose steady time begins near the machine's, so that what an earlier relay wrote can be compared with it.
 * Relays on one database follow its clock: their leases, pauses and due times then mean the same to all.
 */
export function sharedClock(own: SteadyClock): SharedClock {
  let origin = own.now() - own.steady();
  return {
    clock: { ...own, steady: () => origin + own.steady() },
    follow: async time => {
      const asked = own.steady();
      const there = await time();
      // The answer was half way when it was true.
      const behind = there - (origin + (asked + own.steady()) / 2);
      origin += behind;
      return behind;
    },
  };
}
