import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { runAction } from './action.ts';
import type { Figure } from './figure.ts';
import { BIG, expectLive, onPair } from './sites.ts';

const SIZES = [128, 1024, 4096];
const MOST = 160;
const APART = 16;

/** Whether memory grows with the app. */
export async function memory(): Promise<Figure[]> {
  const { bavail, bsize } = await statfs(tmpdir());
  if (bavail * bsize < 5 * 2 ** 30) throw new Error(`less than 5 GiB is free in ${tmpdir()}`);
  const peaks: number[] = [];
  const figures: Figure[] = [];
  for (const size of SIZES) {
    await onPair(size, async ({ dev, test }) => {
      const { peak } = await runAction(BIG, { dev, test });
      await expectLive(test, size * 2 ** 20);
      peaks.push(peak);
      figures.push({
        what: `${size} MiB app`,
        measured: `${peak.toFixed(0)} MiB`,
        bar: { text: `under ${MOST} MiB`, met: peak > 0 && peak < MOST },
      });
    });
  }
  const apart = Math.max(...peaks) - Math.min(...peaks);
  const bar = { text: `at most ${APART} MiB`, met: apart <= APART };
  return [...figures, { what: 'apart', measured: `${apart.toFixed(0)} MiB`, bar }];
}
