import { parseArgs } from 'node:util';
import { numbers } from '../../numbers.ts';
import { shrink } from './shrink.ts';
import { stepsOf } from './steps.ts';
import { timeline } from './timeline.ts';
import { walk } from './walk.ts';

/**
 * `npm run test:model -- [--seed N] [--seeds COUNT] [--steps COUNT] [--shrink [--kind KIND]] [--log]`: walks seed after seed, and
 * prints each one that fails. A seed and a number of steps give the same walk again.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    seeds: { type: 'string', default: '5' },
    steps: { type: 'string', default: '2000' },
    shrink: { type: 'boolean', default: false },
    log: { type: 'boolean', default: false },
    kind: { type: 'string' },
  },
});
const print = (line: string) => process.stdout.write(`${line}\n`);
const first = Number(values.seed);
const count = Number(values.steps);
let failed = 0;

for (let seed = first; seed < first + Number(values.seeds); seed += 1) {
  const steps = stepsOf(numbers(seed), count);
  const began = Date.now();
  const walked = await walk(seed, steps);
  const took = ((Date.now() - began) / 1000).toFixed(1);
  const story = `seed ${seed}: ${walked.steps} steps, ${walked.edits} edits, ${walked.calls} calls, ${took} s`;
  if (walked.wrong.length === 0) {
    print(`${story}: all kept`);
    continue;
  }
  failed += 1;
  print(`${story}: ${walked.wrong.length} WRONG`);
  for (const sentence of walked.wrong.slice(0, 8)) print(`  ${sentence}`);
  const seen = values.shrink
    ? await shrink(seed, steps.slice(0, walked.steps), walked, print, values.kind)
    : undefined;
  for (const step of seen?.steps ?? []) print(`    ${JSON.stringify(step)}`);
  const last = seen?.walked ?? walked;
  const sentence = last.wrong.find(one => one.startsWith(values.kind ?? '')) ?? '';
  if (seen) print(`  ${sentence}`);
  const id = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(sentence)?.[0];
  if (values.log && id !== undefined) for (const line of timeline(last.book, id)) print(`    ${line}`);
  if (values.log) for (const line of last.lines.slice(-60)) print(`    ${line}`);
}
print(failed === 0 ? 'All seeds kept their word.' : `${failed} seeds did not.`);
process.exitCode = failed === 0 ? 0 : 1;
