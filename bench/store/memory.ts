import { setTimeout as wait } from 'node:timers/promises';
import { openStore } from '../../src/relay/store/store.ts';
import { startFast } from '../../test/relay/process.ts';
import { surround } from '../../test/relay/surroundings.ts';
import { compiledRelay, peakOf } from '../relay/load.ts';
import type { Figure } from '../transfer/figure.ts';
import { fill, type Size } from './place.ts';

const BAR = 160;
/** Of dispatching, with the metrics read all the while, ms. */
const TIME = 15_000;

/** The peak of a relay that starts with so many changes, on SQLite and on PostgreSQL. */
export async function memory({ backlogs }: Size): Promise<Figure[]> {
  const rows = backlogs.at(-1) ?? 0;
  return [await peak('SQLite', rows), await peak('PostgreSQL', rows)];
}

async function peak(engine: 'SQLite' | 'PostgreSQL', rows: number): Promise<Figure> {
  const around = await surround({ apps: [], quiet: '1s', maxWait: '2s', onFile: engine === 'SQLite' });
  await (await openStore(around.store)).close();
  await fill(around.store, rows);
  const relay = startFast(around.config, { interval: 10, period: 60_000, entry: compiledRelay() });
  try {
    await relay.listening;
    const until = Date.now() + TIME;
    while (Date.now() < until) {
      await around.get('/metrics');
      await around.get('/readyz?verbose');
      await wait(500);
    }
    const most = peakOf(relay.pid);
    return {
      what: `${engine}, ${rows.toLocaleString('en')} rows, ${around.github.dispatches.length} dispatched meanwhile`,
      measured: `${most.toFixed(0)} MiB`,
      bar: { text: `under ${BAR} MiB`, met: most > 0 && most < BAR },
    };
  } finally {
    await relay.kill('SIGTERM');
    await around.stop();
  }
}
