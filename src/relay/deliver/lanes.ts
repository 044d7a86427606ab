import type { FreeLane } from '../store/dispatch.ts';
import type { Lane } from '../store/watches.ts';

/** Pauses double from the first to the longest, ms: GitHub says no, gives no usable answer, or names no time. */
const REFUSED = { first: 30_000, longest: 600_000 };
const TROUBLE = { first: 1_000, longest: 60_000 };
const UNSAID = { first: 60_000, longest: 600_000 };
/** No pause that GitHub asks for is longer: it is asked again then. Ms. */
const REST = 3_600_000;
/** A 403 from a second repository within this time is most likely a limit that does not say so, ms. */
const TOGETHER = 60_000;
/** After so many failures in a row one that has not failed yet is tried: is it the lane, or are it those? */
const PROBE = 8;

/** The pace of the credential, for which every lane waits. */
export const PACE = '';

interface Waiting {
  kind: Lane['kind'];
  /** Ms on the steady clock. */
  until: number;
  failures: number;
  reason: string;
  /** The deliveries that failed since the lane last took one. */
  heads: readonly string[];
  /** It was freed by another lane's success once, and failed again: it is not GitHub. */
  freed: boolean;
}

export interface Lanes {
  /** Ms until GitHub may be called at all. */
  rest(): number;
  /** Ms until the next lane is free; 0 when one is. */
  next(): number;
  /** Ms until one more lane is free than there are now. */
  soonest(): number;
  free(): FreeLane[];
  /** A call begins. */
  called(): void;
  /** Frees this lane, and once those that waited for GitHub itself. Returns the latter. */
  accepted(repository: string, id: string, wait: number | undefined): string[];
  /** Everybody waits: for so many ms, where GitHub says how long. Returns the pause, ms. */
  limited(wait: number | undefined, reason: string): number;
  /** True: a second repository refuses, so all of them wait. */
  refused(repository: string, status: number, reason: string): boolean;
  credentialRefused(reason: string): number;
  /** False: the delivery alone is to wait, since its lane takes others. `asked`: what the answer asked for, ms. */
  trouble(repository: string, id: string, reason: string, asked: number): boolean;
  waiting(): ReadonlyMap<string, Waiting>;
  /** What an earlier relay was asked to wait for, ms. */
  restore(rows: readonly Lane[], now: number): void;
}

/**
 * When each repository may be called next, and when anybody may. A refusal stops its lane, a limit the pace; nothing
 * else stops anything. `steady` is a clock that nobody sets; `random` is a number from 0 to 1, because relays that
 * were cut off together must not come back together.
 */
export function createLanes(given: {
  repositories: readonly string[];
  interval: number;
  steady: () => number;
  random: () => number;
}): Lanes {
  const { steady, random } = given;
  const lanes = new Map<string, Waiting>();
  /** Deliveries that GitHub took of each lane, and what that was when a delivery first failed. */
  const taken = new Map<string, number>();
  const failedAt = new Map<string, number>();
  let earliest = steady() + given.interval;
  let denied: { repository: string; at: number } | undefined;

  function rests(repository: string, kind: Waiting['kind'], pause: number, reason: string, head?: string) {
    const before = lanes.get(repository);
    const failures = before?.kind === kind ? before.failures + 1 : 1;
    const freed = before?.freed ?? false;
    const heads = [...new Set([...(before?.heads ?? []), ...(head === undefined ? [] : [head])])];
    lanes.set(repository, { kind, until: steady() + pause, failures, reason, heads, freed });
    return pause;
  }

  function growing(repository: string, kind: Waiting['kind'], { first, longest }: typeof REFUSED): number {
    const before = lanes.get(repository);
    const times = before?.kind === kind ? before.failures : 0;
    return Math.min(first * 2 ** Math.min(times, 20) * (1 + random() / 4), longest);
  }

  const left = (repository: string) => Math.ceil(Math.max(0, (lanes.get(repository)?.until ?? 0) - steady()));
  const rest = () => Math.ceil(Math.max(0, earliest - steady(), left(PACE)));

  return {
    rest,
    next: () => Math.max(rest(), Math.min(...given.repositories.map(left))),
    soonest: () => Math.min(...given.repositories.map(left).filter(ms => ms > 0)),
    free: () =>
      given.repositories
        .filter(repository => left(repository) === 0)
        .map(repository => {
          const { failures = 0, heads = [] } = lanes.get(repository) ?? {};
          return { repository, except: failures % PROBE === 0 ? heads : [] };
        }),
    called: () => {
      earliest = steady() + given.interval;
    },
    accepted: (repository, id, wait) => {
      failedAt.delete(id);
      const free: string[] = [];
      for (const name of [repository, PACE]) lanes.delete(name);
      taken.set(repository, (taken.get(repository) ?? 0) + 1);
      for (const [name, lane] of lanes) {
        if (lane.kind !== 'trouble' || lane.freed) continue;
        Object.assign(lane, { until: 0, freed: true });
        free.push(name);
      }
      if (wait !== undefined)
        rests(PACE, 'limited', Math.min(wait, REST), 'The budget of this hour is used up.');
      return free;
    },
    limited: (wait, reason) => {
      const pause = wait ?? growing(PACE, 'limited', UNSAID);
      return rests(PACE, 'limited', Math.min(Math.max(pause, 1000), REST), reason);
    },
    refused: (repository, status, reason) => {
      const fresh = status === 403 && !lanes.has(repository);
      const all =
        fresh && denied !== undefined && denied.repository !== repository && steady() - denied.at <= TOGETHER;
      if (fresh) denied = { repository, at: steady() };
      if (all) rests(PACE, 'limited', growing(PACE, 'limited', UNSAID), reason);
      rests(repository, 'refused', growing(repository, 'refused', REFUSED), reason);
      return all;
    },
    credentialRefused: reason => rests(PACE, 'refused', growing(PACE, 'refused', REFUSED), reason),
    trouble: (repository, id, reason, asked) => {
      const now = taken.get(repository) ?? 0;
      const before = failedAt.get(id) ?? now;
      failedAt.set(id, before);
      if (before < now) return false;
      const pause = Math.max(growing(repository, 'trouble', TROUBLE), Math.min(asked, REST));
      rests(repository, 'trouble', pause, reason, id);
      return true;
    },
    waiting: () => new Map([...lanes].filter(([, { until }]) => until > steady())),
    restore: (rows, now) => {
      for (const { repository, kind, since, until, reason } of rows) {
        if (kind !== 'limited' || until <= now) continue;
        // Never longer than it was at first: the machine's clock may have been set back since.
        rests(repository, kind, Math.min(until - now, until - since, REST), reason);
      }
    },
  };
}
