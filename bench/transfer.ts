import { printTable } from './table.ts';
import { curl } from './transfer/curl.ts';
import type { Figure } from './transfer/figure.ts';
import { many } from './transfer/many.ts';
import { memory } from './transfer/memory.ts';
import { once } from './transfer/once.ts';
import { start } from './transfer/start.ts';

/** By the number that `npm run bench -- transfer NUMBER…` takes; without one, all of them. */
const PARTS: Readonly<Record<string, { title: string; measure: () => Promise<Figure[]> }>> = {
  1: { title: 'A 1 GiB app to one site, beside curl piped into curl', measure: curl },
  2: { title: 'Peak memory of the action', measure: memory },
  3: { title: 'Five streams on each of two sites', measure: once },
  4: { title: 'A hundred apps to two sites that take 50 ms for each answer', measure: many },
  5: { title: 'From the start of the action to its first QRS request', measure: start },
};

/**
 * What a promotion costs: time beside a rival, memory, bytes, requests. It is measured on the committed bundle, as
 * a process, and on simulators; each part is printed as soon as it is done, so that a failure hides no other part.
 */
export async function transferBench(asked: readonly string[]): Promise<void> {
  const unknown = asked.filter(number => !PARTS[number]);
  if (unknown.length > 0) throw new Error(`transfer has no part ${unknown.join(', ')}`);
  for (const [number, { title, measure }] of Object.entries(PARTS)) {
    if (asked.length > 0 && !asked.includes(number)) continue;
    try {
      const figures = await measure();
      printTable(`${number}. ${title}`, ['what', 'measured', 'bar', ''], figures.map(row));
    } catch (error) {
      process.stdout.write(`\n${number}. ${title}\nnot measured: ${String(error)}\n`);
      process.exitCode = 1;
    }
  }
}

function row({ what, measured, bar }: Figure): string[] {
  return bar ? [what, measured, bar.text, bar.met ? 'met' : 'missed'] : [what, measured];
}
