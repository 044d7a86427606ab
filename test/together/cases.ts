import type { LongCase } from '../long-run.ts';
import { numbers } from '../numbers.ts';
import type { Terms } from './ground.ts';
import { KINDS } from './kinds.ts';
import { lengthOf, meddle, SETTINGS } from './meddled.ts';
import { ACTS } from './people.ts';
import { bury, meet, toItsEnd, type Verdict } from './schedule.ts';
import { clear, weatherOf } from './weather.ts';
import type { Sky, Stage } from './world.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** An app whose objects are not shown is not unpublished; what ends late keeps what name the site gave it. */
const skyOf = (id: string, { unpublishes, late }: Terms) => {
  const weather = weatherOf(id);
  const { objectsShown, publishName, replaceName } = weather.switches;
  const unfit = unpublishes ? objectsShown : late && (publishName ?? replaceName);
  return unfit ? { name: '', ...clear } : weather;
};

function caseOn<S extends Stage & Terms>(
  id: string,
  stage: S | undefined,
  what: string,
  run: (stage: S & Sky) => Promise<Verdict>,
): LongCase {
  if (!stage) throw new Error(`there is no case ${id}`);
  const { name, switches, certain } = skyOf(id, stage);
  const title = `${stage.name}: ${what}${name && ` (${name})`}`;
  return { id, title, run: () => run({ ...stage, switches, certain }) };
}

/** The case of an id: `pair:KIND:I:J`, `death:KIND:I` or `person:SETTING:ACT:K`. */
export function caseOf(id: string): LongCase {
  const [what, ...numbers] = id.split(':');
  const [one = -1, two = -1, three = -1] = numbers.map(Number);
  if (what === 'pair')
    return caseOn(id, KINDS[one], `A held after request ${two}, B after ${three}`, kind =>
      meet(kind, two, three),
    );
  if (what === 'death')
    return caseOn(id, KINDS[one], `A is killed after request ${two}`, kind => bury(kind, two));
  const act = ACTS[two];
  if (!act) throw new Error(`there is no case ${id}`);
  return caseOn(id, SETTINGS[one], `Anna ${act.name} before request ${three}`, setting =>
    meddle(setting, act, three),
  );
}

/** Every case there is. Each kind is run once alone, to know how many requests it makes. */
export async function allCases(): Promise<LongCase[]> {
  const cases: LongCase[] = [];
  for (const [index, kind] of KINDS.entries()) {
    const [first] = (await meet({ ...kind, ...clear, rivals: true }, toItsEnd, toItsEnd)).requests;
    const [second] = (await meet({ ...kind, ...clear, a: kind.b, rivals: true }, toItsEnd, toItsEnd))
      .requests;
    for (const i of upTo(first)) {
      cases.push(caseOf(`death:${index}:${i}`));
      for (const j of upTo(second)) cases.push(caseOf(`pair:${index}:${i}:${j}`));
    }
  }
  for (const [index, setting] of SETTINGS.entries()) {
    const length = await lengthOf(setting);
    for (const act of ACTS.keys())
      for (const number of upTo(length)) cases.push(caseOf(`person:${index}:${act}:${number}`));
  }
  return cases;
}

/** Longer than any run is; a number beyond a run's last request lets it end. */
const longest = 36;

/** Some cases of every kind, without a look at how long their runs are; the same for the same seed. */
export function someCases(seed: number, count: number): LongCase[] {
  const random = numbers(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const some = () => below(longest) + 1;
  return upTo(count).map(() => {
    const dice = below(10);
    if (dice === 0) return caseOf(`death:${below(KINDS.length)}:${some()}`);
    if (dice > 3) return caseOf(`pair:${below(KINDS.length)}:${some()}:${some()}`);
    return caseOf(`person:${below(SETTINGS.length)}:${below(ACTS.length)}:${some()}`);
  });
}

/** The same order for the same seed (Fisher and Yates). */
export function shuffled<T>(cases: readonly T[], seed: number): T[] {
  const order = [...cases];
  const random = numbers(seed);
  for (let left = order.length - 1; left > 0; left--) {
    const other = Math.floor(random() * (left + 1));
    const [one, two] = [order[left], order[other]];
    if (one && two) [order[left], order[other]] = [two, one];
  }
  return order;
}
