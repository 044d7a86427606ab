import { setTimeout as wait } from 'node:timers/promises';
import type { Figure } from '../transfer/figure.ts';
import { percentile, underLoad } from './load.ts';

const APPS = 100;
const QUIET = 2_000;
const BAR = 50;
/** Of each app, one soon after the other. */
const TIMES = 3;
/** Changes a second, few enough that none waits for another one's dispatch. */
const PER_SECOND = 15;

/** A user changes each app over QRS, which notifies of it; only the last notification's quiet counts. */
export function delay(): Promise<Figure[]> {
  return underLoad({ apps: APPS, quiet: `${QUIET}ms`, maxWait: '60s' }, async on => {
    const dispatched = on.github.dispatched(APPS, 60_000);
    const last = new Map<string, number>();
    const began = Date.now();
    for (const [index, id] of on.apps.flatMap(app => Array<string>(TIMES).fill(app)).entries()) {
      await wait(Math.max(0, began + (index * 1000) / PER_SECOND - Date.now()));
      await on.rename(id, `App, version ${index}`);
      last.set(id, Date.now());
    }
    const beyond = (await dispatched).map(({ at, client_payload }) => {
      const { id } = Object(client_payload.object);
      return at - (last.get(id) ?? Number.NaN) - QUIET;
    });
    const most = percentile(beyond, 95);
    return [
      { what: 'half of them', measured: `${percentile(beyond, 50).toFixed(0)} ms beyond quiet` },
      {
        what: '95 in 100',
        measured: `${most.toFixed(0)} ms beyond quiet`,
        bar: { text: `at most ${BAR} ms`, met: most <= BAR },
      },
    ];
  });
}
