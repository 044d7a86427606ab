import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { edit } from './edit.ts';
import { type RelayStage, type RelayStageOptions, relayStage } from './stage.ts';

/** Dates that do not fit: notifications that are dated later than what the site shows, and sites that show it late. */

const APP = `  - name: app-updated
    site: dev
    entity: App
    send: { repository: acme/events, event: qlik-app-updated }
`;

let stage: RelayStage | undefined;
afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

/** A relay that has decided a change of Sales before. */
async function started(options: Partial<RelayStageOptions> = {}): Promise<RelayStage> {
  stage = await relayStage({ subscriptions: APP, ...options });
  // That the apps were made must not be news.
  stage.time.hand.advance(600_000);
  await stage.start();
  await stage.time.pass(1_000);
  await edit(stage, 'Sales', { description: 'zero' });
  await stage.time.pass(60_000);
  assert.equal(stage.told().length, 1);
  return stage;
}

test('a change whose notification is dated later than the site shows it is dispatched once it is quiet', async () => {
  const it = await started();
  it.dev.site.switches.loseEvery = 1;
  await edit(it, 'Sales', { description: 'one' });
  const modifiedDate = new Date(it.time.now() + 4_000).toISOString();
  const item = { changeType: 2, objectType: 'App', objectID: it.app('Sales'), modifiedDate };
  await it.post(`/notify/app-updated/${await it.secret()}`, JSON.stringify([item]));
  await it.time.pass(5_100);
  assert.equal(it.told().length, 2);
  await it.time.pass(3_600_000);
  assert.equal(it.told().length, 2);
});

test('a second change that the site shows late is found soon after the first one was dispatched', async () => {
  const it = await started({ switches: { shownLate: 10_000 } });
  await edit(it, 'Sales', { description: 'one' });
  await it.time.pass(10_500);
  await edit(it, 'Sales', { description: 'two' });
  await it.time.pass(100_000);
  const rows = await it.look(store => store.list({ states: ['delivered'], limit: 10 }));
  const shown = it.dev.site.apps.get(it.app('Sales'))?.modifiedDate ?? '';
  assert.equal(Math.max(...rows.map(({ modified = 0 }) => modified)), Date.parse(shown));
  assert.equal(it.told().length, 3);
});
