import { type Actor, letRun } from './gate.ts';
import { type Ground, groundOf } from './ground.ts';
import type { Kind } from './kinds.ts';
import { isThere } from './promises.ts';
import { outcomeOf, type Started, start, wordsOf } from './run.ts';
import { createWorld, SITES, type Sky, type World } from './world.ts';

/** What a schedule came to: a sentence for each promise that was broken, and what the runs said. */
export interface Verdict {
  readonly faults: readonly string[];
  readonly told: string;
  /** Requests of A and of B. */
  readonly requests: readonly [number, number];
}

export const toItsEnd = Number.POSITIVE_INFINITY;
const aDay = 25 * 3_600_000;

/** A makes so many requests, then B so many, then A goes on to its end, and then B. */
export async function meet(kind: Kind & Sky, first: number, second: number): Promise<Verdict> {
  const world = await createWorld(kind);
  try {
    const ground = groundOf(world, kind);
    const a = start(world, kind.a, held(world.a));
    await going(world, a, first);
    const early = ground.watched.during(() => kind.between?.(world));
    const b = start(world, kind.b, held(world.b), kind.sameEvent ? a : undefined);
    await going(world, b, second);
    await going(world, a, toItsEnd);
    await going(world, b, toItsEnd);
    await passing(world, 600_000);
    const requests: [number, number] = [world.a.seen.length, world.b.seen.length];
    const runs = [a, b];
    const faults = [...early, ...ground.faults(runs), ...(kind.mayFail ? [] : runs.flatMap(failed))];
    // A copy that had to stay is nobody's a day later.
    if (kind.late) await passing(world, aDay);
    const later = kind.rivals || ground.toAPerson(runs) ? [] : await converge(world, kind, ground, runs);
    return { faults: [...faults, ...later], told: runs.map(told).join('\n'), requests };
  } finally {
    await world.stop();
  }
}

/** A makes so many requests and is gone for ever, as with its machine; B comes, and others a day later. */
export async function bury(kind: Kind & Sky, first: number): Promise<Verdict> {
  const world = await createWorld(kind);
  try {
    const ground = groundOf(world, kind);
    const a = start(world, kind.a, held(world.a));
    await going(world, a, first);
    const early = ground.watched.during(() => kind.between?.(world));
    const b = start(world, kind.b, held(world.b), kind.sameEvent ? a : undefined);
    await going(world, b, toItsEnd);
    await passing(world, aDay);
    const faults = [...early, ...ground.faults([b], { dead: true }), ...(kind.mayFail ? [] : failed(b))];
    const others = [{ ...a, actor: world.b }, b];
    const later = kind.rivals ? [] : await converge(world, kind, ground, others);
    return { faults: [...faults, ...later], told: told(b), requests: [first, world.b.seen.length] };
  } finally {
    await world.stop();
  }
}

/** Lets a run go so far, or to its end. */
export async function going(world: World, started: Started, limit: number): Promise<void> {
  letRun(started.actor, limit);
  await world.until(() => started.ended !== undefined || world.isHeld(started.actor));
}

/** An actor that makes no request before it is let run. */
export function held(actor: Actor): Actor {
  actor.limit = 0;
  return actor;
}

/** Lets time pass, and the sites end what they are at. */
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
async function converge(
  world: World,
  kind: Kind & Sky,
  ground: Ground,
  runs: readonly Started[],
): Promise<string[]> {
  for (const name of SITES) world.sites[name].faults.clear();
  // What was carried out is there: nothing is built, uploaded or copied a second time.
  const settled =
    kind.certain &&
    !kind.mayFail &&
    !kind.between &&
    runs.every(run => run.ended && outcomeOf(run) !== 'failed');
  const before = carried(world);
  const faults: string[] = [];
  for (const round of [1, 2]) {
    const again: Started[] = [];
    for (const run of runs) again.push(await once(world, run));
    faults.push(...again.flatMap(failed).map(fault => `with nobody else ${fault}`));
    if (again.every(run => outcomeOf(run) === 'nothing-to-do')) break;
    if (round === 2) faults.push(...again.flatMap(stillAtWork));
  }
  if (settled && carried(world) > before)
    faults.push('the same again exported, uploaded or copied once more');
  const places = runs.flatMap(run => run.run.wants.filter(want => !isThere(world, run, want)));
  const empty = kind.unpublishes ? [] : places;
  return [
    ...faults,
    ...empty.map(({ site, stream }) => `after two more runs ${site}/${stream} has not the newest version`),
    ...ground.atRest(),
  ];
}

/** How often an app's content was asked for, or given, on any site. */
const carried = ({ a, b }: World) =>
  [...a.seen, ...b.seen].filter(request => /POST \S*(\/upload|\/copy|\/export\/)/.test(request)).length;

async function once(world: World, earlier: Started): Promise<Started> {
  const again = start(world, earlier.run, earlier.actor, earlier);
  await going(world, again, toItsEnd);
  return again;
}

const stillAtWork = (run: Started) =>
  outcomeOf(run) === 'nothing-to-do'
    ? []
    : [`${nameOf(run)} is not at an end: the third run says ${outcomeOf(run)}`];
