import { measureParts, type Parts } from './parts.ts';
import { curl } from './transfer/curl.ts';
import { many } from './transfer/many.ts';
import { memory } from './transfer/memory.ts';
import { once } from './transfer/once.ts';
import { predecessor } from './transfer/predecessor.ts';
import { start } from './transfer/start.ts';

const PARTS: Parts = {
  1: { title: 'A 1 GiB app to one site, beside curl piped into curl', measure: curl },
  2: { title: 'Peak memory of the action', measure: memory },
  3: { title: 'Five streams on each of two sites', measure: once },
  4: { title: 'A hundred apps to two sites that take 50 ms for each answer', measure: many },
  5: { title: 'From the start of the action to its first QRS request', measure: start },
  6: { title: 'A 1 GiB app to three streams, beside the predecessor’s way', measure: predecessor },
};

/**
 * What a promotion costs: time beside a rival, memory, bytes, requests. It is measured on the committed bundle, as
 * a process, and on simulators.
 */
export async function transferBench(asked: readonly string[]): Promise<void> {
  await measureParts('transfer', PARTS, asked);
}
