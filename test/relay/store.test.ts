import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Delivery } from '../../src/relay/store/delivery.ts';
import { MIGRATIONS } from '../../src/relay/store/schema.ts';
import { StoreError } from '../../src/relay/store/sql.ts';
import { openStore, type Store } from '../../src/relay/store/store.ts';
import { change, LANE, memory, moment, want } from './changes.ts';
import { contents, execute, ofSqlite, storePlace } from './store-place.ts';

/** What the store keeps, where a relay would have to meet a rare moment to show it. */

const folder = mkdtempSync(join(tmpdir(), 'qrs-relay-store-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let number = 0;
function fresh(): Promise<string> {
  number += 1;
  return storePlace(join(folder, `${number}.db`));
}

async function stored(work: (store: Store, path: string) => Promise<void>): Promise<void> {
  const path = await fresh();
  const store = await openStore(path);
  try {
    await work(store, path);
  } finally {
    await store.close();
  }
}

/** A change that was read back and is wanted, in a store of its own. */
function wanted(work: (store: Store, delivery: Delivery) => Promise<void>): Promise<void> {
  return stored(async store => {
    await store.accept([change()], moment(0), 10);
    await work(store, await want(store, 'one', 100));
  });
}

async function only(store: Store): Promise<Delivery> {
  const [one, ...more] = await store.list({ limit: 10 });
  assert.deepEqual(more, []);
  return one ?? assert.fail('nothing is there');
}

test('store: a notification is not lost behind what was found by asking, in one commit', () =>
  wanted(async store => {
    const found = change({ date: 1000, since: 0, changed: undefined });
    await store.accept([found, change({ date: undefined })], moment(200), 10);
    const one = await only(store);
    assert.deepEqual([one.unread, one.payload, one.count], [true, undefined, 2]);
  }));

for (const [what, more] of [
  ['is notified in a gap', { gap: true }],
  ['was found by asking', { since: 0, date: 2000, change: 'add' }],
  ['was found by asking in a gap, and waits already', { since: 0, gap: true }],
] as const) {
  test(`store: a first reading proves nothing any more when a change ${what}`, () =>
    stored(async store => {
      const { added } = await store.accept([change()], moment(0), 10);
      await store.witness(
        added.map(({ id }) => id),
        [],
        0,
      );
      assert.equal((await only(store)).own, true);
      await store.accept([change(more)], moment(1), 10);
      assert.equal((await only(store)).own, false);
    }));
}

test('store: a reading that ends after a dispatch does not change what is repeated', () =>
  stored(async store => {
    await store.accept([change()], moment(0), 10);
    const wants = async (payload: string, now: number) => {
      const [delivery] = await store.toRead(now, { site: 'dev' }, 10);
      assert.ok(delivery);
      return { kind: 'wanted', delivery, payload, memory: memory() } as const;
    };
    // More joins during the first reading, and max-wait is over: the payload counts, and the rest stays unread.
    const first = await wants('{"count":1,"changed":[]}', 100_000);
    await store.accept([change()], moment(100_000), 10);
    assert.equal((await store.conclude([first], moment(200_000))).length, 1);
    const second = await wants('{"count":2,"changed":[]}', 200_000);
    const sent = await store.claim(moment(200_000), LANE);
    assert.equal(sent?.payload, first.payload);
    const lost = {
      state: 'pending',
      reason: 'no answer',
      due: 200_000,
      maybeSent: true,
      refused: false,
    } as const;
    await store.settle(sent.id, lost, 200_000);
    for (const late of [second, { kind: 'unwanted', delivery: second.delivery, reason: 'late' } as const])
      assert.deepEqual(await store.conclude([late], moment(200_000)), []);
    const [repeated] = await store.list({ ids: [sent.id], limit: 1 });
    assert.deepEqual([repeated?.state, repeated?.payload], ['pending', first.payload]);
  }));

test('store: what comes joins what was not tried, also after max-wait; what was tried stays as it is', () =>
  wanted(async (store, { id }) => {
    await store.accept([change()], moment(99_000), 10);
    assert.deepEqual([(await only(store)).id, (await only(store)).count], [id, 2]);
    assert.equal(await store.claim(moment(99_000), LANE), undefined, 'it is to be read back again first');
    await want(store, 'one', 99_000, 1001);
    assert.equal((await store.claim(moment(99_000), LANE))?.id, id);
    const settlement = {
      state: 'pending',
      reason: 'no answer',
      due: 99_000,
      maybeSent: true,
      refused: false,
    } as const;
    await store.settle(id, settlement, 99_000);
    for (const now of [99_100, 99_200, 99_300]) await store.accept([change()], moment(now), 10);
    const rows = await store.list({ limit: 10 });
    assert.deepEqual(rows.map(({ count }) => count).sort(), [2, 3]);
    // The other one waits for it.
    await want(store, 'one', 99_400, 1002);
    assert.equal((await store.claim(moment(99_400), LANE))?.id, id);
    assert.equal(await store.claim(moment(99_400), LANE), undefined);
  }));

test('store: an entity that is notified during each reading is sent, and the rest becomes a delivery of its own', () =>
  stored(async store => {
    await store.accept([change({ changed: ['a'] })], moment(0), 10);
    const [delivery] = await store.toRead(100, { site: 'dev' }, 200);
    assert.ok(delivery);
    await store.accept([change({ changed: ['b'] })], moment(100), 10);
    const payload = JSON.stringify({ count: 1, changed: ['a'] });
    const decision = { kind: 'wanted', delivery, payload, memory: memory() } as const;
    assert.equal((await store.conclude([decision], moment(100))).length, 1);
    assert.equal((await store.claim(moment(100), LANE))?.id, delivery.id);
    const rows = await store.list({ limit: 10 });
    assert.deepEqual(rows.map(({ changed, count }) => [changed, count]).sort(), [
      [['a'], 1],
      [['b'], 1],
    ]);
  }));

test('store: each repository has its share, and one that is full turns no other away', () =>
  stored(async store => {
    const of = (repository: string, object: string) => change({ repository, object });
    const batch = [of('a/full', 'one'), of('a/full', 'two'), of('a/full', 'three'), of('b/free', 'four')];
    const { rejected, stored } = await store.accept(batch, moment(0), 2);
    assert.deepEqual([rejected.map(({ object }) => object), stored], [['three'], 3]);
    assert.deepEqual((await store.counts()).waiting, { 'a/full': 2, 'b/free': 1 });
    assert.equal((await store.accept([of('a/full', 'one')], moment(1), 2)).rejected.length, 0);
  }));

test('store: what lost its subscription is given up, and taken up again when that is back', () =>
  wanted(async (store, { id }) => {
    const known = (subscription: string) => [{ subscription, repository: 'acme/events', sites: ['dev'] }];
    assert.equal(await store.adopt(known('others'), { now: 200, tick: 200 }), 1);
    assert.deepEqual([(await only(store)).state, (await only(store)).cause], ['dead', 'configuration']);
    assert.equal(await store.adopt(known('apps'), { now: 300, tick: 300 }), 0);
    const again = await only(store);
    assert.deepEqual([again.id, again.state], [id, 'pending']);
    // It is the one that further changes join.
    await store.accept([change()], moment(400), 10);
    assert.equal((await only(store)).count, 2);
  }));

test('store: a site that was renamed keeps what waits, which is read back under its new name', () =>
  wanted(async (store, { id }) => {
    const known = [{ subscription: 'apps', repository: 'acme/other', sites: ['Development', 'dev'] }];
    assert.equal(await store.adopt(known, { now: 200, tick: 200 }), 0);
    const { site, repository, unread, state } = await only(store);
    assert.deepEqual([site, repository, unread, state], ['Development', 'acme/other', true, 'pending']);
    assert.equal((await store.toRead(200, { site: 'Development' }, 200))[0]?.id, id);
  }));

test('store: two thousand subscriptions are adopted', () =>
  wanted(async store => {
    const known = Array.from({ length: 2_000 }, (_, one) => ({
      subscription: `other-${one}`,
      repository: 'acme/events',
      sites: ['dev'],
    }));
    assert.equal(await store.adopt(known, { now: 200, tick: 200 }), 1);
  }));

for (const harm of ["changed = 'no list'", 'first = 9007199254740993']) {
  test(`store: a row damaged by ${harm} is given up by itself, and whoever opened the store hears of it`, async () => {
    const path = await fresh();
    const said: string[] = [];
    const store = await openStore(path, 'edit', { damaged: id => said.push(id) });
    await store.accept([change(), change({ object: 'two' })], moment(0), 10);
    await execute(path, `UPDATE delivery SET ${harm} WHERE object = 'one'`);
    assert.deepEqual(
      (await store.toRead(100, { site: 'dev' }, 200)).map(({ object }) => object),
      ['two'],
    );
    const [dead, ...more] = await store.list({ states: ['dead'], limit: 10 });
    assert.deepEqual([dead?.object, dead?.reason, more], ['one', 'its row in the store is damaged', []]);
    assert.deepEqual(said, [dead?.id]);
    await store.close();
  });
}

test('store: a change is accepted although the row of its entity that waits is damaged', () =>
  stored(async (store, path) => {
    await store.accept([change()], moment(0), 10);
    await execute(path, "UPDATE delivery SET changed = 'no list'");
    const { stored, joined } = await store.accept([change()], moment(100), 10);
    assert.deepEqual([stored, joined], [1, []]);
    const { pending, dead } = (await store.counts()).states;
    assert.deepEqual([pending, dead], [1, 1]);
  }));

test('store: what is remembered has a limit of its own, whatever is kept of the history', () =>
  stored(async store => {
    const batch = Array.from({ length: 10_050 }, (_, one) => change({ object: `app ${one}` }));
    await store.accept(batch, moment(0), 20_000);
    for (
      let due = await store.toRead(100, { site: 'dev' }, 200);
      due.length > 0;
      due = await store.toRead(100, { site: 'dev' }, 200)
    ) {
      const decisions = due.map(delivery => ({
        kind: 'unwanted' as const,
        reason: 'a test',
        memory: memory(),
        delivery,
      }));
      await store.conclude(decisions, moment(100));
    }
    await store.prune(1_000_000, { age: 1, rows: 0 });
    assert.equal((await store.list({ limit: 10 })).length, 0);
    const memoryOf = await store.memories(batch);
    assert.equal(batch.filter(memoryOf).length, 10_000);
  }));

test('store: a second relay is kept away, and told why; a lock ends with its holder', {
  skip: ofSqlite,
}, async () => {
  const path = await fresh();
  const store = await openStore(path, 'run');
  await assert.rejects(
    () => openStore(path, 'run'),
    (error: unknown) =>
      error instanceof StoreError && /^Another relay runs on the store .*Stop the first/.test(error.message),
  );
  await (await openStore(path, 'edit')).close();
  await store.close();
  await (await openStore(path, 'run')).close();
});

test(
  'store: a lock of another process holds up the event loop for moments only, and is waited for',
  {
    skip: ofSqlite,
  },
  () =>
    stored(async (store, path) => {
      const other = new DatabaseSync(path);
      other.exec('BEGIN IMMEDIATE');
      let ticks = 0;
      const ticking = setInterval(() => (ticks += 1), 5);
      const accepted = store.accept([change()], moment(0), 10);
      await wait(1_000);
      other.exec('ROLLBACK');
      assert.equal((await accepted).stored, 1);
      clearInterval(ticking);
      other.close();
      // On a busy machine there are fewer than two hundred; a loop that stands still has one or two.
      assert.ok(ticks > 5, `the loop turned ${ticks} times in a second`);
    }),
);

test('store: one of a newer version, or of somebody else, is refused before anything is touched', async () => {
  for (const [sql, words] of [
    [
      `CREATE TABLE setting (name TEXT, value TEXT); CREATE TABLE delivery (id TEXT);
      INSERT INTO setting VALUES ('schema', '${MIGRATIONS.length + 1}')`,
      /made by a newer relay/,
    ],
    ['CREATE TABLE songs (name TEXT)', /is not a store of the relay/],
  ] as const) {
    const path = await fresh();
    await execute(path, sql);
    const before = await contents(path);
    for (const use of ['run', 'edit', 'look'] as const) {
      await assert.rejects(
        () => openStore(path, use),
        (error: unknown) => error instanceof StoreError && words.test(error.message),
      );
    }
    assert.deepEqual(await contents(path), before);
  }
});

test('store: to look writes nothing, also into a file that is no store', { skip: ofSqlite }, async () => {
  const path = await fresh();
  writeFileSync(path, '');
  await assert.rejects(() => openStore(path, 'look'), /is empty/);
  assert.equal(readFileSync(path).length, 0);
  await assert.rejects(() => openStore(join(folder, 'none.db'), 'look'));
  assert.equal(existsSync(join(folder, 'none.db')), false);
});

test('store: a later relay brings an older store up to date once, and an older relay then refuses it untouched', async () => {
  const path = await fresh();
  const first = await openStore(path, 'run');
  await first.accept([change()], moment(0), 10);
  const secret = await first.setting('secret', () => 'made once');
  await first.close();
  const later = [...MIGRATIONS, "ALTER TABLE memory ADD COLUMN stream TEXT NOT NULL DEFAULT 'none'"];
  for (const use of ['look', 'edit'] as const) {
    await assert.rejects(
      () => openStore(path, use, { steps: later }),
      new RegExp(`is of version ${MIGRATIONS.length}, made by an older relay: "run" brings it`),
    );
  }
  for (const time of [1, 2]) {
    const second = await openStore(path, 'run', { steps: later });
    assert.equal((await second.list({ limit: 10 })).length, 1, `time ${time}`);
    assert.equal(await second.setting('secret', () => 'made anew'), secret);
    await second.close();
  }
  const before = await contents(path);
  for (const use of ['run', 'edit', 'look'] as const) {
    await assert.rejects(
      () => openStore(path, use),
      new RegExp(
        `is of version ${later.length}, made by a newer relay; this one knows ${MIGRATIONS.length}\\.`,
      ),
    );
  }
  assert.deepEqual(await contents(path), before);
});

test('store: a step that fails leaves the store as it was', async () => {
  const path = await fresh();
  await (await openStore(path, 'run')).close();
  const wrong = [...MIGRATIONS, 'ALTER TABLE memory ADD COLUMN stream TEXT; INSERT INTO absent VALUES (1)'];
  await assert.rejects(
    () => openStore(path, 'run', { steps: wrong }),
    /^StoreError: The store .* cannot be used: (no such table|relation "absent" does not exist)/,
  );
  const store = await openStore(path, 'run');
  assert.equal((await store.memories([change()]))(change()), undefined);
  await store.close();
  const right = [...MIGRATIONS, 'ALTER TABLE memory ADD COLUMN stream TEXT'];
  await (await openStore(path, 'run', { steps: right })).close();
});

test('store: what its site cannot show is counted by subscription, with the reason', () =>
  stored(async store => {
    await store.accept([change(), change({ object: 'two' }), change({ object: 'three' })], moment(5), 10);
    assert.deepEqual((await store.delays()).unreadable, []);
    const [one, two] = await store.toRead(100, { site: 'dev' }, 200);
    assert.ok(one && two);
    const again = { kind: 'again', due: 9_000, looks: 0 } as const;
    const reason = 'The site refused.';
    await store.conclude(
      [
        { ...again, delivery: one, reason },
        { ...again, delivery: two },
      ],
      moment(100),
    );
    assert.deepEqual((await store.delays()).unreadable, [
      { subscription: 'apps', number: 1, oldest: new Date(5).toISOString(), reason },
    ]);
  }));

test('store: what came too late of a call that another relay has taken over changes nothing, but for success', () =>
  wanted(async (store, { id }) => {
    assert.equal((await store.claim(moment(200), LANE))?.attempts, 1);
    const later = {
      state: 'pending',
      reason: 'no answer',
      due: 300,
      maybeSent: true,
      refused: false,
    } as const;
    await store.settle(id, later, 300, 1);
    assert.equal((await store.claim(moment(400), LANE))?.attempts, 2);
    await store.settle(id, { ...later, reason: 'too late' }, 500, 1);
    assert.deepEqual([(await only(store)).state, (await only(store)).reason], ['leased', 'no answer']);
    await store.settle(id, { state: 'delivered' }, 500, 1);
    await store.settle(id, later, 600, 2);
    assert.equal((await only(store)).state, 'delivered');
  }));

const onlyPostgres = { skip: ofSqlite ? false : 'one relay at a time has the file' };

test(
  'store: the dispatch of a relay that is gone is repeated by another, when its lease ends',
  onlyPostgres,
  () =>
    wanted(async (store, { id }) => {
      assert.equal((await store.claim(moment(200), LANE))?.id, id);
      assert.equal(await store.claim(moment(60_199), LANE), undefined);
      const again = await store.claim(moment(60_200), LANE);
      assert.deepEqual([again?.id, again?.attempts, again?.maybeSent], [id, 2, true]);
    }),
);

test('store: two relays that accept and claim at once share all and lose nothing', async () => {
  const path = await fresh();
  const stores = [await openStore(path), await openStore(path)];
  const [first] = stores;
  assert.ok(first);
  const objects = Array.from({ length: 20 }, (_, index) => `app ${index}`);
  await Promise.all(
    Array.from({ length: 10 }, (_, time) =>
      stores.map(store => {
        const batch = objects.map(object => change({ object, maxWait: 1000, changed: [`name ${time}`] }));
        return store.accept(time % 2 ? batch : batch.toReversed(), moment(time), 1000);
      }),
    ).flat(),
  );
  const rows = await first.list({ limit: 100 });
  assert.deepEqual(new Set(rows.map(({ count }) => count)), new Set([20]));
  assert.equal(rows.length, objects.length);
  for (const object of objects) await want(first, object, 2000);
  const claims = await Promise.all(
    Array.from({ length: 15 }, () =>
      stores.map(store => store.turn(async (_, turn) => ({ result: await turn.claim(moment(2000), LANE) }))),
    ).flat(),
  );
  const ids = claims.flatMap(one => (one ? [one.id] : []));
  assert.deepEqual([ids.length, new Set(ids).size], [20, 20]);
  for (const store of stores) await store.close();
});
