import type { Site } from '../site/site.ts';

/** A fault of one request to a site, or to another simulated server. */
export type Fault<World = Site> =
  /** Answered instead of doing the work. */
  | { status: number; body?: string; headers?: Record<string, string> }
  | { answer: string; contentType: string }
  /** The connection is cut, with the work done or not. */
  | { hangUp: 'before' | 'after' }
  /** The work is done, but the answer is this error. */
  | { refuse: number; doneFirst: true }
  /** After that many bytes of the body: cut the connection; end a chunked answer cleanly; or fall silent. */
  | { truncate: number }
  | { endEarly: number }
  | { stall: number }
  /**
   * The site receives the whole request, and does the work that many milliseconds of its clock later. The client
   * waits that long and hears nothing, or has its connection cut at once, or is answered 504 at once.
   */
  | { late: number; heard: 'nothing' | 'cut' | 504 }
  /** Milliseconds before the answer. */
  | { delay: number }
  /** The site calls and awaits this before the work, for instance to change an entity behind the client's back. */
  | { run: (world: World) => unknown };

export interface FaultRule<World = Site> {
  method?: string;
  path?: RegExp;
  query?: RegExp;
  /** Skip the first matches. */
  after?: number;
  /** How often; default 1. */
  times?: number;
  fault: Fault<World>;
}

export interface Cut {
  readonly how: 'truncate' | 'endEarly' | 'stall';
  readonly bytes: number;
}

const accompanies = <World>(fault: Fault<World>) => 'delay' in fault || 'run' in fault;

export function createFaults<World = Site>() {
  const rules: { rule: FaultRule<World>; seen: number; done: number }[] = [];

  return {
    add(rule: FaultRule<World>) {
      rules.push({ rule, seen: 0, done: 0 });
    },
    clear() {
      rules.length = 0;
    },
    /**
     * The faults of this request: every matching delay and hook, and the first match among the others, so
     * that several faults of one path hit one request after the other.
     */
    take(method: string, path: string, query: string): Fault<World>[] {
      const taken: Fault<World>[] = [];
      for (const entry of rules) {
        if (!fits(entry.rule, method, path, query)) continue;
        entry.seen += 1;
        const { after = 0, times = 1, fault } = entry.rule;
        if (entry.seen <= after || entry.done >= times) continue;
        if (!accompanies(fault) && taken.some(other => !accompanies(other))) continue;
        entry.done += 1;
        taken.push(fault);
      }
      return taken;
    },
  };
}

export type Faults<World = Site> = ReturnType<typeof createFaults<World>>;

// String.search ignores a pattern's `g` and `y` and its lastIndex, which test() does not.
const found = (pattern: RegExp | undefined, text: string) => !pattern || text.search(pattern) >= 0;

function fits<World>(rule: FaultRule<World>, method: string, path: string, query: string): boolean {
  const sameMethod = !rule.method || rule.method.toUpperCase() === method;
  return sameMethod && found(rule.path, path) && found(rule.query, query);
}

export function cutOf<World>(faults: readonly Fault<World>[]): Cut | undefined {
  for (const fault of faults) {
    if ('truncate' in fault) return { how: 'truncate', bytes: fault.truncate };
    if ('endEarly' in fault) return { how: 'endEarly', bytes: fault.endEarly };
    if ('stall' in fault) return { how: 'stall', bytes: fault.stall };
  }
  return undefined;
}
