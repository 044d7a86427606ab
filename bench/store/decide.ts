import { setTimeout as wait } from 'node:timers/promises';
import { ids } from '../../test/relay/load.ts';
import { startFast } from '../../test/relay/process.ts';
import { execute } from '../../test/relay/store-place.ts';
import { surround } from '../../test/relay/surroundings.ts';
import { compiledRelay, sendLoad } from '../relay/load.ts';
import type { Figure } from '../transfer/figure.ts';
import type { Size } from './place.ts';

/** Notifications in a call, and calls at a time: a site that reports a burst. */
const ITEMS = 500;
const CONNECTIONS = 4;
/** So long that all have arrived before the first one is read back, ms. */
const QUIET = 10_000;
/** Nothing is dispatched meanwhile, ms. */
const NEVER = 3_600_000;

/** A burst of changes of as many apps: how fast one relay stores them, and reads them back. */
export async function decide({ burst }: Size): Promise<Figure[]> {
  return [...(await burstOn('PostgreSQL', burst)), ...(await burstOn('SQLite', burst))];
}

async function burstOn(engine: 'PostgreSQL' | 'SQLite', burst: number): Promise<Figure[]> {
  const apps = ids(burst);
  const around = await surround({
    apps: apps.map((id, index) => ({ id, name: `App ${index}`, size: 10 })),
    ...{ quiet: `${QUIET}ms`, maxWait: '60s', onFile: engine === 'SQLite' },
  });
  const relay = startFast(around.config, { interval: NEVER, period: 60_000, entry: compiledRelay() });
  try {
    await relay.listening;
    await around.watched();
    for (const [index, id] of apps.entries()) around.renameSecretly(id, `App ${index} again`);
    const urls = [new URL(await around.callback(), around.at).href];
    const began = Date.now();
    const { took, refused } = await sendLoad({
      ...{ urls, ids: apps, count: burst / ITEMS, items: ITEMS, connections: CONNECTIONS },
    });
    if (refused > 0) throw new Error(`${refused} calls were turned away: ${relay.log()}`);
    const stored = engine === 'PostgreSQL' ? await bytesOf(around.store) : 0;
    const unread = () => around.look(store => store.toRead(Number.MAX_SAFE_INTEGER, { site: 'dev' }, 1));
    while ((await unread()).length > 0) await wait(100);
    const readBack = Date.now() - began - QUIET;
    await relay.kill('SIGTERM');
    const figures = [
      { what: `${engine}: stored, ${ITEMS} in a call`, measured: aSecond(burst, took) },
      { what: `${engine}: read back from the site and decided`, measured: aSecond(burst, readBack) },
    ];
    if (engine === 'SQLite') return figures;
    await execute(around.store, 'VACUUM FULL');
    const decided = await bytesOf(around.store);
    const each = (bytes: number) => `${(bytes / burst / 1000).toFixed(2)} kB`;
    return [
      ...figures,
      { what: `${engine}: a change that waits to be read back, with its indexes`, measured: each(stored) },
      { what: `${engine}: a change that was decided, with what is remembered`, measured: each(decided) },
    ];
  } finally {
    await relay.kill('SIGTERM');
    await around.stop();
  }
}

function aSecond(count: number, ms: number): string {
  return `${((count / ms) * 1000).toFixed(0)} a second`;
}

async function bytesOf(place: string): Promise<number> {
  const [found] = await execute(
    place,
    "SELECT pg_total_relation_size('delivery') + pg_total_relation_size('memory') AS bytes",
  );
  return Number(found?.bytes);
}
