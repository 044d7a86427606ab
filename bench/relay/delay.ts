import type { Figure } from '../transfer/figure.ts';
import { percentile, underLoad } from './load.ts';

const APPS = 100;
const QUIET = 2_000;
const BAR = 50;
/** Of each app, one soon after the other. */
const TIMES = 3;
/** Apps a second, few enough that none waits for another one's dispatch. */
const APART = 5;

/** Only the last notification's quiet counts. */
export function delay(): Promise<Figure[]> {
  return underLoad({ apps: APPS, quiet: `${QUIET}ms`, maxWait: '60s' }, async on => {
    const dispatched = on.github.dispatched(APPS, 60_000);
    const { last } = await on.load({
      ids: on.apps.flatMap(id => Array<string>(TIMES).fill(id)),
      count: TIMES * APPS,
      connections: 4,
      perSecond: TIMES * APART,
    });
    const beyond = (await dispatched).map(({ at, client_payload }) => {
      const { id } = Object(client_payload.object);
      return at - (last[id] ?? Number.NaN) - QUIET;
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
