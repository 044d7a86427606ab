import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { ReportedChange } from '../../src/relay/store/join.ts';
import { openStore, type Store } from '../../src/relay/store/store.ts';
import { change, LANE, moment, want } from './changes.ts';
import { execute, storePlace } from './store-place.ts';

/** Which changes get a delivery of their own, which join one, and which are turned away (docs/relay.md). */

const folder = mkdtempSync(join(tmpdir(), 'qrs-relay-accept-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let number = 0;

function on(what: string, work: (it: Awaited<ReturnType<typeof scene>>) => Promise<void>): void {
  test(`accept: ${what}`, async () => {
    const it = await scene();
    try {
      await work(it);
    } finally {
      await it.store.close();
    }
  });
}

async function scene() {
  number += 1;
  const place = await storePlace(join(folder, `${number}.db`));
  const damaged: string[] = [];
  const store = await openStore(place, 'edit', { damaged: id => damaged.push(id) });
  return {
    store,
    place,
    damaged,
    accept: (batch: readonly Partial<ReportedChange>[], now = 0, share = 10) =>
      store.accept(batch.map(change), moment(now), share),
    rows: async () =>
      (await store.list({ limit: 100 })).toSorted(
        (one, other) => one.seq - other.seq || one.id.localeCompare(other.id),
      ),
  };
}

/** Reads an entity's change back, has it called for, and without an answer. */
async function tried(store: Store, object = 'one', now = 100): Promise<void> {
  await want(store, object, now);
  const claimed = await store.claim(moment(now), LANE);
  assert.equal(claimed?.object, object);
  const reason = 'no answer';
  const again = { state: 'pending', reason, due: now, maybeSent: true, refused: false, failed: now } as const;
  await store.settle(claimed.id, again, now);
}

on('a change of an entity of which nothing waits gets a delivery', async ({ accept, rows }) => {
  const result = await accept([{}], 7);
  const [row, ...more] = await rows();
  assert.deepEqual(more, []);
  assert.deepEqual(result, {
    stored: 1,
    joined: [],
    rejected: [],
    added: [{ id: row?.id, reported: change() }],
  });
  const { object, count, changed, state, first, last, due, deadline, unread } = row ?? assert.fail();
  assert.deepEqual(
    [object, count, changed, state, first, last, due, deadline, unread],
    ['one', 1, ['name'], 'pending', 7, 7, 17, 17, true],
  );
});

on('deliveries keep the order of arrival, also after what is sent', async ({ store, accept, rows }) => {
  await accept([{ object: 'one' }, { object: 'two' }]);
  await accept([{ object: 'three' }]);
  for (const { id } of await rows()) await store.settle(id, { state: 'delivered' }, 1);
  await accept([{ object: 'four' }, { object: 'five' }]);
  const all = await rows();
  assert.deepEqual(
    all.map(({ object }) => object),
    ['one', 'two', 'three', 'four', 'five'],
  );
  assert.deepEqual(
    all.map(({ seq }) => seq),
    [1, 2, 3, 4, 5],
  );
});

on('a change joins the one of its entity that waits, and keeps its beginning', async ({ accept, rows }) => {
  const [first] = (await accept([{ quiet: 10, maxWait: 100 }], 5)).added;
  const second = await accept([{ changed: ['tags'], change: 'delete', date: 950 }], 20);
  assert.deepEqual([second.stored, second.joined.length, second.added], [1, 1, []]);
  const [row, ...more] = await rows();
  assert.deepEqual(more, []);
  const { id, seq, count, changed, change: kind, date, last, due, deadline, version } = row ?? assert.fail();
  assert.deepEqual(
    [id, seq, row?.first, count, changed, kind, date, last, due, deadline, version],
    [first?.id, 1, 5, 2, ['name', 'tags'], 'delete', 950, 20, 30, 105, 2],
  );
});

on('changes of one entity in one call become one delivery', async ({ accept, rows }) => {
  const { stored, joined, added } = await accept([{ changed: ['a'] }, { object: 'two' }, { changed: ['b'] }]);
  assert.deepEqual([stored, joined.map(({ changed }) => changed), added.length], [3, [['b']], 2]);
  assert.deepEqual(
    (await rows()).map(({ object, count, changed }) => [object, count, changed]),
    [
      ['one', 2, ['a', 'b']],
      ['two', 1, ['name']],
    ],
  );
});

on('another subscription or another entity is joined by none', async ({ accept, rows }) => {
  await accept([{}]);
  const batch = [{ subscription: 'others' }, { object: 'two' }, { subscription: 'ap', object: 'psone' }];
  const { joined, added } = await accept(batch);
  assert.deepEqual([joined, added.length, (await rows()).length], [[], 3, 4]);
});

on(
  'what was tried is joined by none; one more follows it, which the next ones join',
  async ({ store, accept, rows }) => {
    await accept([{}]);
    await tried(store);
    for (const now of [200, 300]) await accept([{ changed: ['tags'] }], now);
    await accept([{ changed: ['owner'] }, { changed: ['stream'] }], 400);
    const [first, second, ...more] = await rows();
    assert.deepEqual(more, []);
    assert.deepEqual([first?.count, first?.changed, first?.attempts], [1, ['name'], 1]);
    assert.deepEqual([second?.count, second?.changed, second?.first], [4, ['tags', 'owner', 'stream'], 200]);
  },
);

on('a call under way is joined by none', async ({ store, accept, rows }) => {
  await accept([{}]);
  await want(store, 'one', 100);
  await store.claim(moment(100), LANE);
  assert.deepEqual((await accept([{}], 200)).joined, []);
  assert.deepEqual(
    (await rows()).map(({ state }) => state),
    ['leased', 'pending'],
  );
});

on('what was sent, or is not wanted, is joined by none', async ({ store, accept, rows }) => {
  const { added } = await accept([{}]);
  await store.settle(added[0]?.id ?? '', { state: 'delivered' }, 100);
  assert.deepEqual((await accept([{}], 200)).joined, []);
  assert.equal((await rows()).length, 2);
});

on('a repository beyond its share is turned away, and no other', async ({ accept, rows, store }) => {
  const of = (repository: string, object: string) => ({ repository, object });
  const batch = [of('a/full', 'one'), of('a/full', 'two'), of('b/free', 'three'), of('a/full', 'four')];
  const first = await accept(batch, 0, 2);
  assert.deepEqual([first.stored, first.rejected.map(({ object }) => object)], [3, ['four']]);
  const second = await accept([of('a/full', 'five'), of('b/free', 'six')], 1, 2);
  assert.deepEqual(
    second.rejected.map(({ object }) => object),
    ['five'],
  );
  assert.deepEqual((await store.counts()).waiting, { 'a/full': 2, 'b/free': 2 });
  assert.equal((await rows()).length, 4);
});

on('what waits for its share is what was not sent', async ({ store, accept, rows }) => {
  await accept([{ object: 'one' }, { object: 'two' }], 0, 2);
  for (const { id } of await rows()) await store.settle(id, { state: 'delivered' }, 1);
  assert.deepEqual((await accept([{ object: 'three' }, { object: 'four' }], 1, 2)).rejected, []);
});

on('a call under way has its part in the share', async ({ store, accept }) => {
  await accept([{}], 0, 1);
  await want(store, 'one', 100);
  await store.claim(moment(100), LANE);
  assert.equal((await accept([{ object: 'two' }], 200, 1)).rejected.length, 1);
});

on('the share does not turn away what joins, or follows what was tried', async ({ store, accept, rows }) => {
  await accept([{}], 0, 1);
  assert.deepEqual((await accept([{}], 1, 1)).rejected, []);
  await tried(store);
  assert.deepEqual((await accept([{}], 200, 1)).rejected, []);
  assert.equal((await rows()).length, 2);
  assert.equal((await accept([{ object: 'two' }], 300, 3)).rejected.length, 0);
  assert.equal((await accept([{ object: 'three' }], 300, 3)).rejected.length, 1, 'both count');
});

on(
  'who wrote is asked at once for what was notified alone, where QRS has notified all along',
  async ({ accept }) => {
    const batch = [
      { object: 'notified' },
      { object: 'in a gap', gap: true },
      { object: 'found by asking', since: 0 },
      { object: 'found in a gap', since: 0, gap: true },
    ];
    const { added, stored } = await accept(batch);
    assert.deepEqual([added.map(({ reported }) => reported.object), stored], [['notified'], 4]);
  },
);

on('what catch-up finds and a notification has brought changes nothing', async ({ accept, rows }) => {
  await accept([{ date: 900 }]);
  const before = await rows();
  const found = await accept([{ since: 0, date: 900, changed: undefined }], 50);
  assert.deepEqual([found.stored, found.joined.length, found.added], [1, 1, []]);
  assert.deepEqual(await rows(), before);
});

on(
  'what catch-up finds and was read before that change is to be read anew',
  async ({ store, accept, rows }) => {
    await accept([{ date: 900 }]);
    await want(store, 'one', 100, 950);
    await accept([{ since: 0, date: 950 }], 200);
    assert.equal((await rows())[0]?.unread, false, 'it was read at that state');
    await accept([{ since: 0, date: 951 }], 300);
    const [row, ...more] = await rows();
    assert.deepEqual([row?.unread, row?.payload, row?.count, more], [true, undefined, 1, []]);
  },
);

on(
  'what catch-up finds in a gap makes unknown who wrote before, of that entity alone',
  async ({ store, accept, rows }) => {
    const { added } = await accept([{ object: 'one' }, { object: 'two' }, { object: 'three' }]);
    await store.witness(
      added.map(({ id }) => id),
      [],
      0,
    );
    assert.deepEqual(
      (await rows()).map(({ own }) => own),
      [true, true, true],
    );
    await accept([
      { object: 'one', since: 0, gap: true },
      { object: 'two', since: 0 },
    ]);
    assert.deepEqual(
      (await rows()).map(({ object, own, count }) => [object, own, count]),
      [
        ['one', false, 1],
        ['two', true, 1],
        ['three', true, 1],
      ],
    );
  },
);

on(
  'of two that wait, catch-up is told of the one that covers its change',
  async ({ store, accept, rows }) => {
    await accept([{ date: 900 }]);
    await want(store, 'one', 100, 900);
    await store.claim(moment(100), LANE);
    await accept([{ date: 950 }], 200);
    const found = await accept([{ since: 0, date: 950 }], 300);
    assert.equal(found.joined.length, 1);
    assert.deepEqual(
      (await rows()).map(({ count }) => count),
      [1, 1],
    );
  },
);

on('a damaged row is given up, and a change of its entity gets a delivery of its own', async it => {
  const [first] = (await it.accept([{}])).added;
  await execute(it.place, "UPDATE delivery SET changed = 'no list'");
  assert.deepEqual((await it.accept([{}], 200)).joined, []);
  assert.deepEqual(it.damaged, [first?.id]);
  const [old, fresh] = await it.rows();
  assert.deepEqual([old?.state, old?.cause, old?.updated, fresh?.state], ['dead', 'store', 200, 'pending']);
});

on('a catch-up may name more entities than a statement has places, or a database has locks', async it => {
  const many = Array.from({ length: 35_000 }, (_, index) => ({ object: `app ${index}` }));
  assert.equal((await it.accept(many, 0, 100_000)).added.length, many.length);
  const missed = many.map(one => ({ ...one, since: 0, gap: true }));
  assert.equal((await it.accept(missed, 100, 100_000)).joined.length, many.length);
});

on('a call with nothing in it writes nothing', async ({ accept, rows }) => {
  assert.deepEqual(await accept([]), { stored: 0, joined: [], rejected: [], added: [] });
  assert.deepEqual(await rows(), []);
});

on('where one change cannot be written, none is', async ({ accept, rows }) => {
  await assert.rejects(accept([{ object: 'one' }, { object: 'two', quiet: Number.NaN }]));
  assert.deepEqual(await rows(), []);
});

on('what another relay has stored just now counts in the share', async it => {
  const other = await openStore(it.place);
  try {
    await it.accept([{ object: 'one' }]);
    const many = Array.from({ length: 9 }, (_, index) => change({ object: `of another ${index}` }));
    assert.equal((await other.accept(many, moment(0), 10)).stored, 9);
    assert.equal((await it.accept([{ object: 'two' }])).rejected.length, 1);
    assert.equal((await it.accept([{ object: 'one' }])).joined.length, 1);
  } finally {
    await other.close();
  }
});
