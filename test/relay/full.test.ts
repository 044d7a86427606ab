import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { afterEach, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { trouble } from '../../simulator/github/trouble.ts';
import { nameOf } from './ledger.ts';
import { ids } from './load.ts';
import { type RelayProcess, startFast } from './process.ts';
import { payloadSchema } from './stage.ts';
import { ofSqlite } from './store-place.ts';
import { notification, type Surroundings, surround } from './surroundings.ts';

/** A full disk, as the relay's process sees it: no file of its own may grow beyond so many bytes. */
async function limitFiles(relay: RelayProcess, bytes: number | 'unlimited'): Promise<void> {
  await promisify(execFile)('prlimit', ['--pid', String(relay.pid), `--fsize=${bytes}:unlimited`]);
}

let around: Surroundings | undefined;
let relay: RelayProcess | undefined;
afterEach(async () => {
  await relay?.kill('SIGKILL');
  await around?.stop();
});

async function started(count: number, more: { backlog?: number; quiet?: string; maxWait?: string } = {}) {
  const apps = ids(count);
  around = await surround({
    apps: apps.map(id => ({ id, name: 'New v0', size: 10 })),
    quiet: '1s',
    maxWait: '2s',
    ...more,
  });
  relay = startFast(around.config, { interval: 20 });
  await relay.listening;
  await around.watched();
  return { apps, around, relay };
}

/** Until it is so, and not for ever. */
async function until(what: string, so: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1200; tries += 1) {
    if (await so()) return;
    await wait(50);
  }
  assert.fail(`${what}; the relay said:\n${relay?.log()}`);
}

const told = ({ github }: Surroundings) =>
  github.dispatches.map(({ client_payload }) => payloadSchema.parse(client_payload));

test('a full disk: nothing is accepted, nothing is lost, and what was turned away is caught up with', {
  skip: ofSqlite,
}, async () => {
  const { apps, around, relay } = await started(40);
  const early = apps.slice(0, 10);
  for (const app of early) {
    around.renameSecretly(app, nameOf('Early', 1));
    assert.equal((await around.post([notification(around.dev, app)]))?.status, 202);
  }
  await limitFiles(relay, 4096);
  for (const app of apps.slice(10)) {
    // QRS knows of these, but its own calls are turned away as well.
    await around.rename(app, nameOf('Late', 1));
    const answer = await around.post([notification(around.dev, app)]);
    assert.deepEqual(answer, { status: 503, retryAfter: '30' });
  }
  assert.equal((await around.get('/readyz')).status, 503);
  assert.equal((await around.get('/livez')).status, 200);
  assert.match((await around.get('/metrics')).body, /^qrs_relay_turned_away_total [1-9]/m);

  await limitFiles(relay, 'unlimited');
  await until('not all was told', () => new Set(told(around).map(({ object }) => object.id)).size === 40);
  assert.equal((await around.get('/readyz')).status, 200);
  const late = told(around).filter(({ object }) => object.name === nameOf('Late', 1));
  assert.equal(late.length, 30);
  assert.equal(around.integrity(), 'ok');
});

test('a disk with room for a page or two is not ready: a change would not fit', {
  skip: ofSqlite,
}, async () => {
  const { apps, around, relay } = await started(1);
  const used = Math.max(...['', '-wal'].map(end => statSync(`${around.store}${end}`).size));
  await limitFiles(relay, used + 10_000);
  assert.equal((await around.get('/readyz')).status, 503);
  assert.equal((await around.post([notification(around.dev, apps[0] ?? '')]))?.status, 503);
  await limitFiles(relay, 'unlimited');
  assert.equal((await around.get('/readyz')).status, 200);
});

test('a disk that is full when GitHub answers: the dispatch is not left behind', {
  skip: ofSqlite,
}, async () => {
  const { apps, around, relay } = await started(1);
  const [app = ''] = apps;
  const calling = Promise.withResolvers<void>();
  around.github.onDispatch(() => calling.resolve());
  around.github.faults.add({ method: 'POST', path: /\/dispatches$/, fault: trouble.slow(700) });
  around.renameSecretly(app, nameOf('App', 1));
  await around.post([notification(around.dev, app)]);
  // The answer is held back, GitHub has done it: that cannot be written down.
  await until('GitHub was not called', async () => /_waiting 1$/m.test((await around.get('/metrics')).body));
  await calling.promise;
  await limitFiles(relay, 4096);
  await until('that went unnoticed', () => relay.log().includes('cannot be used'));
  await limitFiles(relay, 'unlimited');
  await until('it still waits', async () => /_waiting 0$/m.test((await around.get('/metrics')).body));
  // It goes on with the same app.
  around.renameSecretly(app, nameOf('App', 2));
  await around.post([notification(around.dev, app)]);
  await until('the next change was not told', () => told(around).at(-1)?.object.name === nameOf('App', 2));
});

test('a full backlog: new apps are turned away, what waits is joined, and the rest is caught up with', async () => {
  // Nothing joins a change once it was tried, so all of this must happen before that.
  const { apps, around } = await started(6, { backlog: 3, quiet: '5s', maxWait: '10s' });
  await around.github.away();
  const [first = '', second = '', third = '', ...more] = apps;
  for (const app of [first, second, third]) {
    around.renameSecretly(app, nameOf('App', 1));
    assert.equal((await around.post([notification(around.dev, app)]))?.status, 202);
  }
  for (const app of more) {
    await around.rename(app, nameOf('App', 1));
    assert.deepEqual(await around.post([notification(around.dev, app)]), { status: 503, retryAfter: '30' });
  }
  around.renameSecretly(first, nameOf('App', 2));
  assert.equal((await around.post([notification(around.dev, first)]))?.status, 202);
  // One of them has no room: it is turned away, and the other one is kept.
  around.renameSecretly(second, nameOf('App', 2));
  const both = [notification(around.dev, second), notification(around.dev, more[0] ?? '')];
  assert.equal((await around.post(both))?.status, 503);
  await around.github.back();
  await until('not all was told', () => new Set(told(around).map(({ object }) => object.id)).size === 6);
  const last = (id: string) => told(around).findLast(({ object }) => object.id === id);
  assert.deepEqual([last(first)?.object.name, last(first)?.count], [nameOf('App', 2), 2]);
  assert.deepEqual([last(second)?.object.name, last(second)?.count], [nameOf('App', 2), 2]);
});
