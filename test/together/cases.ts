import { KINDS } from './kinds.ts';
import { lengthOf, meddle, SETTINGS } from './meddled.ts';
import { ACTS } from './people.ts';
import { bury, meet, toItsEnd, type Verdict } from './schedule.ts';

/** One schedule; its id says which, so that it can be run again. */
export interface Case {
  readonly id: string;
  readonly title: string;
  readonly run: () => Promise<Verdict>;
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** Two runs: every i and j of a kind. */
function pairCase(kind: number, first: number, second: number): Case {
  const found = KINDS[kind];
  if (!found) throw new Error(`there is no kind ${kind}`);
  return {
    id: `pair:${kind}:${first}:${second}`,
    title: `${found.name}: A held after request ${first}, B after ${second}`,
    run: () => meet(found, first, second),
  };
}

/** A run whose machine is gone, and another one. */
function deathCase(kind: number, first: number): Case {
  const found = KINDS[kind];
  if (!found) throw new Error(`there is no kind ${kind}`);
  return {
    id: `death:${kind}:${first}`,
    title: `${found.name}: A is killed after request ${first}`,
    run: () => bury(found, first),
  };
}

function personCase(setting: number, act: number, number: number): Case {
  const [run, done] = [SETTINGS[setting], ACTS[act]];
  if (!run || !done) throw new Error(`there is no setting ${setting} or act ${act}`);
  return {
    id: `person:${setting}:${act}:${number}`,
    title: `${run.name}: Anna ${done.name} before request ${number}`,
    run: () => meddle(run, done, number),
  };
}

export function caseOf(id: string): Case {
  const [what, ...numbers] = id.split(':');
  const [one = -1, two = -1, three = -1] = numbers.map(Number);
  if (what === 'death') return deathCase(one, two);
  return what === 'pair' ? pairCase(one, two, three) : personCase(one, two, three);
}

/** Every case there is. Each kind is run once alone, to know how many requests it makes. */
export async function allCases(): Promise<Case[]> {
  const cases: Case[] = [];
  for (const [index, kind] of KINDS.entries()) {
    const [first] = (await meet({ ...kind, rivals: true }, toItsEnd, toItsEnd)).requests;
    const [second] = (await meet({ ...kind, a: kind.b, rivals: true }, toItsEnd, toItsEnd)).requests;
    for (const i of upTo(first)) {
      cases.push(deathCase(index, i));
      for (const j of upTo(second)) cases.push(pairCase(index, i, j));
    }
  }
  for (const [index, setting] of SETTINGS.entries()) {
    const length = await lengthOf(setting);
    for (const act of ACTS.keys())
      for (const number of upTo(length)) cases.push(personCase(index, act, number));
  }
  return cases;
}

/** The same order for the same seed (mulberry32, Fisher and Yates). */
export function shuffled(cases: readonly Case[], seed: number): Case[] {
  const order = [...cases];
  let state = seed >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  for (let left = order.length - 1; left > 0; left--) {
    const other = Math.floor(random() * (left + 1));
    const [one, two] = [order[left], order[other]];
    if (one && two) [order[left], order[other]] = [two, one];
  }
  return order;
}
