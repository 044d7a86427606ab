import { printTable } from './table.ts';
import type { Figure } from './transfer/figure.ts';

/** By the number that `npm run bench -- NAME NUMBER…` takes; without one, all of them. */
export type Parts = Readonly<Record<string, { title: string; measure: () => Promise<Figure[]> }>>;

/** Prints each part as soon as it is done, so that a failure hides no other part. */
export async function measureParts(name: string, parts: Parts, asked: readonly string[]): Promise<void> {
  const unknown = asked.filter(number => !parts[number]);
  if (unknown.length > 0) throw new Error(`${name} has no part ${unknown.join(', ')}`);
  for (const [number, { title, measure }] of Object.entries(parts)) {
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
