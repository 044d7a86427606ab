import { act, heal } from './act.ts';
import { type Book, storiesOf } from './book.ts';
import { lateInFreeLanes } from './lanes.ts';
import { obligations, waitsForEvent } from './obligations.ts';
import { breaches, time } from './properties.ts';
import type { Step } from './steps.ts';
import { createWorld, type World } from './world.ts';

const MINUTE = 60_000;
/** When all has been well for so long, everything that is wanted has been dispatched, ms. */
const BOUND = 15 * MINUTE;
/** An event that GitHub refused is tried an hour later. */
const EVENT_BOUND = 3 * 60 * MINUTE;

/** What a walk came to. */
export interface Walked {
  seed: number;
  /** Steps taken. */
  steps: number;
  /** Empty: everything was kept. */
  wrong: string[];
  calls: number;
  edits: number;
  lines: string[];
  book: Book;
}

/** Takes the steps, until a property is violated. */
export async function walk(seed: number, steps: readonly Step[]): Promise<Walked> {
  const world = await createWorld(seed, seed % 3 === 0 ? { more: 'backlog: 40' } : {});
  let taken = 0;
  let wrong: string[] = [];
  try {
    await world.start();
    for (const step of [...steps, { do: 'calm' } as const]) {
      taken += 1;
      wrong = await take(world, step);
      if (wrong.length > 0) break;
    }
  } catch (cause) {
    wrong = [`ERROR: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`];
  } finally {
    await heal(world).catch(() => {});
    await world.stop();
  }
  const { book } = world;
  const { calls, edits } = book;
  return { seed, steps: taken, wrong, calls: calls.length, edits: edits.length, lines: world.lines(), book };
}

/** One step, and what it showed to be wrong. */
async function take(world: World, step: Step): Promise<string[]> {
  await act(world, step);
  await world.traffic.settled();
  const failed = world.failed();
  if (failed !== undefined) return [`ENDED: the relay ended by itself: ${String(failed)}`];
  return step.do === 'calm' ? calm(world) : [];
}

/** All is well for as long as everything may take; then nothing is owed. */
async function calm(world: World): Promise<string[]> {
  const { book, hours } = world;
  await heal(world);
  const began = hours.now();
  await hours.pass(BOUND);
  book.now = hours.now();
  const owed = () => obligations(book, storiesOf(book));
  if (owed().some(waitsForEvent)) await hours.pass(EVENT_BOUND);
  const late = owed();
  if (late.length > 0) await hours.pass(EVENT_BOUND);
  const lost = new Set(owed().map(({ what }) => what));
  book.now = hours.now();
  const stories = storiesOf(book);
  const sentences = late.map(({ what }) =>
    lost.has(what)
      ? `LOST: ${what} was not dispatched, though all has been well since ${time(began)}`
      : `LATE: ${what} was dispatched later than ${BOUND / MINUTE} min after all was well at ${time(began)}`,
  );
  const found = [...sentences, ...breaches(book, stories), ...lateInFreeLanes(book, stories)];
  return [...found, ...world.github.breaches.map(one => `GITHUB: ${JSON.stringify(one)}`)];
}
