import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../../src/base/clock.ts';
import { readApp } from '../../src/qrs/apps/find.ts';
import { connect, type Qrs } from '../../src/qrs/connection.ts';
import { subscribe } from '../../src/qrs/subscriptions.ts';
import { checkStore } from '../../src/relay/check/store.ts';
import { MIGRATIONS } from '../../src/relay/store/schema.ts';
import { openStore } from '../../src/relay/store/store.ts';
import { keepingLog, siteOf } from '../sites-for-tests.ts';
import { endings, endTrials, findings, folder, PORT, testTrials, told } from './check-trials.ts';

afterEach(endTrials);

test('check: where all is well, everything is tried, and nothing is left behind', async () => {
  const found = await findings({
    after: dev => {
      const calls = dev.counters.requests.map(({ method, path, status }) => `${method} ${path} ${status}`);
      assert.deepEqual(calls, [
        'POST /qrs/notification 201',
        'DELETE /qrs/notification 204',
        'GET /qrs/app/full 200',
        'GET /qrs/notification/changes 200',
      ]);
    },
  });
  assert.deepEqual(found.filter(({ level }) => level !== 'ok').map(told), [
    'warning listen.url says 127.0.0.1, which is the Qlik node itself to QRS: right only if the relay runs on that node.',
  ]);
  const sentences = [
    `The store ${join(folder, 'relay.db')} can be made.`,
    `Port ${PORT} is free.`,
    'Site "dev": subscription "app-updated" can be made and ended, and is not left behind.',
    'Site "dev": the relay can ask for missed changes.',
    `Site "dev": its clock agrees with this machine's.`,
    'The event "qlik-app-updated" starts .github/workflows/promote.yml on main of acme/events.',
  ];
  for (const sentence of sentences)
    assert.ok(
      found.some(({ what }) => what === sentence),
      sentence,
    );
  assert.deepEqual(readdirSync(folder), []);
  assert.doesNotMatch(found.map(told).join(), /unwatched/);
});

test('check: a store of an older relay is brought up to date by run, and left alone by check', async () => {
  const store = join(folder, 'older.db');
  await (await openStore(store)).close();
  const later = [...MIGRATIONS, 'ALTER TABLE memory ADD COLUMN stream TEXT'];
  const [found] = await checkStore(store, systemClock, later);
  assert.match(
    `${found?.level} ${found?.what}`,
    /^ok The store \S+older\.db is of version \d+, made by an older relay: "run" brings it /,
  );
});

testTrials([
  [
    'the folder of the store is not there',
    { store: join(folder, 'nowhere', 'relay.db') },
    /^problem The store \S+\/nowhere\/relay\.db cannot be used: ENOENT/,
  ],
  [
    'the store is something else',
    {
      store: join(folder, 'text.db'),
      before: () => writeFileSync(join(folder, 'text.db'), 'x'.repeat(9000)),
    },
    /^problem The store \S+text\.db cannot be used: file is not a database\.$/,
  ],
]);

test('check: the port of a relay that runs is no problem', async () => {
  const other = createServer();
  other.listen(PORT, '127.0.0.1');
  endings.push(() => other.close());
  const found = (await findings()).map(told);
  assert.ok(found.includes(`warning Port ${PORT} is in use. That is right if the relay runs already.`));
});

test('check: a store that is there is tried as it is, and one that is not is not made', async () => {
  const store = join(folder, 'kept.db');
  await findings({ store });
  assert.equal(existsSync(store), false);
  await (await openStore(store)).close();
  const found = (await findings({ store })).map(told);
  assert.ok(found.includes(`ok The store ${store} can be written.`));
});

for (const duplicateSubscriptions of ['same-handle', 'accumulate'] as const) {
  test(`check: a relay that runs keeps its subscriptions (${duplicateSubscriptions})`, async () => {
    const told = Promise.withResolvers<string>();
    const relay = createHttpServer((request, response) => {
      told.resolve(request.url ?? '');
      response.end();
    });
    relay.listen(0, '127.0.0.1');
    endings.push(() => relay.close());
    await once(relay, 'listening');
    const address = relay.address();
    const own = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const watch = { entity: 'App', change: 'update', filter: undefined, property: undefined } as const;
    let qrs: Qrs | undefined;
    await findings({
      switches: { duplicateSubscriptions },
      listen: `{ url: "${own}", host: 127.0.0.1 }`,
      before: async dev => {
        const surroundings = { clock: systemClock, log: keepingLog(), signal: new AbortController().signal };
        qrs = connect(siteOf('dev', dev), surroundings);
        endings.push(() => qrs?.close());
        await subscribe(qrs, watch, `${own}/notify/app-updated/secret`);
      },
      after: async dev => {
        const [app] = dev.site.apps.values();
        if (!qrs) return assert.fail();
        const read = Object(await readApp(qrs, app?.id ?? ''));
        const body = { ...read, description: 'new' };
        await qrs.send({ method: 'PUT', path: `/qrs/app/${app?.id}`, body, attempt: 'edit' });
        const heard = await Promise.race([told.promise, wait(5_000, 'nothing', { ref: false })]);
        assert.equal(heard, '/notify/app-updated/secret');
      },
    });
  });
}
