import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { allCases, type Case, caseOf, shuffled } from './cases.ts';
import { type Tried, tried } from './tried.ts';

/**
 * npm run test:together                         all schedules, or what fits into the time, in an order by chance
 * npm run test:together -- --seed 7             in the order of another time
 * npm run test:together -- --case pair:3:5:9    one schedule, with all that its runs said
 * npm run test:together -- --minutes 2 --only unpublish
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    case: { type: 'string' },
    minutes: { type: 'string', default: '11' },
    only: { type: 'string', default: '' },
    part: { type: 'boolean', default: false },
  },
});
const say = (line: string) => process.stdout.write(`${line}\n`);

function show({ id, title, faults, told }: Tried) {
  say(`\n${faults.length > 0 ? '✖' : '✔'} ${title}`);
  for (const fault of faults) say(`  ${fault}`);
  if (told) say(told.replace(/^/gm, '    '));
  say(`  again: npm run test:together -- --case ${id}`);
}

async function all() {
  const began = Date.now();
  say(`seed ${values.seed}`);
  const cases = shuffled(await allCases(), Number(values.seed)).filter(one =>
    one.title.includes(values.only),
  );
  const end = began + Number(values.minutes) * 60_000;
  const left = cases.values();
  const next = (): Case | undefined => (Date.now() < end ? left.next().value : undefined);
  const results: Tried[] = [];
  const parts = Array.from({ length: Math.min(2, availableParallelism()) }, () => workOff(next, results));
  await Promise.all(parts);
  const failed = results.filter(({ faults }) => faults.length > 0);
  const seconds = Math.round((Date.now() - began) / 1000);
  say(
    `\n${results.length} of ${cases.length} schedules in ${seconds} s, seed ${values.seed}: ${failed.length} failed`,
  );
  for (const [fault, times] of byFault(failed)) say(`  ${times} × ${fault}`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}

/** A process of its own that takes case after case. */
async function workOff(next: () => Case | undefined, results: Tried[]): Promise<void> {
  const child = fork(import.meta.filename, ['--part']);
  const give = () => {
    const one = next();
    if (one) child.send(one.id);
    else child.disconnect();
  };
  child.on('message', (done: Tried) => {
    results.push(done);
    if (done.faults.length > 0) show(done);
    give();
  });
  give();
  await over(child);
}

async function over(child: ChildProcess): Promise<void> {
  const [code]: unknown[] = await once(child, 'exit');
  if (code !== 0) throw new Error(`a process of the schedules ended with ${String(code)}`);
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

if (values.case !== undefined) {
  const outcome = await tried(caseOf(values.case));
  show(outcome);
  process.exitCode = outcome.faults.length > 0 ? 1 : 0;
} else if (values.part)
  process.on('message', (id: string) => void tried(caseOf(id)).then(one => process.send?.(one)));
else await all();
