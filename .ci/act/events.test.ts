import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shelf, tagsOf } from '../../test/sites-for-tests.ts';
import { setProperties } from './edit.ts';
import { appOn, DEV, TARGET } from './sites.ts';
import { withstandsEvents } from './withstand.ts';
import { world } from './world.ts';

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
  const at = await world(t, { dev: DEV, test: TARGET });
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
