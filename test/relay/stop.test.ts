import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { trouble } from '../../simulator/github/trouble.ts';
import { systemClock } from '../../src/base/clock.ts';
import { openedStore } from '../../src/relay/opened-store.ts';
import { StoreError } from '../../src/relay/store/sql.ts';
import { openStore } from '../../src/relay/store/store.ts';
import { numbers } from '../numbers.ts';
import { keepingLog } from '../sites-for-tests.ts';
import { discrepancies } from './ledger.ts';
import { ids, type Load, startLoad } from './load.ts';
import { type RelayProcess, startDist, startFast } from './process.ts';
import { type Surroundings, surround } from './surroundings.ts';
import { until } from './until.ts';

/** GitHub's answer to the call that is under way is so late, ms. */
const LATE = 1_000;
/** From the signal to the end, ms: GitHub, the last calls to the site, and a machine with much else to do. */
const PATIENCE = LATE + 7_000;

let around: Surroundings | undefined;
let relay: RelayProcess | undefined;
let load: Load | undefined;
const ends: (() => unknown)[] = [];
after(async () => {
  for (const end of ends) end();
  await load?.stop();
  await relay?.kill('SIGKILL');
  await around?.stop();
});

test('told to end, the built relay ends in order: calls, disk, GitHub, subscriptions, and 0', async () => {
  const [loud, silent] = [ids(3), ids(40)];
  const apps = [...loud, ...silent].map(id => ({ id, name: 'New v0', size: 10 }));
  const it = await surround({ apps, quiet: '1s', maxWait: '2s' });
  around = it;
  relay = startDist(it.config);
  await relay.listening;
  await it.watched();
  it.github.faults.add({ method: 'POST', path: /\/dispatches$/, fault: trouble.slow(LATE) });
  const taken = it.github.dispatched(1, 20_000);
  load = startLoad(it, { loud, silent, senders: 3, random: numbers(7) });
  await taken;
  // GitHub has done it, and the answer is on its way.
  const asked = Date.now();
  const { code, signal } = await relay.kill('SIGTERM');
  const took = Date.now() - asked;
  await load.stop();
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, relay.log());
  assert.ok(took < PATIENCE, `it took ${took} ms`);
  assert.match(relay.log(), /The relay has stopped/);

  // One dispatch, and it was heard that GitHub took it.
  assert.equal(it.github.dispatches.length, 1);
  const kept = await it.look(store => store.list({ limit: 1_000_000 }));
  assert.deepEqual(
    kept.filter(({ state }) => state !== 'pending').map(({ id, state }) => ({ id, state })),
    [{ id: it.github.dispatches[0]?.client_payload.delivery, state: 'delivered' }],
  );
  const marks = new Set(kept.flatMap(({ changed }) => changed));
  const acknowledged = load.sent.filter(one => one.acknowledged);
  assert.ok(acknowledged.length > 0);
  assert.deepEqual(
    acknowledged.filter(({ mark }) => !marks.has(mark)),
    [],
  );

  // QRS calls nobody any more: every subscription that was made is ended.
  const { requests } = it.dev.counters;
  const notes = requests.filter(({ path }) => path.endsWith('/qrs/notification'));
  const ended = notes.filter(({ method, status }) => method === 'DELETE' && status === 204);
  assert.equal(ended.length, 1);
  assert.equal(notes.at(-1)?.method, 'DELETE');
  assert.deepEqual(await it.look(store => store.handles()), []);

  // The rest is told by the next one, and the first one is not told again.
  relay = startFast(it.config, { interval: 10 });
  await relay.listening;
  const { sent, latest } = load;
  let wrong: string[] = [];
  for (let tries = 0; tries < 300; tries += 1) {
    const deliveries = await it.look(store => store.list({ limit: 1_000_000 }));
    wrong = discrepancies({ sent, latest, dispatches: it.github.dispatches, deliveries });
    if (wrong.length === 0) break;
    await wait(200);
  }
  assert.deepEqual(wrong, []);
  const told = it.github.dispatches.map(({ client_payload }) => client_payload.delivery);
  assert.equal(new Set(told).size, told.length);
});

test('told to end while GitHub does not answer, the relay ends within 8 s and repeats the call under its id', async () => {
  const [id = ''] = ids(1);
  const it = await surround({ apps: [{ id, name: 'New v0', size: 10 }], quiet: '1s', maxWait: '2s' });
  const hanging = startFast(it.config, { interval: 10 });
  try {
    await hanging.listening;
    await it.watched();
    it.github.faults.add({ method: 'POST', path: /\/dispatches$/, fault: trouble.slow(60_000) });
    const taken = it.github.dispatched(1, 20_000);
    await it.rename(id, 'New v1');
    await taken;
    const asked = Date.now();
    assert.deepEqual(await hanging.kill('SIGTERM'), { code: 0, signal: null }, hanging.log());
    assert.ok(Date.now() - asked < 8_000, `it took ${Date.now() - asked} ms`);

    const again = it.github.dispatched(2, 20_000);
    const next = startFast(it.config, { interval: 10 });
    await next.listening;
    const [first, second] = await again;
    await next.kill('SIGTERM');
    assert.deepEqual(second?.client_payload, first?.client_payload);
  } finally {
    await hanging.kill('SIGKILL');
    await it.stop();
  }
});

test('told to end while its database says nothing, a relay that starts ends at once', async () => {
  const silent = createServer(socket => ends.push(() => socket.destroy())).listen(0, '127.0.0.1');
  ends.push(() => silent.close());
  await once(silent, 'listening');
  const { port } = z.object({ port: z.number() }).parse(silent.address());
  const stop = new AbortController();
  const opening = openedStore(
    {
      store: `postgres://relay@127.0.0.1:${port}/relay?sslmode=disable`,
      listen: { url: 'http://127.0.0.1', host: '127.0.0.1', port: 0, tls: undefined },
    },
    { clock: systemClock, log: keepingLog(), signal: stop.signal },
    async () => {},
  );
  await once(silent, 'connection');
  const asked = performance.now();
  stop.abort();
  assert.equal(await opening, undefined);
  // Its own wait for such a database takes five seconds.
  const took = performance.now() - asked;
  assert.ok(took < 4_000, `it took ${took} ms`);
});

test('once its relay has stopped, a store opens no connection', async () => {
  const from: unknown[] = [];
  const database = createServer(socket => {
    from.push(socket.remotePort);
    ends.push(() => socket.destroy());
  }).listen(0, '127.0.0.1');
  ends.push(() => database.close());
  await once(database, 'listening');
  const { port } = z.object({ port: z.number() }).parse(database.address());
  const place = `postgres://relay@127.0.0.1:${port}/relay?sslmode=disable`;
  await assert.rejects(openStore(place, 'run', { signal: AbortSignal.abort() }), StoreError);
  // A server takes connections in the order in which they came.
  const own = connect(port, '127.0.0.1');
  ends.push(() => own.destroy());
  await until(10_000, 'the last connection is there', async () => from.includes(own.localPort));
  assert.deepEqual(from, [own.localPort]);
});
