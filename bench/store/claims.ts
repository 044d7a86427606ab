import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../src/relay/store/store.ts';
import { storePlace } from '../../test/relay/store-place.ts';
import { type Figure, median } from '../transfer/figure.ts';
import { fill, type Size } from './place.ts';

/** A million rows may take so much more time than a thousand. */
const BAR = 3 / 2;
const LANE = [{ repository: 'acme/events' }];
const BATCHES = 5;

/** Claims and their outcomes a second, while so many rows wait. In turns, so that whatever else runs hits all. */
export async function claims(size: Size): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'qrs-relay-bench-'));
  try {
    const sqlite = await speeds(size, async rows => join(folder, `${rows}.db`));
    const postgres = await speeds(size, () => storePlace(''));
    return [...figures('SQLite', sqlite), ...figures('PostgreSQL', postgres)];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function speeds(
  { backlogs, claims }: Size,
  placeFor: (rows: number) => Promise<string>,
): Promise<[number, number][]> {
  const stores = [];
  for (const rows of backlogs) {
    const place = await placeFor(rows);
    const store = await openStore(place);
    await fill(place, rows);
    stores.push({ rows, store, speeds: [] as number[] });
  }
  for (let batch = 0; batch <= BATCHES; batch += 1) {
    for (const { store, speeds } of stores) {
      const began = performance.now();
      const count = Math.ceil(claims / BATCHES / 2);
      for (let number = 0; number < count; number += 1) {
        const now = Date.now();
        const id = await store.turn(async (book, turn) => {
          const found = await turn.claim({ now, tick: now }, LANE);
          return { book: { ...book, earliest: now }, result: found?.id };
        });
        await store.turn(async (book, turn) => {
          await turn.settle(id ?? '', { state: 'delivered' }, now, 1);
          return { book, result: undefined };
        });
      }
      // The first batch is to warm up.
      if (batch > 0) speeds.push((count / (performance.now() - began)) * 1000);
    }
  }
  for (const { store } of stores) await store.close();
  return stores.map(({ rows, speeds }) => [rows, median(speeds)]);
}

function figures(engine: string, all: readonly [number, number][]): Figure[] {
  const [[, first] = [0, 0]] = all;
  return all.map(([rows, speed], index) => ({
    what: `${engine}, ${rows.toLocaleString('en')} rows wait`,
    measured: `${speed.toFixed(0)} claimed and written as delivered a second`,
    ...(index === all.length - 1
      ? { bar: { text: `at least ${(first / BAR).toFixed(0)}`, met: speed >= first / BAR } }
      : {}),
  }));
}
