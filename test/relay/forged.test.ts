import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, test } from 'node:test';
import { endStages, type RelayStage, relayStage } from './stage.ts';

/** Calls that QRS did not make, by somebody who knows the address or does not. */

const NOBODY = '31ee79a6-0949-4175-ba0e-1866a60e3336';
afterEach(endStages);

async function started(): Promise<RelayStage> {
  const subscriptions = `  - name: watched
    site: dev
    entity: App
    change: [update, delete]
    send: { repository: acme/events, event: changed }
`;
  const stage = await relayStage({ subscriptions });
  await stage.start();
  stage.dev.counters.reset();
  return stage;
}

const calls = ({ dev }: RelayStage) => dev.counters.requests.map(({ method, path }) => `${method} ${path}`);
const item = (objectID: string) => JSON.stringify([{ changeType: 2, objectType: 'App', objectID }]);

test('forged calls about nothing cost a few reads, and no dispatch', async () => {
  const here = await started();
  const path = `/notify/watched/${await here.secret()}`;
  for (let times = 0; times < 3; times += 1) assert.equal((await here.post(path, item(NOBODY))).status, 202);
  await here.time.pass(30_000);
  // When it is heard of, when it is quiet, and two more looks.
  assert.deepEqual(calls(here), Array(4).fill('GET /qrs/app/full'));
  assert.deepEqual(here.told(), []);
  const [delivery] = await here.look(store => store.list({ limit: 10 }));
  assert.equal(delivery?.reason, 'there is no such App any more, or it may not be read');
});

test('a forged deletion of what is there is not told', async () => {
  const here = await started();
  const path = `/notify/watched/${await here.secret()}`;
  const body = JSON.stringify([{ changeType: 3, objectType: 'App', objectID: here.app('Sales') }]);
  assert.equal((await here.post(path, body)).status, 202);
  await here.time.pass(30_000);
  // As many reads as of an update: when it is heard of, when it is quiet, and two more looks.
  assert.deepEqual(calls(here), Array(4).fill('GET /qrs/app/full'));
  assert.deepEqual(here.told(), []);
});

test('a thousand made-up ids are read many at a time', async () => {
  const here = await started();
  const path = `/notify/watched/${await here.secret()}`;
  const items = Array.from({ length: 1_000 }, () => JSON.parse(item(randomUUID()))[0]);
  assert.equal((await here.post(path, JSON.stringify(items))).status, 202);
  await here.time.pass(60_000);
  const reads = calls(here).filter(call => call === 'GET /qrs/app/full').length;
  assert.ok(reads <= 4 * 12, `${reads} reads`);
  assert.deepEqual(here.told(), []);
});

test('a call without the secret costs nothing', async () => {
  const here = await started();
  assert.equal((await here.post('/notify/watched/guessed', item(here.app('Sales')))).status, 404);
  await here.time.pass(30_000);
  assert.deepEqual(calls(here), []);
  assert.deepEqual(await here.look(store => store.list({ limit: 10 })), []);
  assert.match((await here.get('/metrics')).body, /^qrs_relay_unknown_total 1$/m);
});
