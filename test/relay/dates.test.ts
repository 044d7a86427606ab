import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { edit } from './edit.ts';
import { endStages, type RelayStage, type RelayStageOptions } from './stage.ts';
import { started } from './started.ts';

/** Dates that do not fit: notifications that are dated later than what the site shows, and sites that show it late. */

afterEach(endStages);

/** A relay that has decided a change of Sales before. */
async function decided(options: Partial<RelayStageOptions> = {}): Promise<RelayStage> {
  const stage = await started(options);
  await edit(stage, 'Sales', { description: 'zero' });
  await stage.time.pass(60_000);
  assert.equal(stage.told().length, 1);
  return stage;
}

test('a change whose notification is dated later than the site shows it is dispatched once it is quiet', async () => {
  const it = await decided();
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
  const it = await decided({ switches: { shownLate: 10_000 } });
  await edit(it, 'Sales', { description: 'one' });
  await it.time.pass(10_500);
  await edit(it, 'Sales', { description: 'two' });
  await it.time.pass(100_000);
  const rows = await it.look(store => store.list({ states: ['delivered'], limit: 10 }));
  const shown = it.dev.site.apps.get(it.app('Sales'))?.modifiedDate ?? '';
  assert.equal(Math.max(...rows.map(({ modified = 0 }) => modified)), Date.parse(shown));
  assert.equal(it.told().length, 3);
});
