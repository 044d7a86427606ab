import type { HandClock } from '../../simulator/site/hand-clock.ts';

/** Shorter timers stay real: the HTTP client counts its own connections' time with them. Ms. */
const REAL_BELOW = 1000;

class HandTimer {
  readonly #drop: () => void;

  constructor(drop: () => void) {
    this.#drop = drop;
  }

  drop() {
    this.#drop();
  }

  ref() {
    return this;
  }

  unref() {
    return this;
  }

  hasRef() {
    return false;
  }
}

/**
 * Puts what the product limits in real time on the hand-moved clock: its timers, its measuring and its signals. So a
 * call that a site never answers costs no real time, and a slow machine ends no call. Returns the way back.
 */
export function putOnHand(hand: HandClock): () => void {
  const real = { setTimeout, clearTimeout, now: performance.now, timeout: AbortSignal.timeout };
  const began = performance.now() - hand.now();
  const later = (work: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
    ms < REAL_BELOW ? real.setTimeout(work, ms, ...args) : new HandTimer(hand.later(ms, () => work(...args)));
  const drop = (timer: unknown) => {
    if (timer instanceof HandTimer) timer.drop();
    else Reflect.apply(real.clearTimeout, undefined, [timer]);
  };
  Reflect.set(globalThis, 'setTimeout', Object.assign(later, real.setTimeout));
  Reflect.set(globalThis, 'clearTimeout', drop);
  Reflect.set(performance, 'now', () => began + hand.now());
  Reflect.set(AbortSignal, 'timeout', (ms: number) => {
    const ending = new AbortController();
    hand.later(ms, () => ending.abort(new DOMException('The time is up.', 'TimeoutError')));
    return ending.signal;
  });
  return () => {
    Reflect.set(globalThis, 'setTimeout', real.setTimeout);
    Reflect.set(globalThis, 'clearTimeout', real.clearTimeout);
    Reflect.deleteProperty(performance, 'now');
    Reflect.set(AbortSignal, 'timeout', real.timeout);
  };
}
