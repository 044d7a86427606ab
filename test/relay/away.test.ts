import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { request } from 'undici';
import { peakMemory } from '../peak-memory.ts';
import { ids } from './load.ts';
import { type RelayProcess, startFast } from './process.ts';
import { execute, ofSqlite } from './store-place.ts';
import { notification, type Surroundings, surround } from './surroundings.ts';
import { until } from './until.ts';

/** A database that is away or slow, and what the relay then says and keeps. */

const POSTGRES = { skip: !ofSqlite && 'it needs PostgreSQL: npm run test:postgres' };
/** For what takes seconds on an idle machine, ms. */
const PATIENCE = 120_000;
const ends: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const end of ends.reverse()) await end();
});

async function one(apps: readonly string[]) {
  const made = apps.map(id => ({ id, name: 'New v0', size: 10 }));
  const around = await surround({ apps: made, quiet: '1s', maxWait: '2s', relays: 1 });
  ends.push(around.stop);
  const [relay] = around.relays;
  assert.ok(relay);
  return { around, relay };
}

function started({ config }: Surroundings['relays'][number]) {
  const running = startFast(config, { interval: 40 });
  ends.push(() => running.kill('SIGKILL'));
  return running;
}

/** The status of an answer, with Retry-After; undefined: there was none. */
async function asked(url: string, body?: string): Promise<string | undefined> {
  try {
    const answer = await request(url, body === undefined ? {} : { method: 'POST', body });
    await answer.body.dump();
    return `${answer.statusCode} ${answer.headers['retry-after'] ?? ''}`.trim();
  } catch {
    return undefined;
  }
}

test(
  'away: a relay that starts without its database is alive and not ready, sends QRS away, and begins later',
  POSTGRES,
  async () => {
    const [app = ''] = ids(1);
    const { around, relay } = await one([app]);
    // The store is that of an earlier run, and the site has watched since.
    const earlier = started(relay);
    await earlier.listening;
    await around.watched();
    assert.equal((await earlier.kill('SIGTERM')).code, 0);
    relay.database.cut();

    const running = started(relay);
    await until(PATIENCE, 'the relay is alive', async () => (await asked(`${relay.at}/livez`)) === '200');
    await around.rename(app, 'New v1');
    const body = JSON.stringify([notification(around.dev, app)]);
    assert.equal(await asked(`${relay.at}${await around.callback()}`, body), '503 30');
    assert.equal(await asked(`${relay.at}/readyz`), '503');
    assert.equal(await asked(`${relay.at}/metrics`), '503 30');
    assert.match(
      running.log(),
      /The store postgres:\S+ does not answer: .* The relay begins when the store answers\./,
    );

    relay.database.heal();
    await running.listening;
    assert.equal(await asked(`${relay.at}/readyz`), '200');
    await around.github.dispatched(1, PATIENCE);
    assert.equal(around.github.dispatches.length, 1);
  },
);

test('away: a relay that starts while somebody locks its tables waits for them', POSTGRES, async () => {
  const [app = ''] = ids(1);
  const { around, relay } = await one([app]);
  const earlier = started(relay);
  await earlier.listening;
  await around.watched();
  assert.equal((await earlier.kill('SIGTERM')).code, 0);
  // As a statement that takes too long, but sooner.
  const impatient = '$&%20-clock_timeout%3D200';
  writeFileSync(relay.config, readFileSync(relay.config, 'utf8').replace(/-csearch_path%3D\w+/, impatient));
  const other = new pg.Client({ connectionString: around.store });
  await other.connect();
  ends.push(() => other.end());
  await other.query('BEGIN; LOCK TABLE setting');

  const running = started(relay);
  await until(PATIENCE, 'the relay is alive', async () => (await asked(`${relay.at}/livez`)) === '200');
  assert.equal(await asked(`${relay.at}/readyz`), '503');
  await around.rename(app, 'New v1');
  await other.query('ROLLBACK');
  await running.listening;
  await around.github.dispatched(1, PATIENCE);
  assert.equal(around.github.dispatches.length, 1);
});

