import { type Actor, letRun } from './gate.ts';
import { historyFaults, twins } from './history.ts';
import type { Kind } from './kinds.ts';
import { leftBehind, lostApps, pairsOf, tagTooEarly, untrue, wasThere } from './promises.ts';
import { outcomeOf, type Started, start, wordsOf } from './run.ts';
import { watchSource } from './source.ts';
import { appIn, createWorld, SITES, type World } from './world.ts';

/** What a schedule came to: a sentence for each promise that was broken, and what the runs said. */
export interface Verdict {
  readonly faults: readonly string[];
  readonly told: string;
  /** Requests of A and of B. */
  readonly requests: readonly [number, number];
}

export async function going(world: World, started: Started, limit: number): Promise<void> {
  letRun(started.actor, limit);
  await world.until(() => started.ended !== undefined || world.isHeld(started.actor));
}

export const toItsEnd = Number.POSITIVE_INFINITY;

/** A makes so many requests, then B so many, then A goes on to its end, and then B. */
export async function meet(kind: Kind, first: number, second: number): Promise<Verdict> {
  const world = await createWorld(kind);
  try {
    const before = new Set(SITES.flatMap(name => [...world.sites[name].site.apps.keys()]));
    const source = appIn(world.sites.dev, 'Build');
    const watched = watchSource(world, kind.unpublishes ? undefined : source, kind.losesRows === true);
    const a = start(world, kind.a, held(world.a));
    await going(world, a, first);
    const early = watched.during(() => kind.between?.(world));
    const b = start(world, kind.b, held(world.b), kind.sameEvent ? a : undefined);
    await going(world, b, second);
    await going(world, a, toItsEnd);
    await going(world, b, toItsEnd);
    await passing(world, 600_000);
    const requests: [number, number] = [world.a.seen.length, world.b.seen.length];
    const runs = [a, b];
    const leaves = new Set(kind.unpublishes && source ? [source.id, `dev/Build/${source.name}`] : []);
    const faults = [
      ...early,
      ...watched.faults(),
      ...historyFaults(world, leaves),
      ...twins(world, kind.many === true),
      ...lostApps(world, before, leaves),
      ...pairsOf(world),
      ...runs.flatMap(run => [...untrue(world, run), ...tagTooEarly(world, run)]),
      ...leftBehind(world, runs, kind.late ? 'may be named' : 'never'),
      ...(kind.mayFail ? [] : runs.flatMap(failed)),
    ];
    const later = kind.rivals ? [] : await converge(world, kind, runs);
    return { faults: [...faults, ...later], told: runs.map(told).join('\n'), requests };
  } finally {
    await world.stop();
  }
}

/** An actor that makes no request before it is let run. */
export function held(actor: Actor): Actor {
  actor.limit = 0;
  return actor;
}

/** Lets the sites end what they are at. */
export async function passing(world: World, milliseconds: number) {
  world.clock.advance(milliseconds);
  let turns = 0;
  await world.until(() => turns++ > 20);
}

const failed = (run: Started) =>
  outcomeOf(run) === 'failed' ? [`${nameOf(run)} failed: ${wordsOf(run).split('\n')[0]}`] : [];

const nameOf = ({ actor }: Started) => (actor.host === 'localhost' ? 'A' : 'B');

export const told = (run: Started) =>
  `${nameOf(run)}: ${outcomeOf(run)}\n  ${wordsOf(run).split('\n').filter(Boolean).join('\n  ')}`;

/** Promise 4: the same again, twice at most, and there is nothing to do any more. */
async function converge(world: World, kind: Kind, runs: readonly Started[]): Promise<string[]> {
  for (const name of SITES) world.sites[name].faults.clear();
  // A copy that had to stay is nobody's a day later.
  if (kind.late) await passing(world, 25 * 3_600_000);
  const faults: string[] = [];
  for (const round of [1, 2]) {
    const again: Started[] = [];
    for (const run of runs) again.push(await once(world, run));
    faults.push(...again.flatMap(failed));
    if (again.every(run => outcomeOf(run) === 'nothing-to-do')) break;
    if (round === 2) faults.push(...again.flatMap(run => stillAtWork(run)));
  }
  const places = runs.flatMap(run =>
    run.run.wants.filter(want => !kind.unpublishes && !wasThere(world, latest(world, run), want)),
  );
  return [
    ...faults,
    ...places.map(({ site, stream }) => `after two more runs ${site}/${stream} has not the newest version`),
    ...twins(world, kind.many === true),
    ...pairsOf(world),
    ...leftBehind(world, [], 'never').map(fault => `after two more runs ${fault}`),
    ...historyFaults(world, new Set(SITES.flatMap(site => [`${site}/Build/Sales`]))),
  ];
}

async function once(world: World, { run, actor, ...earlier }: Started): Promise<Started> {
  actor.limit = toItsEnd;
  const again = start(world, run, actor, { run, actor, ...earlier });
  await going(world, again, toItsEnd);
  return again;
}

const stillAtWork = (run: Started) =>
  outcomeOf(run) === 'nothing-to-do'
    ? []
    : [`${nameOf(run)} is not at an end: the third run says ${outcomeOf(run)}`];

/** The same run, judged by the newest version and to the present. */
const latest = (world: World, run: Started): Started => ({
  ...run,
  version: (world.versions.get(run.app)?.length ?? 1) - 1,
  ended: undefined,
});
