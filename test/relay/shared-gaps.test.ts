import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { shareGaps } from '../../src/relay/hold/shared-gaps.ts';
import { openStore, type Store } from '../../src/relay/store/store.ts';
import { storePlace } from './store-place.ts';

/** What relays tell each other of calls that they could not take. */

const folder = mkdtempSync(join(tmpdir(), 'qrs-relay-gaps-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('shared gaps: a call that is missed while the store takes an earlier miss is told, too', async () => {
  const store = await openStore(await storePlace(join(folder, 'store.db')));
  try {
    const sites = new Map([['dev', ['apps']]]);
    const told: string[] = [];
    const miss: Store['miss'] = async (subscriptions, mark) => {
      if (told.length === 0) shared.missed('apps');
      told.push(mark);
      await store.miss(subscriptions, mark);
    };
    const shared = shareGaps({ store: { ...store, miss } }, { sites, name: 'one' }, new Map());
    shared.missed('apps');
    await shared.run();
    assert.equal(shared.hasGap('apps'), true);
    await shared.run();
    assert.equal(told.length, 2);
    assert.deepEqual(await store.misses(), [{ subscription: 'apps', mark: told[1] }]);
    await shared.run();
    assert.equal(told.length, 2, 'nothing was missed since');
  } finally {
    await store.close();
  }
});
