import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openStore, type Store } from '../../src/relay/store/store.ts';
import { change, memory, moment } from './changes.ts';
import { execute, ofSqlite, storePlace } from './store-place.ts';

/** Statements that are sent together, and statements that the database keeps. */

const folder = mkdtempSync(join(tmpdir(), 'qrs-relay-'));
after(() => rmSync(folder, { recursive: true, force: true }));

async function withStore(name: string, work: (store: Store, place: string) => Promise<void>): Promise<void> {
  const place = await storePlace(join(folder, name));
  const store = await openStore(place);
  try {
    await work(store, place);
  } finally {
    await store.close();
  }
}

test('a store goes on after a newer relay has added a column', () =>
  withStore('newer.db', async (store, place) => {
    const all = async () => (await store.list({ limit: 100 })).length;
    // A database plans a statement anew some times before it keeps the plan.
    for (let number = 1; number <= 10; number += 1) {
      await store.accept([change({ object: `before ${number}` })], moment(number), 100);
      assert.equal(await all(), number);
    }
    await execute(place, 'ALTER TABLE delivery ADD COLUMN later INTEGER');
    assert.equal(await all(), 10);
    await store.accept([change({ object: 'after' }), change({ object: 'before 1' })], moment(20), 100);
    assert.equal(await all(), 11);
  }));

test('of decisions that are written together, all are written or none', () =>
  withStore('decisions.db', async store => {
    await store.accept([change({ object: 'one' }), change({ object: 'two' })], moment(0), 100);
    const [one, two] = (await store.toRead(100, { site: 'dev' }, 10)).toSorted((a, b) =>
      a.object < b.object ? -1 : 1,
    );
    assert.ok(one && two);
    const failing = { kind: 'again', delivery: two, due: Number.NaN, looks: 1 } as const;
    const wanted = { kind: 'wanted', delivery: one, payload: '{}', memory: memory() } as const;
    for (const decisions of [
      [wanted, failing],
      [failing, wanted],
    ])
      await assert.rejects(store.conclude(decisions, moment(100)));
    const kept = await store.list({ limit: 10 });
    assert.deepEqual(
      kept.map(({ unread, payload }) => [unread, payload]),
      [
        [true, undefined],
        [true, undefined],
      ],
    );
    assert.equal((await store.memories([one]))(one), undefined);
    assert.equal((await store.conclude([wanted], moment(200))).length, 1);
  }));

const several = { skip: ofSqlite ? false : 'one relay at a time has the file' };

test('two stores that join the same entities in other orders do not fail each other', several, () =>
  withStore('orders.db', async (store, place) => {
    const other = await openStore(place);
    try {
      const some = Array.from({ length: 50 }, (_, index) => change({ object: `app ${index}` }));
      const both = [store, other].map(async (one, which) => {
        for (let round = 0; round < 20; round += 1)
          await one.accept(which === 0 ? some : some.toReversed(), moment(round), 1_000);
      });
      await Promise.all(both);
      const kept = await store.list({ limit: 1_000 });
      assert.deepEqual(new Set(kept.map(({ count }) => count)), new Set([40]));
      assert.equal(kept.length, some.length);
    } finally {
      await other.close();
    }
  }),
);

test('decisions are written although PostgreSQL ended the first try in its middle', several, () =>
  withStore('ended.db', async (store, place) => {
    const [one, two] = await readable(store, ['one', 'two']);
    // What PostgreSQL says of a deadlock: once, about the second decision, while the first has a statement to come.
    await execute(
      place,
      `CREATE SEQUENCE tries; CREATE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN IF nextval('tries') = 1 THEN RAISE 'deadlock detected' USING ERRCODE = '40P01'; END IF; RETURN NEW; END $$;
       CREATE TRIGGER fail_once BEFORE UPDATE ON delivery FOR EACH ROW WHEN (NEW.state = 'unwanted')
         EXECUTE FUNCTION fail_once()`,
    );
    const wanted = { kind: 'wanted', delivery: one, payload: '{}', memory: memory() } as const;
    const unwanted = { kind: 'unwanted', delivery: two, reason: 'no' } as const;
    assert.equal((await store.conclude([wanted, unwanted], moment(100))).length, 2);
  }),
);

/** Deliveries of these entities, due to be read back. */
async function readable(store: Store, objects: readonly [string, string]) {
  await store.accept(
    objects.map(object => change({ object })),
    moment(0),
    100,
  );
  const due = await store.toRead(100, { site: 'dev' }, 10);
  const [one, two] = objects.map(object => due.find(delivery => delivery.object === object));
  assert.ok(one && two);
  return [one, two] as const;
}
