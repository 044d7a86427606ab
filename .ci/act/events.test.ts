import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shelf, tagsOf } from '../../test/sites-for-tests.ts';
import { setProperties } from './edit.ts';
import { appOn, DEV, TARGET } from './sites.ts';
import { HOSTILE, withstandsEvents } from './withstand.ts';
import { world } from './world.ts';

/** A name is text of somebody else, all the way from the hub to the target. */
const NAMED = { ...DEV, apps: [{ name: HOSTILE, stream: 'Release', size: '20 KB' }] };

test('promote-on-reload.yml: each reload on dev is promoted once', async t => {
  const tasks = [{ name: 'Nightly Sales', app: HOSTILE, runs: [{ takes: 100 }] }];
  const at = await world(t, { dev: { ...NAMED, tasks } });
  const app = appOn(at.dev, HOSTILE);
  await setProperties(at.dev, app, { PromoteOnReload: ['Yes'] });
  const [task] = at.dev.site.tasks.keys();
  const reload = () => at.relayed('promote-on-reload.yml', () => at.dev.runTask(task ?? ''));
  const event = await reload();
  const run = await at.run('promote-on-reload.yml', event);
  assert.deepEqual(run.outcomes, ['promoted'], run.log);
  assert.deepEqual(shelf(at.prod), [`${HOSTILE}@Everyone`]);
  await withstandsEvents(at, 'promote-on-reload.yml', event);

  const second = await at.run('promote-on-reload.yml', await reload());
  assert.deepEqual(second.outcomes, ['promoted'], second.log);
  assert.equal(await at.prod.digest(appOn(at.prod, HOSTILE)), await at.dev.digest(app));
});

test('promote-to-test-and-prod.yml: to test, then to prod', async t => {
  const at = await world(t, {
    dev: NAMED,
    test: { ...TARGET, apps: [{ name: HOSTILE, stream: 'Everyone', size: '10 KB' }] },
  });
  const app = appOn(at.dev, HOSTILE);
  const approve = () => setProperties(at.dev, app, { PromotionApproval: ['Approve'] });
  const event = await at.relayed('promote-to-test-and-prod.yml', approve);
  const run = await at.run('promote-to-test-and-prod.yml', event);
  assert.deepEqual(run.jobs, { test: 'success', prod: 'success' }, run.log);
  assert.deepEqual(run.outcomes, ['promoted', 'promoted']);
  assert.deepEqual([shelf(at.test), shelf(at.prod)], [[`${HOSTILE}@Everyone`], [`${HOSTILE}@Everyone`]]);
  assert.deepEqual(tagsOf(at.dev, app), ['Promoted']);
  await withstandsEvents(at, 'promote-to-test-and-prod.yml', event);
});
