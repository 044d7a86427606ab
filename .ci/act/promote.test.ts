import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SiteData } from '../../simulator/data.ts';
import { shelf, tagsOf } from '../../test/sites-for-tests.ts';
import { setProperties } from './edit.ts';
import { clock } from './events.ts';
import { changesNothing, HOSTILE, withstandsEvents } from './withstand.ts';
import { type World, world } from './world.ts';

const DEV: SiteData = {
  streams: ['Release'],
  customProperties: {
    PromoteToServer: ['Test - Overwrite', 'Test - Duplicate'],
    PromoteToStream: ['Everyone', 'Review'],
    PromotionApproval: ['Approve', 'Deny'],
    PromoteOnReload: ['Yes'],
  },
  apps: [
    { name: 'Sales Overview', stream: 'Release', size: '20 KB' },
    { name: 'Stock', stream: 'Release', size: '20 KB' },
  ],
};
const TEST: SiteData = {
  streams: ['Everyone', 'Review'],
  apps: [{ name: 'Sales Overview', stream: 'Everyone', size: '10 KB' }],
};
const ASKED = { PromoteToServer: ['Test - Overwrite'], PromoteToStream: ['Everyone', 'Review'] };

function appOn(site: World['dev'], name: string): string {
  const app = [...site.site.apps.values()].find(one => one.name === name);
  if (!app) throw new Error(`no app is called ${name}`);
  return app.id;
}

function propertiesOf(site: World['dev'], app = ''): string[] {
  return site.site.apps.get(app)?.customProperties.map(({ value }) => value) ?? [];
}

test('promote-by-properties.yml: the app decides, and an emptied property takes the tag off', async t => {
  const at = await world(t, { dev: DEV, test: TEST });
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
  const at = await world(t, { dev, test: TEST });
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
    test: TEST,
  });
  const run = await at.run('promote-by-schedule.yml', clock());
  assert.deepEqual(run.outcomes, ['promoted'], run.log);
  assert.deepEqual(shelf(at.test), ['Sales Overview@Everyone', 'Sales Overview@Review']);
  assert.deepEqual(tagsOf(at.dev, appOn(at.dev, 'Sales Overview')), ['Promoted']);
  assert.deepEqual(tagsOf(at.dev, appOn(at.dev, 'Old')), [], 'it no longer asks');
  await changesNothing(at, 'promote-by-schedule.yml', clock());
});

test('promote-or-deny.yml: promotes what is approved, and tags what is denied', async t => {
  const at = await world(t, { dev: DEV });
  const [sales, stock] = ['Sales Overview', 'Stock'].map(name => appOn(at.dev, name));
  const decide = (app = '', PromotionApproval: string[] = []) =>
    at.relayed('promote-or-deny.yml', () => setProperties(at.dev, app, { PromotionApproval }));

  const approved = await decide(sales, ['Approve']);
  const run = await at.run('promote-or-deny.yml', approved);
  assert.deepEqual(run.outcomes, ['promoted', 'nothing-to-do'], run.log);
  assert.deepEqual(shelf(at.prod), ['Sales Overview@Everyone']);
  assert.deepEqual(propertiesOf(at.dev, sales), []);
  await withstandsEvents(at, 'promote-or-deny.yml', approved);

  const denied = await decide(stock, ['Deny']);
  const denial = await at.run('promote-or-deny.yml', denied);
  assert.deepEqual(denial.outcomes, ['nothing-to-do', 'promoted'], denial.log);
  assert.deepEqual(shelf(at.prod), ['Sales Overview@Everyone']);
  assert.deepEqual([tagsOf(at.dev, stock ?? ''), propertiesOf(at.dev, stock)], [['Denied'], []]);

  const both = await decide(stock, ['Approve', 'Deny']);
  const undecided = await changesNothing(at, 'promote-or-deny.yml', both);
  assert.deepEqual(undecided.outcomes, ['nothing-to-do', 'nothing-to-do'], undecided.log);
});

test('promote-on-reload.yml: each reload on dev is promoted once', async t => {
  const tasks = [{ name: 'Nightly Sales', app: 'Sales Overview', runs: [{ takes: 100 }] }];
  const at = await world(t, { dev: { ...DEV, tasks } });
  const app = appOn(at.dev, 'Sales Overview');
  await setProperties(at.dev, app, { PromoteOnReload: ['Yes'] });
  const [task] = at.dev.site.tasks.keys();
  const reload = () => at.relayed('promote-on-reload.yml', () => at.dev.runTask(task ?? ''));
  const event = await reload();
  const run = await at.run('promote-on-reload.yml', event);
  assert.deepEqual(run.outcomes, ['promoted'], run.log);
  assert.deepEqual(shelf(at.prod), ['Sales Overview@Everyone']);
  await withstandsEvents(at, 'promote-on-reload.yml', event);

  const second = await at.run('promote-on-reload.yml', await reload());
  assert.deepEqual(second.outcomes, ['promoted'], second.log);
  assert.equal(await at.prod.digest(appOn(at.prod, 'Sales Overview')), await at.dev.digest(app));
});

test('promote-to-test-and-prod.yml: to test, then to prod', async t => {
  const at = await world(t, { dev: DEV, test: TEST });
  const app = appOn(at.dev, 'Sales Overview');
  const approve = () => setProperties(at.dev, app, { PromotionApproval: ['Approve'] });
  const event = await at.relayed('promote-to-test-and-prod.yml', approve);
  const run = await at.run('promote-to-test-and-prod.yml', event);
  assert.deepEqual(run.jobs, { test: 'success', prod: 'success' }, run.log);
  assert.deepEqual(run.outcomes, ['promoted', 'promoted']);
  assert.deepEqual(
    [shelf(at.test), shelf(at.prod)],
    [['Sales Overview@Everyone'], ['Sales Overview@Everyone']],
  );
  assert.deepEqual(tagsOf(at.dev, app), ['Promoted']);
  await withstandsEvents(at, 'promote-to-test-and-prod.yml', event);
});
