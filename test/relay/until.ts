import { setTimeout as wait } from 'node:timers/promises';

/** Between two looks, ms. */
const LOOK = 100;

/** Looks until `isSo`, for at most `ms` of real time: for what other processes do. Resolves to how long it took, ms. */
export async function until(ms: number, what: string, isSo: () => Promise<boolean>): Promise<number> {
  const began = performance.now();
  for (;;) {
    if (await isSo()) return performance.now() - began;
    if (performance.now() - began > ms) throw new Error(`within ${ms} ms it did not come to this: ${what}`);
    await wait(LOOK);
  }
}
