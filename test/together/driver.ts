import { setImmediate as turn } from 'node:timers/promises';
import type { HandClock } from '../../simulator/site/hand-clock.ts';
import type { Clock } from '../../src/base/clock.ts';
import { StoppedError } from '../../src/base/errors.ts';

/** The product's clock on the hand-moved one. */
export function clockOn(hand: HandClock): Clock {
  return {
    now: hand.now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const stopped = () => {
          drop();
          reject(new StoppedError('Stopped while it waited.'));
        };
        const drop = hand.later(ms, () => {
          signal.removeEventListener('abort', stopped);
          resolve();
        });
        if (signal.aborted) stopped();
        else signal.addEventListener('abort', stopped, { once: true });
      }),
  };
}

/**
 * Turns of the event loop without a sign of work after which everybody waits for the clock; and while a request is
 * under way, which may itself wait for the clock of its site.
 */
const quietTurns = { idle: 12, busy: 150 };
/**
 * A jump of so many milliseconds would end a call that is still under way, on a machine that is busy with other work. So
 * there must have been so many milliseconds of real time without a sign of work.
 */
const long = { jump: 10_000, rest: 10 };
/** Milliseconds of this process's own work after which something that should go on does not. */
const patience = 60_000;

/** Work that is not done on the event loop, and ends there. */
const underway = /^(FS|GetAddrInfo|TCPConnect|Write|Shutdown|Work)/;

class StuckError extends Error {}

/** Milliseconds: on a busy machine a run takes long, and works no more for that. */
function worked(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Knows for how long there was no sign of work. */
function stillness() {
  let turns = 0;
  let since = process.hrtime.bigint();
  const restart = () => {
    turns = 0;
    since = process.hrtime.bigint();
  };
  return {
    restart,
    /** To be called at each turn of the event loop. */
    look: () => {
      if (process.getActiveResourcesInfo().some(name => underway.test(name))) restart();
      else turns += 1;
    },
    /** Whether everybody waits for a moment that is so far away, ms. */
    allows: (jump: number, isBusy: boolean) => {
      if (turns < (isBusy ? quietTurns.busy : quietTurns.idle)) return false;
      return jump < long.jump || Number(process.hrtime.bigint() - since) / 1_000_000 >= long.rest;
    },
  };
}

/**
 * Waits until it is done, and moves the clock to the next thing that is due whenever nothing else happens: a run
 * that only waits for another one is so seen to wait, and one that is held shows no sign of life meanwhile.
 */
export async function until(done: () => boolean, clock: HandClock, isBusy: () => boolean): Promise<void> {
  const end = worked() + patience;
  const still = stillness();
  while (!done()) {
    await turn();
    if (worked() > end) throw new StuckError('a run does not end, or neither works nor waits for the clock');
    still.look();
    const next = clock.untilNext() ?? 0;
    if (!still.allows(next, isBusy())) continue;
    still.restart();
    clock.advance(next);
  }
}
