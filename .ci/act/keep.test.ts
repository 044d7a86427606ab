import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { button } from './events.ts';
import { appOn, DEV, TARGET } from './sites.ts';
import { changesNothing, TYPED } from './withstand.ts';
import { world } from './world.ts';

test('promote-with-backup.yml and restore-backup.yml: the old app comes back under its id', async t => {
  const at = await world(t, { dev: DEV, prod: TARGET });
  const app = appOn(at.prod, 'Sales Overview');
  const old = await at.prod.digest(app);
  const run = await at.run('promote-with-backup.yml', button());
  assert.deepEqual(run.outcomes, ['promoted'], run.log);
  assert.notEqual(await at.prod.digest(app), old);
  await changesNothing(at, 'promote-with-backup.yml', button());

  const backup = join(at.kept, 'artifacts', 'backup');
  const [file = ''] = globSync('prod/Everyone/*.qvf', { cwd: backup });
  const restored = await at.run('restore-backup.yml', button({ run: '1', file, stream: 'Everyone' }));
  assert.deepEqual(restored.outcomes, ['promoted'], restored.log);
  assert.equal(await at.prod.digest(app), old);
  for (const typed of [{ file: TYPED }, { file: '../../escaped.qvf' }, { file, stream: TYPED }]) {
    const inputs = { run: '1', stream: 'Everyone', ...typed };
    const refused = await changesNothing(at, 'restore-backup.yml', button(inputs));
    assert.equal(refused.succeeded, false, refused.log);
  }
});

test('archive-to-git.yml: each promoted app is committed without its data', async t => {
  const at = await world(t, { dev: DEV, prod: TARGET });
  const git = (...words: string[]) => execFileSync('git', words, { cwd: at.origin, encoding: 'utf8' });
  const run = await at.run('archive-to-git.yml', button());
  assert.deepEqual(run.jobs, { promote: 'success', commit: 'success' }, run.log);
  const ids = ['Sales Overview', 'Stock'].map(name => `apps/${name}-${appOn(at.dev, name)}.qvf`);
  assert.deepEqual(git('ls-tree', '--name-only', '-z', 'main', 'apps/').split('\0').filter(Boolean), ids);
  assert.equal(
    git('log', '-1', '--format=%an %s', 'main').trim(),
    'github-actions[bot] Promote and archive to Git, run 1',
  );

  const again = await changesNothing(at, 'archive-to-git.yml', button());
  assert.deepEqual(again.jobs, { promote: 'success' }, 'nothing was promoted, so nothing is committed');
});

test('promote-with-reload-task.yml: an app comes with its task, and not where something is missing', async t => {
  const needs = {
    connections: ['Sales DB'],
    extensions: ['qlik-chart-x'],
    tasks: [{ name: 'Load QVDs', app: 'Sales Overview' }],
  };
  const at = await world(t, { dev: DEV, prod: { ...TARGET, ...needs } });
  const [connection] = at.prod.site.dataConnections.values();
  at.prod.site.dataConnections.clear();
  const refused = await changesNothing(at, 'promote-with-reload-task.yml', button());
  assert.match(refused.log, /has no data connection "Sales DB"/);
  if (connection) at.prod.site.dataConnections.set(connection.id, connection);
  const run = await at.run('promote-with-reload-task.yml', button());
  assert.deepEqual(run.outcomes, ['promoted'], run.log);
  const tasks = [...at.prod.site.tasks.values()].map(({ name }) => name);
  assert.deepEqual(tasks, ['Load QVDs', 'Reload Sales Overview']);
  await changesNothing(at, 'promote-with-reload-task.yml', button());
});
