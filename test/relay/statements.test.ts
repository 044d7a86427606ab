import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import pg from 'pg';
import { postgresPlace } from '../../src/relay/store/postgres-place.ts';
import { postgresTrouble } from '../../src/relay/store/postgres-trouble.ts';
import { StoreAwayError } from '../../src/relay/store/sql.ts';
import { openStore, type Store } from '../../src/relay/store/store.ts';
import { change, LANE, memory, moment } from './changes.ts';
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

test('decisions wait for another relay only while they lock nothing that it needs', several, () =>
  withStore('waits.db', async (store, place) => {
    const [one, two] = await readable(store, ['one', 'two']);
    const other = new pg.Client({ connectionString: place });
    await other.connect();
    try {
      const lock = (object: string) =>
        other.query(`SELECT * FROM delivery WHERE object = '${object}' FOR UPDATE`);
      await other.query('BEGIN');
      const found = await other.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await lock('one');
      const wanted = [two, one].map(
        delivery => ({ kind: 'wanted', delivery, payload: '{}', memory: memory() }) as const,
      );
      const concluded = store.conclude(wanted, moment(100));
      await waitsFor(place, found.rows[0]?.pid ?? 0);
      // The other relay never has to wait: in this order, one takes notifications in and claims.
      await other.query("SET LOCAL lock_timeout = '1ms'");
      await lock('two');
      await other.query(
        "INSERT INTO memory (subscription, object, updated) VALUES ('apps', 'one', 1), ('apps', 'two', 1)",
      );
      await other.query('COMMIT');
      assert.equal((await concluded).length, 2);
    } finally {
      await other.end();
    }
  }),
);

test('a burst in a store that was almost empty reads no more for each change', several, async () => {
  const place = await storePlace('');
  const store = await openStore(place);
  const dispatch = async (objects: readonly string[]) => {
    const changes = objects.map(object => change({ object }));
    await store.accept(changes, moment(0), 100_000);
    for (const one of changes) await store.accept([one], moment(0), 100_000);
    const due = await store.toRead(100, { site: 'dev' }, 500);
    await store.memories(due);
    const wanted = due.map(
      delivery => ({ kind: 'wanted', delivery, payload: '{}', memory: memory() }) as const,
    );
    await store.conclude(wanted, moment(100));
    for (let time = 1; time <= 2; time += 1)
      assert.ok(await store.turn(async (_, turn) => ({ result: await turn.claim(moment(200), LANE) })));
  };
  // PostgreSQL looks at the sizes of tables at its own times only: what it knows here is from before the burst.
  const still = '(autovacuum_enabled = off)';
  await execute(place, `ALTER TABLE delivery SET ${still}; ALTER TABLE memory SET ${still}`);
  // So often that PostgreSQL would keep plans that are good for two rows.
  for (let time = 1; time <= 10; time += 1) {
    await dispatch([`first ${time}`, `second ${time}`]);
    await execute(place, "UPDATE delivery SET state = 'delivered'; ANALYZE delivery, memory");
  }
  for (let batch = 1; batch <= 5; batch += 1)
    await dispatch(Array.from({ length: 200 }, (_, index) => `app ${batch} ${index}`));
  await store.close();
  const [read] = await execute(
    place,
    `SELECT sum(seq_tup_read) + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes
       WHERE schemaname = current_schema()) AS rows FROM pg_stat_user_tables WHERE schemaname = current_schema()`,
  );
  assert.ok(Number(read?.rows) < 1_000_000, `${read?.rows} rows were read for 1,000 changes`);
});

test('whoever waits too long for a statement reads what to look at', () => {
  const place = postgresPlace('postgres://relay@db.company.com/relay');
  const error = new pg.DatabaseError('canceling statement due to statement timeout', 0, 'error');
  error.code = '57014';
  const trouble = postgresTrouble(place, error);
  assert.ok(trouble instanceof StoreAwayError);
  assert.match(trouble.message, /timeout\. Does another session lock its tables/);
});

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

/** Resolves when another session waits for this one. */
async function waitsFor(place: string, pid: number): Promise<void> {
  const blocked = `SELECT pid FROM pg_stat_activity WHERE ${pid} = ANY (pg_blocking_pids(pid))`;
  for (let tries = 0; tries < 1_000; tries += 1) if ((await execute(place, blocked)).length > 0) return;
  assert.fail('nobody waits');
}
