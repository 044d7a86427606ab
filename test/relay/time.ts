import { setImmediate as turn } from 'node:timers/promises';
import { type HandClock, handClock } from '../../simulator/site/hand-clock.ts';
import type { SteadyClock } from '../../src/base/clock.ts';
import { StoppedError } from '../../src/base/errors.ts';
import { createBell } from './bell.ts';

interface Sleeper {
  at: number;
  wake(): void;
}

/**
 * One time for sites, GitHub and the relay. It stands still until it is passed, and then goes from one thing that
 * is due to the next: a day takes a test as long as the work that is done in it.
 */
export interface Time {
  hand: HandClock;
  clock: SteadyClock;
  now(): number;
  /** Lets time pass; whatever the relay has to do meanwhile is done when it resolves. */
  pass(ms: number): Promise<void>;
  /** Resolves when so many loops of the relay sleep, as they do when there is nothing to do. */
  settled(): Promise<void>;
  /** Sets the relay's clock, as somebody sets a machine's; that of the sites and of GitHub goes on. */
  set(ms: number): void;
  /** How many loops there are. */
  loops: number;
  /** Resolves when nothing is under way that is no loop, such as a first reading. */
  quiet: () => Promise<void>;
}

/** Real time after which a relay that does not come to rest is a failure, ms. */
const PATIENCE = 60_000;

export function createTime(start = Date.parse('2026-11-20T08:00:00.000Z')): Time {
  const hand = handClock(start);
  const sleepers = new Set<Sleeper>();
  const asleep = createBell();
  let set = 0;
  const clock: SteadyClock = {
    now: () => hand.now() + set,
    steady: hand.now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const stop = () => {
          sleepers.delete(sleeper);
          reject(new StoppedError('Stopped while it waited.'));
        };
        const sleeper = {
          at: hand.now() + ms,
          wake: () => {
            sleepers.delete(sleeper);
            signal.removeEventListener('abort', stop);
            resolve();
          },
        };
        if (signal.aborted) return stop();
        signal.addEventListener('abort', stop, { once: true });
        sleepers.add(sleeper);
        asleep.ring();
      }),
  };
  const time: Time = {
    hand,
    clock,
    now: hand.now,
    set: ms => {
      set += ms;
    },
    loops: 0,
    quiet: async () => {},
    settled: async () => {
      // Twice at rest: a call may be on its way that wakes one of them.
      for (let rested = 0; rested < 3; ) {
        if (sleepers.size < time.loops)
          await asleep.rung(PATIENCE, () => `only ${sleepers.size} of ${time.loops} loops sleep`);
        await time.quiet();
        await turn();
        rested = sleepers.size >= time.loops ? rested + 1 : 0;
      }
    },
    pass: async ms => {
      const until = hand.now() + ms;
      await time.settled();
      for (;;) {
        const next = Math.min(until, ...[...sleepers].map(({ at }) => at));
        hand.advance(Math.max(0, next - hand.now()));
        for (const sleeper of [...sleepers]) if (sleeper.at <= hand.now()) sleeper.wake();
        await time.settled();
        if (next >= until) return;
      }
    },
  };
  return time;
}
