import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Verdict } from './case.ts';
import { type Case, someCases, tried } from './cases.ts';

/**
 * npm run test:faults                              every case, in an order by chance
 * npm run test:faults -- --part 3 --seed 7         a third of them: the first of the order of seed 7
 * npm run test:faults -- --minutes 60              longer than a quarter of an hour, for a slow machine
 * npm run test:faults -- --only "two sites | "     those whose name has it
 * npm run test:faults -- --case "ID"               one case, with all that its run said
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    part: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '15' },
    only: { type: 'string', default: '' },
    case: { type: 'string' },
    worker: { type: 'boolean', default: false },
  },
});
const say = (line: string) => process.stdout.write(`${line}\n`);

interface Done extends Case, Verdict {}

const done = async (one: Case): Promise<Done> => {
  try {
    return { ...one, ...(await tried(one)) };
  } catch (error) {
    return {
      ...one,
      faults: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
      told: '',
    };
  }
};

function show({ id, faults, told }: Done) {
  say(`\n${faults.length > 0 ? '✖' : '✔'} ${id}`);
  for (const fault of faults) say(`  ${fault}`);
  say(told.replace(/^/gm, '    '));
  say(`  again: npm run test:faults -- --case '${id}'`);
}

async function all() {
  const began = performance.now();
  say(`seed ${values.seed}`);
  const cases = (await someCases(Number(values.seed))).filter(({ id }) => id.includes(values.only));
  const chosen = cases.slice(0, Math.ceil(cases.length / Number(values.part)));
  const left = untilTimeIsUp(chosen, began + Number(values.minutes) * 60_000);
  const results: Done[] = [];
  const parts = Array.from({ length: Math.max(2, availableParallelism()) }, () => workOff(left, results));
  await Promise.all(parts);
  const failed = results.filter(({ faults }) => faults.length > 0);
  const seconds = Math.round((performance.now() - began) / 1000);
  say(
    `\n${results.length} of ${cases.length} cases in ${seconds} s, seed ${values.seed}: ${failed.length} failed`,
  );
  for (const [fault, times] of byFault(failed)) say(`  ${times} × ${fault}`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}

/** What does not fit into the time is left out, and the last line says how many cases were tried. */
function* untilTimeIsUp(cases: readonly Case[], end: number): Generator<Case> {
  for (const one of cases) {
    if (performance.now() > end) return;
    yield one;
  }
}

/** A process of its own that takes case after case. */
async function workOff(left: Iterator<Case>, results: Done[]): Promise<void> {
  const child = fork(import.meta.filename, ['--worker']);
  const give = () => {
    const next = left.next();
    if (next.done) child.disconnect();
    else child.send(next.value);
  };
  child.on('message', (one: Done) => {
    results.push(one);
    if (one.faults.length > 0) show(one);
    give();
  });
  give();
  await over(child);
}

async function over(child: ChildProcess): Promise<void> {
  const [code]: unknown[] = await once(child, 'exit');
  if (code !== 0) throw new Error(`a process of the cases ended with ${String(code)}`);
}

/** Faults without ids and numbers, the most frequent first. */
function byFault(failed: readonly Done[]): [string, number][] {
  const shapes = failed.flatMap(({ faults }) => [...new Set(faults.map(shapeOf))]);
  const counts = Map.groupBy(shapes, shape => shape);
  return [...counts]
    .map(([shape, { length }]): [string, number] => [shape, length])
    .sort(([, one], [, other]) => other - one);
}

const shapeOf = (fault: string) =>
  (fault.split('\n')[0] ?? '').replace(/[0-9a-f]{8}(-[0-9a-f-]{27})?/g, '·').slice(0, 160);

if (values.case !== undefined) {
  const outcome = await done({ id: values.case });
  show(outcome);
  process.exitCode = outcome.faults.length > 0 ? 1 : 0;
} else if (values.worker) {
  process.on('message', (one: Case) => void done(one).then(result => process.send?.(result)));
} else await all();
