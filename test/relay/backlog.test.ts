import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openStore } from '../../src/relay/store/store.ts';
import { change, LANE, moment } from './changes.ts';
import { ids } from './load.ts';
import { execute, ofSqlite, storePlace } from './store-place.ts';

const COUNT = 5_000;
const CLAIMS = 50;
/** Ms; searching all that waits at each claim would take ten times as long. */
const PATIENCE = 3_000;

const folder = mkdtempSync(join(tmpdir(), 'qrs-relay-'));
const path = await storePlace(join(folder, 'relay.db'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('a long backlog does not make the next dispatch slow, nor does a lane that waits before it', async () => {
  const store = await openStore(path);
  const waiting = ids(COUNT).map(object => change({ object, repository: 'acme/broken' }));
  await store.accept([...waiting, ...ids(COUNT).map(object => change({ object }))], moment(1), COUNT);
  // As if all had been read back.
  await execute(path, "UPDATE delivery SET payload = '{}', unread = 0, modified = 1, mark = ''");
  const began = performance.now();
  for (let count = 0; count < CLAIMS; count += 1) {
    const claimed = await store.claim(moment(20), LANE);
    assert.equal(claimed?.repository, 'acme/events');
  }
  const took = performance.now() - began;
  await store.close();
  assert.ok(took < PATIENCE, `${CLAIMS} claims of ${COUNT} took ${Math.round(took)} ms`);
});

test('a start with the same configuration writes to no change that waits', { skip: ofSqlite }, async () => {
  const place = await storePlace(join(folder, 'start.db'));
  const store = await openStore(place);
  await store.accept([change()], moment(1), COUNT);
  const refusal = "SELECT RAISE(ABORT, 'a change that waits was written to')";
  await execute(place, `CREATE TRIGGER written BEFORE UPDATE ON delivery BEGIN ${refusal}; END`);
  const known = { subscription: 'apps', sites: ['dev'], repository: 'acme/events' };
  await store.recover({ now: 2, tick: 2 });
  assert.equal(await store.adopt([known], { now: 2, tick: 2 }), 0);
  await assert.rejects(
    store.adopt([{ ...known, repository: 'acme/others' }], { now: 3, tick: 3 }),
    /was written to/,
  );
  await store.close();
});
