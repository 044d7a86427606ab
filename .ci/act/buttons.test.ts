import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shelf, tagsOf } from '../../test/sites-for-tests.ts';
import { button, clock } from './events.ts';
import { appOn, DEV, TARGET } from './sites.ts';
import { changesNothing, TYPED } from './withstand.ts';
import { world } from './world.ts';

test('promote-by-hand.yml: shows the plan, then promotes to the site that was chosen', async t => {
  const at = await world(t, { dev: DEV, test: TARGET, prod: TARGET });
  const inputs = {
    app: 'Sales Overview',
    site: 'prod',
    stream: 'Review',
    mode: 'overwrite',
    'dry-run': 'true',
  };
  const plan = await changesNothing(at, 'promote-by-hand.yml', button(inputs));
  assert.deepEqual(plan.outcomes, ['planned'], plan.log);

  const done = button({ ...inputs, 'dry-run': 'false' });
  const run = await at.run('promote-by-hand.yml', done);
  assert.deepEqual(run.outcomes, ['promoted'], run.log);
  assert.deepEqual(shelf(at.prod), ['Sales Overview@Everyone', 'Sales Overview@Review']);
  assert.deepEqual(shelf(at.test), ['Sales Overview@Everyone']);
  const again = await changesNothing(at, 'promote-by-hand.yml', done);
  assert.deepEqual(again.outcomes, ['nothing-to-do'], again.log);

  const typed = button({ ...inputs, app: TYPED, stream: TYPED, 'dry-run': 'false' });
  const hostile = await changesNothing(at, 'promote-by-hand.yml', typed);
  assert.equal(hostile.succeeded, false, 'no app is called so');
});

test('promote-on-one-site.yml: from the developers to the users', async t => {
  const apps = [
    { name: 'Sales', stream: 'Work', size: '20 KB', tags: ['ready'] },
    { name: 'Draft', stream: 'Work', size: '20 KB' },
    { name: 'Sales', stream: 'Finance', size: '10 KB' },
  ];
  const at = await world(t, { prod: { streams: ['Work', 'Finance'], tags: ['ready'], apps } });
  const run = await at.run('promote-on-one-site.yml', button());
  assert.deepEqual(run.outcomes, ['promoted'], run.log);
  assert.deepEqual(shelf(at.prod), ['Draft@Work', 'Sales@Finance', 'Sales@Work']);
  const [work, users] = [...at.prod.site.apps.values()].filter(({ name }) => name === 'Sales');
  assert.equal(await at.prod.digest(users?.id ?? ''), await at.prod.digest(work?.id ?? ''));
  const again = await changesNothing(at, 'promote-on-one-site.yml', button());
  assert.deepEqual(again.outcomes, ['nothing-to-do'], again.log);
});

test('promote-then-reload.yml: what has the tag goes to prod, and the tasks that read it run', async t => {
  const [sales, ...others] = DEV.apps ?? [];
  const tasks = ['Nightly Sales', 'Nightly Stock'].map(name => ({
    name,
    app: 'Reader',
    runs: [{ takes: 50 }],
  }));
  const at = await world(t, {
    dev: {
      ...DEV,
      tags: ['release'],
      apps: [{ name: 'Sales Overview', ...sales, tags: ['release'] }, ...others],
    },
    prod: { ...TARGET, apps: [{ name: 'Reader', stream: 'Everyone', size: '10 KB' }], tasks },
  });
  const run = await at.run('promote-then-reload.yml', clock());
  assert.deepEqual(run.outcomes, ['promoted', 'reloaded'], run.log);
  assert.deepEqual(shelf(at.prod), ['Reader@Everyone', 'Sales Overview@Everyone']);
  assert.deepEqual(tagsOf(at.dev, appOn(at.dev, 'Sales Overview')), ['release', 'Promoted']);
  const again = await changesNothing(at, 'promote-then-reload.yml', clock());
  assert.deepEqual(again.jobs, { promote: 'success' }, 'nothing was promoted, so nothing is reloaded');
});
