import type { Metrics } from '../metrics.ts';
import type { FreeLane } from '../store/dispatch.ts';
import type { Lane } from '../store/watches.ts';
import { ALL, createLaneWaits, type LaneWaits, type Waiting } from './lane-waits.ts';

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

export type Lanes = ReturnType<typeof createLanes>;

/**
 * When each repository may be called next, and when GitHub may be called at all. A refusal stops its lane, a limit stops
 * all lanes. `steady` is a clock that is never set; `random` is a number from 0 to 1, so that relays that lost GitHub
 * together do not come back together.
 */
export function createLanes({
  repositories,
  interval,
  steady,
  random,
}: {
  repositories: readonly string[];
  interval: number;
  steady: () => number;
  random: () => number;
}) {
  const waits = createLaneWaits(steady, random);
  return { ...turns(waits, { repositories, interval, steady }), ...answers(waits, steady) };
}

/** Whose turn it is. */
function turns(
  waits: LaneWaits,
  {
    repositories,
    interval,
    steady,
  }: { repositories: readonly string[]; interval: number; steady: () => number },
) {
  let earliest = steady() + interval;
  const leftForAll = () => Math.ceil(Math.max(0, earliest - steady(), waits.left(ALL)));

  return {
    /** All that wait, or have waited and not succeeded since. */
    all: (): ReadonlyMap<string, Waiting> => waits.lanes,
    /** Ms until GitHub may be called at all. */
    rest: leftForAll,
    /** Ms until the next lane is free; 0 when one is. */
    next: () => Math.max(leftForAll(), Math.min(...repositories.map(waits.left))),
    /** Ms until one more lane is free than there are now. */
    soonest: () => Math.min(...repositories.map(waits.left).filter(ms => ms > 0)),
    free: (): FreeLane[] =>
      repositories
        .filter(name => waits.left(name) === 0)
        .map(repository => {
          const { failures = 0, heads = [] } = waits.lanes.get(repository) ?? {};
          return { repository, except: failures % PROBE === 0 ? heads : [] };
        }),
    measure: ({ paused, laneWaits }: Pick<Metrics, 'paused' | 'laneWaits'>) => {
      paused.set(waits.left(ALL) > 0 ? 1 : 0);
      for (const repository of repositories)
        laneWaits.set({ repository }, waits.left(repository) > 0 ? 1 : 0);
    },
    /** A call begins. */
    called: () => {
      earliest = steady() + interval;
    },
  };
}

/** What each kind of answer of GitHub means for its lane, and for all. */
function answers({ lanes, rest, growing }: LaneWaits, steady: () => number) {
  /** Deliveries that GitHub took of each lane, and what that was when a delivery first failed. */
  const taken = new Map<string, number>();
  const failedAt = new Map<string, number>();
  let denied: { repository: string; at: number } | undefined;

  return {
    /** Frees this lane, and once those that waited for GitHub itself. `wait`: until the budget is renewed, ms. */
    accepted: (repository: string, id: string, wait: number | undefined) => {
      failedAt.delete(id);
      for (const name of [repository, ALL]) lanes.delete(name);
      taken.set(repository, (taken.get(repository) ?? 0) + 1);
      for (const [name, lane] of lanes) {
        if (lane.kind === 'trouble' && !lane.freed) lanes.set(name, { ...lane, until: 0, freed: true });
      }
      if (wait !== undefined)
        rest(ALL, 'limited', Math.min(wait, REST), 'The budget of this hour is used up.');
    },
    /** `wait`: how long GitHub asks all to wait, where it says so, ms. */
    limited: (wait: number | undefined, reason: string) => {
      const pause = wait ?? growing(ALL, 'limited', UNSAID);
      return rest(ALL, 'limited', Math.min(Math.max(pause, 1000), REST), reason);
    },
    refused: (repository: string, status: number, reason: string) => {
      if (status === 403 && !lanes.has(repository)) {
        if (denied && denied.repository !== repository && steady() - denied.at <= TOGETHER) {
          const why = `A second repository refuses a call, so GitHub may limit them. ${reason}`;
          rest(ALL, 'limited', growing(ALL, 'limited', UNSAID), why);
        }
        denied = { repository, at: steady() };
      }
      rest(repository, 'refused', growing(repository, 'refused', REFUSED), reason);
    },
    credentialRefused: (reason: string) => rest(ALL, 'refused', growing(ALL, 'refused', REFUSED), reason),
    /** False: its lane takes others, so this delivery alone is to wait. `asked`: what the answer asked for, ms. */
    trouble: (repository: string, id: string, reason: string, asked = 0): boolean => {
      const now = taken.get(repository) ?? 0;
      const before = failedAt.get(id) ?? now;
      failedAt.set(id, before);
      if (before < now) return false;
      const pause = Math.max(growing(repository, 'trouble', TROUBLE), Math.min(asked, REST));
      rest(repository, 'trouble', pause, reason, id);
      return true;
    },
    /** What an earlier relay was asked to wait for, ms. */
    restore: (rows: readonly Lane[], now: number) => {
      for (const { repository, kind, since, until, reason } of rows) {
        if (kind !== 'limited' || until <= now) continue;
        // Never longer than it was at first: somebody may have set the machine's clock back since.
        rest(repository, kind, Math.min(until - now, until - since, REST), reason);
      }
    },
  };
}
