import type { Clock as SimulatorClock } from '../../../simulator/site/clock.ts';
import type { Clock } from '../../../src/base/clock.ts';
import { StoppedError } from '../../../src/base/errors.ts';
import type { Traffic } from './traffic.ts';

interface Appointment {
  at: number;
  work(): void;
}

/** Nobody has so much to do in one millisecond. */
const SPINS = 5000;

/** A time that is moved by hand. It goes from one appointment to the next, and all that one starts ends first. */
export interface Hours {
  /** Ms since the epoch; true, and the time of the sites and of GitHub. */
  now(): number;
  /** For the simulators. */
  simulators: SimulatorClock;
  /** For the relay, whose machine's clock may be set. */
  relay: Clock & { steady(): number };
  /** A new process measures time spans from a new beginning. */
  newProcess(): void;
  /** Sets the clock of the relay's machine forward, or back; no sleep gets longer or shorter. */
  setClock(by: number): void;
  pass(ms: number): Promise<void>;
}

/** `moved` is called whenever time has passed, before anything happens at the new time. */
export function createHours(
  traffic: Traffic,
  moved: (now: number) => Promise<void>,
  start = Date.parse('2026-11-20T08:00:00.000Z'),
): Hours {
  const waiting = new Set<Appointment>();
  let time = start;
  let off = 0;
  let began = start;

  function later(ms: number, work: () => void): () => void {
    const appointment = { at: time + Math.max(0, ms), work };
    waiting.add(appointment);
    traffic.stir();
    return () => waiting.delete(appointment);
  }

  function earliest(until: number): Appointment | undefined {
    let first: Appointment | undefined;
    for (const one of waiting) if (one.at <= until && (!first || one.at < first.at)) first = one;
    return first;
  }

  const sleep: Clock['sleep'] = (ms, signal) =>
    new Promise((resolve, reject) => {
      const stopped = () => {
        drop();
        traffic.stir();
        reject(new StoppedError('Stopped while it waited.'));
      };
      const drop = later(ms, () => {
        signal.removeEventListener('abort', stopped);
        resolve();
      });
      if (signal.aborted) return stopped();
      signal.addEventListener('abort', stopped, { once: true });
    });

  return {
    now: () => time,
    simulators: { now: () => time, later },
    relay: { now: () => time + off, steady: () => time - began, sleep },
    newProcess: () => {
      began = time;
    },
    setClock: by => {
      off += by;
    },
    pass: async ms => {
      const until = time + ms;
      await traffic.settled();
      let spins = 0;
      for (let next = earliest(until); next; next = earliest(until)) {
        spins = next.at > time ? 0 : spins + 1;
        if (spins > SPINS) throw new Error(`the relay spins: it has slept ${spins} times without a wait`);
        if (next.at > time) await moved(next.at);
        time = Math.max(time, next.at);
        waiting.delete(next);
        next.work();
        traffic.stir();
        // Of several at the same time, all begin before the first is waited for.
        if ((earliest(time)?.at ?? Number.POSITIVE_INFINITY) > time) await traffic.settled();
      }
      time = until;
      await moved(time);
    },
  };
}
