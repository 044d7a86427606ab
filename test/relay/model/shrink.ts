import type { Step } from './steps.ts';
import { type Walked, walk } from './walk.ts';

/** Real time that shrinking may take, ms. */
const PATIENCE = 120_000;

const kindOf = (sentence = '') => /^[A-Z]+/.exec(sentence)?.[0] ?? '';

/** Leaves out steps, in smaller and smaller pieces, as long as the same property stays violated. */
export async function shrink(
  seed: number,
  steps: readonly Step[],
  walked: Walked,
  print: (line: string) => void,
  kind = kindOf(walked.wrong[0]),
): Promise<{ steps: readonly Step[]; walked: Walked }> {
  const until = Date.now() + PATIENCE;
  let best = { steps, walked };
  if (!walked.wrong.some(sentence => kindOf(sentence) === kind)) return best;
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = best.steps.length - size; from > -size; from -= size) {
      if (Date.now() > until) return best;
      const fewer = best.steps.filter((_, index) => index < from || index >= from + size);
      const again = await walk(seed, fewer);
      if (again.wrong.some(sentence => kindOf(sentence) === kind)) best = { steps: fewer, walked: again };
    }
    print(`  … ${best.steps.length} steps are left for ${kind}`);
  }
  return best;
}
