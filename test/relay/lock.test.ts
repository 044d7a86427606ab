import assert from 'node:assert/strict';
import { linkSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isLocked } from '../../src/relay/store/lock.ts';
import { openStore } from '../../src/relay/store/store.ts';
import { moment } from './changes.ts';
import { ofSqlite, storePlace } from './store-place.ts';

const folder = mkdtempSync(join(tmpdir(), 'qrs-relay-lock-'));
after(() => rmSync(folder, { recursive: true }));

test('lock: whether a relay runs can be asked without making a file, and while one runs', {
  skip: ofSqlite,
}, async () => {
  const path = join(folder, 'relay.db');
  assert.equal(isLocked(path), false);
  assert.deepEqual(readdirSync(folder), []);
  const store = await openStore(path, 'run');
  assert.equal(isLocked(path), true);
  await assert.rejects(openStore(path, 'run'), /^StoreError: Another relay runs on the store/);
  const link = join(folder, 'link.db');
  symlinkSync(path, link);
  await assert.rejects(openStore(link, 'run'), /^StoreError: Another relay runs on the store/);
  assert.equal(isLocked(link), true);
  await store.close();
  assert.equal(isLocked(path), false);
  await (await openStore(path, 'run')).close();
});

test('lock: a file with a second name is refused by either, as two relays could run on it unseen', {
  skip: ofSqlite,
}, async () => {
  const path = join(folder, 'named.db');
  const running = await openStore(path, 'run');
  linkSync(path, join(folder, 'second-name.db'));
  for (const name of ['named.db', 'second-name.db']) {
    for (const use of ['run', 'edit', 'look'] as const) {
      await assert.rejects(
        openStore(join(folder, name), use),
        /cannot be used: the file has a second name, a hard link/,
      );
    }
  }
  await running.close();
  rmSync(join(folder, 'second-name.db'));
  await (await openStore(path, 'run')).close();
});

test('store: thousands of subscriptions, each to a repository of its own', async () => {
  const store = await openStore(await storePlace(join(folder, 'many.db')), 'run');
  const all = Array.from({ length: 1_001 }, (_, index) => `acme/r${index}`);
  const known = all.map((repository, index) => ({ subscription: `s${index}`, repository, sites: ['dev'] }));
  assert.equal(await store.adopt(known, { now: 1, tick: 1 }), 0);
  assert.equal(
    await store.claim(
      moment(1),
      all.map(repository => ({ repository })),
    ),
    undefined,
  );
  assert.deepEqual(await store.list({ ids: all, limit: 10 }), []);
  await store.close();
});