test('away: a relay is alive while it waits for the first answer of its database', POSTGRES, async () => {
  const { relay } = await one([]);
  relay.database.hang();
  const aliveAtFirst = async () => {
    const running = started(relay);
    await until(PATIENCE, 'the relay is alive', async () => (await asked(`${relay.at}/livez`)) === '200');
    if (!running.log().includes('does not answer')) return running;
    // It gives up its first try after five seconds, and a busy machine may need as long to look.
    await running.kill('SIGKILL');
    return undefined;
  };
  let running: RelayProcess | undefined;
  for (let tries = 0; tries < 5 && !running; tries += 1) running = await aliveAtFirst();
  assert.ok(running, 'the relay was never alive before its first try failed');
  assert.equal(await asked(`${relay.at}/readyz`), '503');
  relay.database.heal();
  await running.listening;
  assert.equal(await asked(`${relay.at}/readyz`), '200');
});

/** A statement may take 20 s, and a connection that is silent 25 s, ms. */
const LONG_BEFORE = 15_000;

test(
  'away: a relay that waits for a lock, or for a silent database, ends soon when told to',
  POSTGRES,
  async () => {
    const { around, relay } = await one([]);
    const earlier = started(relay);
    await earlier.listening;
    await around.watched();
    relay.database.hang();
    const end = async ({ kill, log }: ReturnType<typeof started>) => {
      const asked = performance.now();
      assert.deepEqual(await kill('SIGTERM'), { code: 0, signal: null }, log());
      const took = performance.now() - asked;
      assert.ok(took < LONG_BEFORE, `it took ${took} ms`);
    };
    await end(earlier);
    relay.database.heal();

    const other = new pg.Client({ connectionString: around.store });
    await other.connect();
    ends.push(() => other.end());
    await other.query('BEGIN; LOCK TABLE setting');
    const waiting = started(relay);
    await until(PATIENCE, 'the relay waits for the lock', async () => {
      const waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
      return (await execute(around.store, waits)).length > 0;
    });
    await end(waiting);
  },
);

test('away: a port that is taken ends a relay also while its database is away', POSTGRES, async () => {
  const { around, relay } = await one([]);
  await started(relay).listening;
  relay.database.cut();
  const second = started(relay);
  assert.equal((await second.ended).code, 1);
  assert.match(second.log(), /listen: port \d+ of 127\.0\.0\.1 cannot be used/);
  assert.ok(around.github.breaches.length === 0);
});

/** The changes of a call. A relay keeps 10,000 for a slow database, and turns away what comes then. */
const ITEMS = 1_000;
/** So many calls begin at once, and the next ones when these are answered, or a little later, ms. */
const WAVE = 40;
const WAVES = 12;
const APART = 1_000;
/** MiB. The bodies of a wave take some 20, and a busy machine may have those of two or three at once. */
const GROWTH = 100;

test(
  'away: a database that is slow does not pile up memory: what is too much is turned away',
  POSTGRES,
  async context => {
    const { around, relay } = await one(ids(1));
    const running = started(relay);
    await running.listening;
    await around.watched();
    const address = `${relay.at}${await around.callback()}`;
    const items = () =>
      JSON.stringify(ids(ITEMS).map(id => ({ ...notification(around.dev, id), modifiedDate: null })));
    // Warm: what the first calls compile and fill is no backlog.
    for (let call = 0; call < 12; call += 1) assert.equal(await asked(address, items()), '202');
    const before = mebibytes(running.pid);
    relay.database.hang();
    const answers: Promise<string | undefined>[] = [];
    for (let wave = 0; wave < WAVES; wave += 1) {
      const calls = Array.from({ length: WAVE }, () => asked(address, items()));
      answers.push(...calls);
      await Promise.race([Promise.all(calls), wait(APART)]);
    }
    const said = new Set(await Promise.all(answers));
    const grown = mebibytes(running.pid) - before;
    context.diagnostic(`${grown} MiB more for ${answers.length} calls; before ${before} MiB`);
    assert.deepEqual([...said], ['503 30']);
    assert.ok(grown < GROWTH, `${grown} MiB`);
    relay.database.heal();
    await until(
      PATIENCE,
      'the relay takes changes again',
      async () => (await asked(address, items())) === '202',
    );
  },
);

const mebibytes = (pid: number) => Math.round(peakMemory(pid) / 1024 / 1024);
