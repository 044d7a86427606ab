import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { allCases, caseOf, shuffled } from './cases.ts';
import { type Tried, tried } from './tried.ts';

/**
 * npm run test:together                         every schedule that fits into the time, in an order of its own
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
    part: { type: 'string' },
  },
});
const parts = Math.min(2, availableParallelism());
const say = (line: string) => process.stdout.write(`${line}\n`);

function show({ id, title, faults, told }: Tried) {
  say(`\n✖ ${title}`);
  for (const fault of faults) say(`  ${fault}`);
  if (told) say(told.replace(/^/gm, '    '));
  say(`  again: npm run test:together -- --case ${id}`);
}

/** One of the processes: every n-th case, until the time is up. */
async function work(part: number) {
  const end = Date.now() + Number(values.minutes) * 60_000;
  const cases = shuffled(await allCases(), Number(values.seed)).filter(({ title }) =>
    title.includes(values.only),
  );
  process.send?.({ cases: cases.length });
  for (const [index, one] of cases.entries()) {
    if (index % parts !== part) continue;
    if (Date.now() > end) break;
    process.send?.({ tried: await tried(one) });
  }
  process.disconnect?.();
}

type Message = { cases: number } | { tried: Tried };

async function all() {
  const began = Date.now();
  const failed: Tried[] = [];
  let [count, total] = [0, 0];
  say(`seed ${values.seed}`);
  const take = (message: Message) => {
    if ('cases' in message) {
      total = message.cases;
      return;
    }
    count += 1;
    if (message.tried.faults.length === 0) return;
    failed.push(message.tried);
    show(message.tried);
  };
  await Promise.all(
    Array.from({ length: parts }, async (_, part) => {
      const options = ['seed', 'minutes', 'only'] as const;
      const given = options.flatMap(name => [`--${name}`, values[name]]);
      const child = fork(import.meta.filename, [...given, '--part', String(part)]);
      child.on('message', take);
      const [code]: unknown[] = await once(child, 'exit');
      if (code !== 0) throw new Error(`a process of the schedules ended with ${String(code)}`);
    }),
  );
  const seconds = Math.round((Date.now() - began) / 1000);
  say(`\n${count} of ${total} schedules in ${seconds} s, seed ${values.seed}: ${failed.length} failed`);
  for (const [fault, times] of byFault(failed)) say(`  ${times} × ${fault}`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}

/** Faults without ids and numbers, the most frequent first. */
function byFault(failed: readonly Tried[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const { faults } of failed)
    for (const fault of faults) {
      const shape =
        fault
          .split('\n')[0]
          ?.replace(/[0-9a-f]{8}(-[0-9a-f-]{27})?/g, '·')
          .slice(0, 160) ?? '';
      counts.set(shape, (counts.get(shape) ?? 0) + 1);
    }
  return [...counts].sort(([, one], [, other]) => other - one);
}

if (values.case !== undefined) {
  const outcome = await tried(caseOf(values.case));
  show(outcome);
  process.exitCode = outcome.faults.length > 0 ? 1 : 0;
} else if (values.part !== undefined) await work(Number(values.part));
else await all();
