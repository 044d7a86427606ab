import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openStore } from '../../src/relay/store/store.ts';
import { change, LANE, moment } from './changes.ts';
import { ids } from './load.ts';
import { execute, ofSqlite, storePlace } from './store-place.ts';

const COUNT = 20_000;
const CLAIMS = 50;
const AT_ONCE = 5_000;
/** Times as long as among few changes; searching all that waits at each claim would take longer. */
const MOST = 4;

const folder = mkdtempSync(join(tmpdir(), 'qrs-relay-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('a long backlog does not make the next dispatch slow, nor does a lane that waits before it', async () => {
  const short = await claimsAmong(2 * CLAIMS);
  const long = await claimsAmong(COUNT);
  // In turns: the machine may be busier at one time than at another.
  for (let claim = 0; claim < CLAIMS; claim += 1) for (const one of [short, long]) await one.claim();
  const [few, many] = [await short.end(), await long.end()];
  assert.ok(many < MOST * few, `a claim takes ${many} ms among ${COUNT} changes, and ${few} ms among few`);
});

/** A store with so many changes of each of two repositories, to claim those of one; `end` resolves to the median time, ms. */
async function claimsAmong(count: number) {
  const place = await storePlace(join(folder, `relay-${count}.db`));
  const store = await openStore(place);
  for (const repository of ['acme/broken', 'acme/events']) {
    for (let had = 0; had < count; had += AT_ONCE) {
      const some = ids(Math.min(AT_ONCE, count - had)).map(object => change({ object, repository }));
      await store.accept(some, moment(1), count);
    }
  }
  // As if all had been read back.
  await execute(place, "UPDATE delivery SET payload = '{}', unread = 0, modified = 1, mark = ''");
  const times: number[] = [];
  return {
    claim: async () => {
      const began = performance.now();
      const claimed = await store.claim(moment(20), LANE);
      times.push(performance.now() - began);
      assert.equal(claimed?.repository, 'acme/events');
    },
    end: async () => {
      await store.close();
      return times.sort((one, other) => one - other)[CLAIMS / 2] ?? Number.NaN;
    },
  };
}

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
