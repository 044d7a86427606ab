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

/**
 * Waits until it is done, and moves the clock to the next thing that is due whenever nothing else happens: a run
 * that only waits for another one is so seen to wait, and one that is held shows no sign of life meanwhile.
 */
export async function until(done: () => boolean, clock: HandClock, isBusy: () => boolean): Promise<void> {
  const end = worked() + patience;
  let quiet = 0;
  while (!done()) {
    await turn();
    if (worked() > end) throw new StuckError('a run does not end, or neither works nor waits for the clock');
    quiet = process.getActiveResourcesInfo().some(name => underway.test(name)) ? 0 : quiet + 1;
    if (quiet < (isBusy() ? quietTurns.busy : quietTurns.idle)) continue;
    quiet = 0;
    const next = clock.untilNext();
    if (next !== undefined) clock.advance(next);
  }
}
