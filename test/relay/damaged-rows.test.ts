import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openStore, type Store } from '../../src/relay/store/store.ts';
import { change, LANE, moment, want } from './changes.ts';
import { edit } from './edit.ts';
import { relayStage } from './stage.ts';
import { execute, ofSqlite, storePlace } from './store-place.ts';

/** One row that makes no sense, by somebody's hand or a broken disk, holds up no other and hides no other. */

const folder = mkdtempSync(join(tmpdir(), 'qrs-relay-damaged-'));
after(() => rmSync(folder, { recursive: true }));

/** PostgreSQL keeps no text in a column of numbers. */
const TYPELESS = { skip: ofSqlite };

async function damaged(name: string, statements: string, work: (store: Store) => Promise<void>) {
  const path = await storePlace(join(folder, `${name}.db`));
  const store = await openStore(path);
  await store.accept([change(), change({ object: 'two', repository: 'acme/other' })], moment(0), 10);
  for (const object of ['one', 'two']) await want(store, object, 100);
  await execute(path, statements);
  await work(store);
  await store.close();
}

test('damaged rows: a delivery without its place in the order keeps no other lane waiting', TYPELESS, () =>
  damaged('order', "UPDATE delivery SET seq = 'x' WHERE object = 'one'", async store => {
    const lanes = [...LANE, { repository: 'acme/other' }];
    assert.equal((await store.claim(moment(200), lanes))?.object, 'two');
    assert.equal((await store.counts()).states.dead, 1);
  }),
);

test('damaged rows: what joined a delivery whose payload cannot be read is read back anew', () =>
  damaged('payload', "UPDATE delivery SET payload = '{', unread = 1 WHERE object = 'one'", async store => {
    assert.equal((await store.claim(moment(200), LANE))?.object, 'one');
    assert.deepEqual(
      (await store.toRead(200, { site: 'dev' }, 200)).map(({ object, count }) => [object, count]),
      [['one', 1]],
    );
  }));

test('damaged rows: a state that nobody knows hides itself alone in the counts', () =>
  damaged('state', "UPDATE delivery SET state = 'odd' WHERE object = 'one'", async store => {
    assert.equal((await store.counts()).states.pending, 1);
  }));

test('damaged rows: what is remembered of an entity is forgotten', TYPELESS, () =>
  damaged('memory', "UPDATE memory SET sent = 'x'", async store => {
    assert.equal((await store.memories([change()]))(change()), undefined);
  }),
);

test('damaged rows: one of a subscription or a handle leaves the others', TYPELESS, () =>
  damaged(
    'small',
    `INSERT INTO watch VALUES ('s', 'x', 0, NULL), ('t', 0, 0, 'why');
     INSERT INTO handle VALUES ('s', 'dev', 'odd', 'h'), ('t', 'dev', 'update', 'h')`,
    async store => {
      assert.deepEqual(
        [...(await store.watches()), ...(await store.handles())].map(({ subscription }) => subscription),
        ['t', 't'],
      );
      assert.equal((await store.delays()).troubles.length, 1);
    },
  ),
);

test('damaged rows: lanes that cannot be read are begun anew', () =>
  damaged('lanes', "INSERT INTO setting VALUES ('lanes', '{')", async store => {
    assert.deepEqual((await store.delays()).paused, []);
    const book = { earliest: 5, lanes: {}, taken: {}, ahead: 0 };
    const before = await store.turn(async book => ({ book: { ...book, earliest: 5 }, result: book }));
    assert.deepEqual(before, { ...book, earliest: 0 });
    assert.deepEqual(await store.turn(async book => ({ result: book })), book);
  }));

test('store: a folder in place of the file is no hard link', { skip: ofSqlite }, async () => {
  const path = join(folder, 'folder.db');
  mkdirSync(path);
  for (const use of ['run', 'look'] as const)
    await assert.rejects(
      openStore(path, use),
      /folder\.db cannot be used: it is a folder\. Name a file in it\.$/,
    );
});

const given = `  - name: app-updated
    site: dev
    entity: App
    send: { repository: acme/events, event: qlik-app-updated }
`;
const GIVEN_UP = {
  'a payload that cannot be read': [`payload = '{'`, /payload in the store is damaged/],
  'a subscription that is not configured': [`subscription = 'gone'`, /not in the configuration any more/],
} as const;
for (const [what, [change, reason]] of Object.entries(GIVEN_UP)) {
  test(`damaged rows: the log and the metrics say that ${what} is given up`, async () => {
    const it = await relayStage({ subscriptions: given });
    try {
      it.time.hand.advance(600_000);
      await it.start();
      await it.github.away();
      await edit(it, 'Sales', { description: 'one' });
      await it.time.pass(6_000);
      const place = /^store: '(.+)'$/m.exec(it.yaml)?.[1] ?? '';
      await execute(place, `UPDATE delivery SET ${change}`);
      await it.github.back();
      await it.time.pass(70_000);
      const said = it.lines.filter(line => line.includes('is given up'));
      assert.equal(said.length, 1);
      assert.match(said[0] ?? '', reason);
      assert.match((await it.get('/metrics')).body, /^qrs_relay_dead_total\{.*\} 1$/m);
    } finally {
      await it.close();
    }
  });
}
