import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

/** One case; its id says which, so that it can be run again. */
export interface LongCase {
  readonly id: string;
  readonly title: string;
  readonly run: () => Promise<{ readonly faults: readonly string[]; readonly told: string }>;
}

/** What a case came to, as it goes from one process to another. */
interface Tried {
  readonly id: string;
  readonly title: string;
  /** Empty: all promises were kept. */
  readonly faults: readonly string[];
  /** What its runs said. */
  readonly told: string;
}

/** More cases than `npm test` has time for. */
interface LongRun {
  /** In package.json. */
  readonly script: string;
  /** The file that the script runs. Each of the processes runs it again. */
  readonly entry: string;
  /** What a run takes unless `--minutes` says otherwise. */
  readonly minutes: number;
  /** All cases, in an order that the seed repeats. */
  readonly cases: (seed: number) => Promise<readonly LongCase[]>;
  readonly caseOf: (id: string) => LongCase;
}

const say = (line: string) => process.stdout.write(`${line}\n`);

/** Runs a case. One that does not come to its end is a fault of its own. */
export async function tryOne({ id, title, run }: LongCase): Promise<Tried> {
  try {
    const { faults, told } = await run();
    return { id, title, faults, told };
  } catch (cause) {
    const what = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    return { id, title, faults: [what], told: '' };
  }
}

/**
 * --seed 7                   in the order of seed 7; otherwise by chance
 * --part 3                   a third of the cases, the first of that order
 * --minutes 60               no case begins after that time
 * --only "two sites | "      those whose title has it
 * --case "ID"                one case, with all that its runs said
 */
export async function longRun(given: LongRun): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      part: { type: 'string', default: '1' },
      minutes: { type: 'string', default: String(given.minutes) },
      only: { type: 'string', default: '' },
      case: { type: 'string' },
      worker: { type: 'boolean', default: false },
    },
  });
  if (values.worker) {
    process.on('message', (id: string) => void tryOne(given.caseOf(id)).then(one => process.send?.(one)));
  } else if (values.case !== undefined) {
    const one = await tryOne(given.caseOf(values.case));
    show(one, given.script);
    process.exitCode = one.faults.length > 0 ? 1 : 0;
  } else await tryAll(given, values);
}

async function tryAll(
  { script, entry, cases: casesOf }: LongRun,
  { seed, part, minutes, only }: { seed: string; part: string; minutes: string; only: string },
): Promise<void> {
  const began = performance.now();
  say(`seed ${seed}`);
  const cases = (await casesOf(Number(seed))).filter(({ title }) => title.includes(only));
  const chosen = cases.slice(0, Math.ceil(cases.length / Number(part)));
  const left = untilTimeIsUp(chosen, began + Number(minutes) * 60_000);
  const results: Tried[] = [];
  const take = (one: Tried) => {
    results.push(one);
    if (one.faults.length > 0) show(one, script);
  };
  const processes = Array.from({ length: Math.max(2, availableParallelism()) }, () =>
    workOff(entry, left, take),
  );
  await Promise.all(processes);
  const failed = results.filter(({ faults }) => faults.length > 0);
  const seconds = Math.round((performance.now() - began) / 1000);
  const count = `${results.length} of ${cases.length} cases in ${seconds} s`;
  say(`\n${count}, seed ${seed}: ${failed.length} failed`);
  for (const [fault, times] of byFault(failed)) say(`  ${times} × ${fault}`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}

/** What does not fit into the time is left out, and the last line says how many cases were tried. */
function* untilTimeIsUp(cases: readonly LongCase[], end: number): Generator<string> {
  for (const { id } of cases) {
    if (performance.now() > end) return;
    yield id;
  }
}

/** A process of its own that takes case after case. */
async function workOff(entry: string, left: Iterator<string>, take: (one: Tried) => void): Promise<void> {
  const child = fork(entry, ['--worker']);
  const give = () => {
    const next = left.next();
    if (next.done) child.disconnect();
    else child.send(next.value);
  };
  child.on('message', (one: Tried) => {
    take(one);
    give();
  });
  give();
  const [code]: unknown[] = await once(child, 'exit');
  if (code !== 0) throw new Error(`a process of the cases ended with ${String(code)}`);
}

function show({ id, title, faults, told }: Tried, script: string): void {
  say(`\n${faults.length > 0 ? '✖' : '✔'} ${title}`);
  for (const fault of faults) say(`  ${fault}`);
  if (told !== '') say(told.replace(/^/gm, '    '));
  say(`  again: npm run ${script} -- --case '${id}'`);
}

/** Faults without ids and numbers, the most frequent first. */
function byFault(failed: readonly Tried[]): [string, number][] {
  const shapes = failed.flatMap(({ faults }) => [...new Set(faults.map(shapeOf))]);
  const counts = Map.groupBy(shapes, shape => shape);
  return [...counts]
    .map(([shape, { length }]): [string, number] => [shape, length])
    .sort(([, one], [, other]) => other - one);
}

const shapeOf = (fault: string) =>
  (fault.split('\n')[0] ?? '').replace(/[0-9a-f]{8}(-[0-9a-f-]{27})?/g, '·').slice(0, 160);
