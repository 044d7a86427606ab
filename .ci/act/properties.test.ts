import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shelf, tagsOf } from '../../test/sites-for-tests.ts';
import { setProperties } from './edit.ts';
import { clock } from './events.ts';
import { appOn, DEV, TARGET } from './sites.ts';
import { changesNothing, HOSTILE, withstandsEvents } from './withstand.ts';
import { world } from './world.ts';

const ASKED = { PromoteToServer: ['Test - Overwrite'], PromoteToStream: ['Everyone', 'Review'] };

test('promote-by-properties.yml: the app decides, and an emptied property takes the tag off', async t => {
  const at = await world(t, { dev: DEV, test: TARGET });
  const app = appOn(at.dev, 'Sales Overview');
  const replaced = appOn(at.test, 'Sales Overview');
  const event = await at.relayed('promote-by-properties.yml', () => setProperties(at.dev, app, ASKED));
  const run = await at.run('promote-by-properties.yml', event);
  assert.deepEqual(run.jobs, { promote: 'success' }, run.log);
  assert.deepEqual(run.outcomes, ['promoted']);
  assert.deepEqual(shelf(at.test), ['Sales Overview@Everyone', 'Sales Overview@Review']);
  assert.ok(at.test.site.apps.has(replaced), 'the replaced app keeps its id');
  assert.equal(await at.test.digest(replaced), await at.dev.digest(app));
  assert.deepEqual(tagsOf(at.dev, app), ['Promoted']);
  await withstandsEvents(at, 'promote-by-properties.yml', event);

  await setProperties(at.dev, app, {});
  await at.run('promote-by-properties.yml', event);
  assert.deepEqual(tagsOf(at.dev, app), []);
});

test('promote-by-properties.yml: a hostile name stays a name', async t => {
  const dev = { ...DEV, apps: [{ name: HOSTILE, stream: 'Release', size: '20 KB' }] };
  const at = await world(t, { dev, test: TARGET });
  const event = await at.relayed('promote-by-properties.yml', () =>
    setProperties(at.dev, appOn(at.dev, HOSTILE), ASKED),
  );
  const run = await at.run('promote-by-properties.yml', event);
  assert.deepEqual(run.outcomes, ['promoted'], run.log);
  assert.deepEqual(
    shelf(at.test),
    [`${HOSTILE}@Everyone`, `${HOSTILE}@Review`, 'Sales Overview@Everyone'].sort(),
  );
  await changesNothing(at, 'promote-by-properties.yml', event);
});

test('promote-by-schedule.yml: finds the apps that ask, without a relay', async t => {
  const [sales, stock] = DEV.apps ?? [];
  const asks = { ...sales, name: 'Sales Overview', properties: ASKED };
  const cannot = { ...stock, name: 'Stock', properties: { ...ASKED, PromoteToStream: 'Foo' } };
  const done = { name: 'Old', stream: 'Release', size: '20 KB', tags: ['Promoted'] };
  const customProperties = { ...DEV.customProperties, PromoteToStream: ['Everyone', 'Review', 'Foo'] };
  const at = await world(t, {
    dev: { ...DEV, customProperties, tags: ['Promoted'], apps: [asks, cannot, done] },
    test: TARGET,
  });
  const run = await at.run('promote-by-schedule.yml', clock());
  assert.deepEqual(run.outcomes, ['promoted'], run.log);
  assert.deepEqual(shelf(at.test), ['Sales Overview@Everyone', 'Sales Overview@Review']);
  assert.deepEqual(tagsOf(at.dev, appOn(at.dev, 'Sales Overview')), ['Promoted']);
  assert.deepEqual(tagsOf(at.dev, appOn(at.dev, 'Old')), [], 'it no longer asks');
  await changesNothing(at, 'promote-by-schedule.yml', clock());
});

test('promote-by-schedule.yml: has nothing to do while nobody asks, and nobody ever did', async t => {
  const at = await world(t, { dev: DEV, test: TARGET });
  const run = await changesNothing(at, 'promote-by-schedule.yml', clock());
  assert.deepEqual([run.succeeded, run.outcomes], [true, ['nothing-to-do']], run.log);
});
