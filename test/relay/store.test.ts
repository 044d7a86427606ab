import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Delivery, Seen, Told } from '../../src/relay/store/delivery.ts';
import { openStore } from '../../src/relay/store/open.ts';
import type { Store } from '../../src/relay/store/store.ts';

/** What the store keeps, where a relay would have to meet a rare moment to show it. */

const folder = mkdtempSync(join(tmpdir(), 'qrs-relay-store-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let number = 0;

function told(more: Partial<Told> = {}): Told {
  return {
    subscription: 'apps',
    site: 'dev',
    entity: 'App',
    object: 'one',
    change: 'update',
    changed: ['name'],
    date: 900,
    since: undefined,
    gap: false,
    quiet: 10,
    maxWait: 10,
    ...more,
  };
}

const SEEN: Seen = { modified: 1000, mark: '', digest: '', sent: false, ignored: false };

/** A change that was read back and is wanted, in a store of its own. */
async function wanted(work: (store: Store, delivery: Delivery) => Promise<void>): Promise<void> {
  number += 1;
  const store = await openStore(join(folder, `${number}.db`));
  try {
    await store.accept([told()], 0, 10);
    const [delivery] = await store.toDecide(100, 'dev');
    assert.ok(delivery);
    assert.ok(await store.want(delivery, '{}', SEEN, 100));
    await work(store, delivery);
  } finally {
    await store.close();
  }
}

async function only(store: Store): Promise<Delivery> {
  const [one, ...more] = await store.list({ limit: 10 });
  assert.deepEqual(more, []);
  return one ?? assert.fail('nothing is there');
}

test('a notification is not lost behind what was found by asking, in one commit', () =>
  wanted(async store => {
    const found = told({ date: 1000, since: 0, changed: undefined });
    await store.accept([found, told({ date: undefined })], 200, 10);
    const one = await only(store);
    // It is to be read back anew.
    assert.deepEqual([one.payload, one.count], [undefined, 2]);
  }));

test('what was given up before it was sent does not count as told', () =>
  wanted(async (store, { id }) => {
    await store.accept([told({ date: 1001 })], 200, 10);
    await store.settle(id, { state: 'dead', reason: 'not to be read', cause: 'site' }, 300);
    assert.notEqual((await store.seen('apps', 'one'))?.sent, true);
  }));

test('what lost its subscription is given up, and taken up again when that is back', () =>
  wanted(async (store, { id }) => {
    assert.equal(await store.adopt([{ subscription: 'others', site: 'dev' }], 200), 1);
    assert.deepEqual([(await only(store)).state, (await only(store)).cause], ['dead', 'configuration']);
    assert.equal(await store.adopt([{ subscription: 'apps', site: 'dev' }], 300), 0);
    const again = await only(store);
    assert.deepEqual([again.id, again.state], [id, 'pending']);
  }));
