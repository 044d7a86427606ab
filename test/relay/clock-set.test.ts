import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Delivery } from '../../src/relay/store/delivery.ts';
import { openStore, type Store } from '../../src/relay/store/store.ts';
import { change, LANE, moment, want } from './changes.ts';
import { storePlace } from './store-place.ts';

/** When what waits in the store is due after somebody has set a clock. */

const HOUR = 3_600_000;
const folder = mkdtempSync(join(tmpdir(), 'qrs-relay-clock-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let number = 0;

async function stored(work: (store: Store) => Promise<void>): Promise<void> {
  number += 1;
  const store = await openStore(await storePlace(join(folder, `${number}.db`)));
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

async function only(store: Store): Promise<Delivery> {
  const [one, ...more] = await store.list({ limit: 10 });
  assert.deepEqual(more, []);
  return one ?? assert.fail('nothing is there');
}

for (const [how, step] of [
  ['forward', 3 * HOUR],
  ['back', -3 * HOUR],
] as const) {
  test(`clock: what waits is due as before where the machine's was set ${how} and the relay starts again`, () =>
    stored(async store => {
      const began = 10 * HOUR;
      await store.accept([change({ quiet: 5_000, maxWait: 60_000 })], moment(began), 10);
      await store.turn(async book => ({ book: { ...book, ahead: step }, result: undefined }));
      // The steady time of the next relay begins at the clock as it was set.
      await store.recover(moment(began + step + 1_000));
      const { due, deadline } = await only(store);
      assert.deepEqual([due, deadline], [began + step + 5_000, began + step + 60_000]);
    }));
}

test('clock: what keeps changing waits no longer than before after one was set back', () =>
  stored(async store => {
    const kept = change({ quiet: 5_000, maxWait: 60_000 });
    await store.accept([kept], moment(10 * HOUR), 10);
    await store.recover(moment(HOUR));
    for (let now = HOUR; now <= HOUR + 120_000; now += 4_000) await store.accept([kept], moment(now), 10);
    const { due } = await only(store);
    assert.ok(due <= HOUR + 120_000, `it is due ${due - HOUR} ms after the start`);
  }));

test("clock: a call of a relay that is gone counts as lost in time after the database's was set back", () =>
  stored(async store => {
    await store.accept([change()], moment(0), 10);
    await want(store, 'one', 100);
    await store.claim(moment(10 * HOUR), LANE);
    await store.hurry(HOUR);
    const { lease = 0 } = await only(store);
    assert.ok(lease <= HOUR + 60_000, `lease until ${lease}`);
  }));
