import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { button, clock } from './events.ts';
import { changesNothing, notRun, TYPED } from './withstand.ts';
import { type World, world } from './world.ts';

const apps = [{ name: 'Sales', stream: 'Everyone', size: '10 KB' }];
const task = (name: string, ends: 'FinishedSuccess' | 'FinishedFail' = 'FinishedSuccess') => ({
  name,
  app: 'Sales',
  runs: [{ takes: 50, ends }],
});

/** How often each task of a site has run. */
function runsOn({ site }: World['prod']): Record<string, number> {
  const all: Record<string, number> = {};
  for (const { taskID } of site.results.values()) {
    const name = site.tasks.get(taskID)?.name ?? 'a task that is gone';
    all[name] = (all[name] ?? 0) + 1;
  }
  return all;
}

test('reload-task.yml: follows the run to its end, and fails with it', async t => {
  const tasks = [task('Nightly Sales'), task('Broken', 'FinishedFail'), task(TYPED)];
  const at = await world(t, { prod: { apps, tasks } });
  const run = await at.run('reload-task.yml', button({ task: 'Nightly Sales' }));
  assert.deepEqual(run.outcomes, ['reloaded'], run.log);
  const failed = await at.run('reload-task.yml', button({ task: 'Broken' }));
  assert.deepEqual([failed.succeeded, failed.outcomes], [false, ['failed']], failed.log);
  const hostile = await at.run('reload-task.yml', button({ task: TYPED }));
  assert.deepEqual(hostile.outcomes, ['reloaded'], hostile.log);
  notRun();
  assert.deepEqual(runsOn(at.prod), { 'Nightly Sales': 1, Broken: 1, [TYPED]: 1 });
  const unknown = await changesNothing(at, 'reload-task.yml', button({ task: 'Nightly Sale' }));
  assert.match(unknown.log, /Nightly Sales/, 'the nearest name');
});

test('reload-app.yml: makes the task of the app once', async t => {
  const at = await world(t, {
    prod: { apps: [...apps, { name: TYPED, stream: 'Everyone', size: '10 KB' }] },
  });
  for (const name of ['Sales', 'Sales', TYPED]) {
    const run = await at.run('reload-app.yml', button({ app: name }));
    assert.deepEqual(run.outcomes, ['reloaded'], run.log);
  }
  notRun();
  assert.equal(at.prod.site.tasks.size, 2);
  assert.equal(at.prod.site.results.size, 3);
});

test('reload-chain.yml: dev before prod, one after the other, until one fails', async t => {
  const dev = { apps, tasks: [task('Nightly Extract'), task('Nightly Rates')] };
  const prod = { apps, tasks: [task('Nightly Sales'), task('Nightly Stock')] };
  const at = await world(t, { dev, prod });
  const run = await at.run('reload-chain.yml', clock());
  assert.deepEqual(run.outcomes, ['reloaded', 'reloaded'], run.log);
  assert.deepEqual(runsOn(at.dev), { 'Nightly Extract': 1, 'Nightly Rates': 1 });
  assert.deepEqual(runsOn(at.prod), { 'Nightly Sales': 1, 'Nightly Stock': 1 });
  assert.equal(readdirSync(join(at.kept, 'artifacts', 'script-logs')).length, 2);

  const broken = await world(t, {
    dev,
    prod: { apps, tasks: [task('Nightly Sales', 'FinishedFail'), task('Nightly Stock')] },
  });
  const failed = await broken.run('reload-chain.yml', clock());
  assert.equal(failed.succeeded, false, failed.log);
  assert.deepEqual(runsOn(broken.prod), { 'Nightly Sales': 1 });
});
