import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../../src/base/clock.ts';
import { checkStore } from '../../src/relay/check/store.ts';
import { openStore } from '../../src/relay/store/store.ts';
import { numbers } from '../numbers.ts';
import { startClusters } from './clusters.ts';
import { discrepancies } from './ledger.ts';
import { ids, startLoad } from './load.ts';
import { drained, several, twice } from './several.ts';
import { ofSqlite } from './store-place.ts';
import { startTcpProxy } from './tcp-proxy.ts';
import { until } from './until.ts';

const ends: (() => unknown)[] = [];
after(async () => {
  for (const end of ends.reverse()) await end();
});

/** From the promotion until the relays take changes again, also on a busy machine, ms. */
const BACK = 180_000;

test('failover: when the primary dies and its standby takes the address over, nothing is lost or dispatched under two ids', {
  skip: !ofSqlite && 'it needs PostgreSQL: npm run test:postgres',
}, async context => {
  const clusters = await startClusters(process.env.RELAY_STORE_BIN ?? '');
  ends.push(clusters.stop);
  const base = new URL(clusters.url);
  const address = await startTcpProxy(Number(base.port));
  ends.push(address.stop);
  base.port = String(address.port);

  const [loud, silent] = [ids(6), ids(120)];
  const findings = await checkStore(clusters.standby.url, systemClock);
  assert.ok(
    findings.some(({ level, what }) => level === 'problem' && /is a standby, .* name the primary/.test(what)),
  );
  await assert.rejects(openStore(clusters.standby.url, 'run'), {
    name: 'StoreAwayError',
    message: /read-only transaction\. Is it a standby\? Name the primary in store\.$/,
  });

  const it = await several(2, [...loud, ...silent], { base: String(base) });
  ends.push(it.stop);
  const { around } = it;
  const relays = [await it.start(0), await it.start(1)];
  await around.watched();
  const load = startLoad(around, { loud, silent, senders: 3, random: numbers(7) });
  ends.push(load.stop);
  const acknowledged = () => load.sent.filter(one => one.acknowledged).length;
  const takeMore = async () => {
    const before = acknowledged();
    return until(BACK, 'relays take changes', async () => acknowledged() > before + 20);
  };
  await takeMore();
  await until(BACK, 'GitHub is called', async () => around.github.dispatches.length > 5);

  await clusters.killPrimary();
  await until(BACK, 'every relay says that the database is away', async () =>
    relays.every(({ running }) => running.log().includes('does not answer')),
  );
  await clusters.promote();
  address.lead(clusters.standby.port);
  context.diagnostic(`changes are taken again after ${Math.round(await takeMore())} ms`);
  await wait(2_000);
  await load.stop();
  await drained(around, load);

  const deliveries = await around.look(store => store.list({ limit: 1_000_000 }));
  const { sent, latest } = load;
  const { dispatches, breaches } = around.github;
  context.diagnostic(`${sent.length} sent, ${acknowledged()} acknowledged, ${dispatches.length} dispatches`);
  assert.deepEqual([...discrepancies({ sent, latest, dispatches, deliveries }), ...twice(around)], []);
  assert.deepEqual(breaches, []);
});
