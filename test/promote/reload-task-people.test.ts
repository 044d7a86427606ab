import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Simulator } from '../../simulator/server.ts';
import type { SiteData } from '../../simulator/site/data.ts';
import type { Task } from '../../simulator/site/entities.ts';
import { changes } from '../sites-for-tests.ts';
import { appIn, appNamed, edit, FOR_GOOD, on, type Scene, streamResults } from './scene.ts';

/** `reload-task` while people work on the tasks of the site. */

const TARGET: Partial<SiteData> = {
  apps: [
    { name: 'Source', size: '10 KB' },
    { name: 'Demo Build', stream: 'Everyone', size: '20 KB' },
  ],
  tasks: [{ name: 'Load QVDs', app: 'Source' }],
};
const spec = (task: string, streams = 'Everyone', more = '') =>
  `from: dev\nto: [{ site: test, streams: [${streams}] }]\nreload-task: ${task}\n${more}`;

const ownTasks = ({ site }: Simulator) => [...site.tasks.values()].filter(({ name }) => name !== 'Load QVDs');
const schedulesOf = ({ site }: Simulator, task: Task) =>
  [...site.triggers.values()].filter(one => one.task === task && one.schemaPath === 'SchemaEvent');
const didTo = (report: Awaited<ReturnType<Scene['run']>>) =>
  streamResults(report).map(stream => Object(stream).task?.did);

/** As a person in the QMC. */
function change({ test: { site } }: Scene, task: Task, fields: Partial<Task>): void {
  const user = [...site.users.values()].find(({ userId }) => userId === 'sa_repository');
  Object.assign(task, fields);
  site.touch(task, user ?? assert.fail('no user'), Object.keys(fields));
}

test('reload-task: a rollback leaves a task that somebody has changed since it was made', () =>
  on({ testData: TARGET }, async set => {
    const run = () => {
      const [made] = ownTasks(set.test);
      if (made) change(set, made, { enabled: false });
    };
    const path = /reloadtask\/create/;
    set.test.faults.add({ method: 'POST', path, after: 1, fault: { run } });
    set.test.faults.add({ method: 'POST', path, after: 1, times: 9, fault: { status: 403 } });
    const report = await set.run(spec('{}', 'Everyone, Review', `backup: ${set.folder}/backup`));
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join('\n'), /was not rolled back: somebody has changed it since/);
    assert.equal(ownTasks(set.test).length, 1);
  }));

test('reload-task: a rollback removes a task whose date the site itself moves after it was made', () =>
  on({ testData: TARGET }, async set => {
    const run = () => {
      for (const made of ownTasks(set.test)) made.modifiedDate = '9999-01-01T00:00:00.000Z';
    };
    const path = /reloadtask\/create/;
    set.test.faults.add({ method: 'POST', path, after: 1, fault: { run } });
    set.test.faults.add({ method: 'POST', path, after: 1, times: 9, fault: { status: 403 } });
    const report = await set.run(spec('{}', 'Everyone, Review', `backup: ${set.folder}/backup`));
    assert.match(report.failures.join('\n'), /The task "Reload Demo Build" was rolled back/);
    assert.deepEqual(ownTasks(set.test), []);
  }));

test('reload-task: a rollback keeps what somebody changed in a task while it was updated', () =>
  on({ testData: TARGET }, async set => {
    await set.run(spec('{ retries: 4 }'));
    const [task] = ownTasks(set.test);
    assert.ok(task);
    const run = () => change(set, task, { maxRetries: 9 });
    set.test.faults.add({ method: 'POST', path: /reloadtask\/update/, fault: { run } });
    set.test.faults.add({ method: 'POST', path: /reloadtask\/create/, times: 9, fault: { status: 403 } });
    const more = `backup: ${set.folder}/backup`;
    const report = await set.run(spec('{ timeout: 2h, update: true }', 'Everyone, Review', more));
    assert.equal(report.outcome, 'failed');
    assert.deepEqual([task.maxRetries, task.taskSessionTimeout], [9, 1440]);
  }));

test('reload-task: a rollback puts no schedule back that starts in the past', () =>
  on({ testData: TARGET }, async set => {
    await set.run(spec('{ schedule: { every: 1d, at: "05:00" } }'));
    const [task] = ownTasks(set.test);
    assert.ok(task);
    const [old] = schedulesOf(set.test, task);
    assert.ok(old);
    Object.assign(old.settings, { startDate: '2024-03-01T05:00:00.000' });
    set.test.faults.add({ method: 'POST', path: /reloadtask\/create/, times: 9, fault: { status: 403 } });
    const more = `backup: ${set.folder}/backup`;
    const report = await set.run(spec('{ schedule: { every: 2h }, update: true }', 'Everyone, Review', more));
    assert.equal(report.outcome, 'failed');
    const [back] = schedulesOf(set.test, task);
    assert.equal(back?.settings.incrementDescription, '0 0 1 0');
    assert.ok(Date.parse(`${back.settings.startDate}Z`) > Date.now(), String(back.settings.startDate));
    assert.match(String(back.settings.startDate), /T05:00/);
  }));

test('reload-task: a task that somebody gave to another app before the update stays as it is', () =>
  on({ testData: TARGET }, async set => {
    await set.run(spec('{ retries: 4 }'));
    const [task] = ownTasks(set.test);
    assert.ok(task && 'app' in task);
    edit(set.dev, appNamed(set.dev, 'Demo Build'));
    const run = () => change(set, task, { app: appNamed(set.test, 'Source') });
    set.test.faults.add({ method: 'POST', path: /upload/, fault: { run } });
    const report = await set.run(spec('{ timeout: 2h, update: true }'));
    assert.equal(task.taskSessionTimeout, 1440, report.lines.join('\n'));
  }));

test('reload-task: a task that somebody deletes during the run is not reported as left', () =>
  on({ testData: TARGET }, async set => {
    await set.run(spec('{}'));
    const [task] = ownTasks(set.test);
    assert.ok(task);
    edit(set.dev, appNamed(set.dev, 'Demo Build'));
    const run = () => set.test.site.tasks.delete(task.id);
    set.test.faults.add({ method: 'POST', path: /upload/, fault: { run } });
    const report = await set.run(spec('{}'));
    const there = ownTasks(set.test).length;
    assert.equal(report.outcome, 'promoted');
    assert.deepEqual([didTo(report), there], [['made'], 1]);
  }));

const HIDDEN = { answer: '[]', contentType: 'application/json' };

test('reload-task: a list that shows a new task late leads to no second one, also after a lost answer', async () => {
  for (const lost of [false, true]) {
    for (const times of [1, 2, 3]) {
      await on({ testData: TARGET }, async set => {
        const { faults } = set.test;
        if (lost) faults.add({ method: 'POST', path: /reloadtask\/create/, fault: { hangUp: 'after' } });
        faults.add({ method: 'GET', path: /reloadtask\/full/, after: 2, times, fault: HIDDEN });
        const report = await set.run(spec('{ retries: 2 }'));
        assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
        assert.equal(ownTasks(set.test).length, 1, `lost: ${lost}, hidden: ${times}`);
      });
    }
  }
});

test('reload-task: two runs at once make one task, also where a list shows a new one late', () =>
  on({ testData: TARGET }, async set => {
    await set.run(spec('false'));
    let other: Promise<unknown> | undefined;
    const run = () => {
      other ??= set.run(spec('{}'));
      return other;
    };
    set.test.faults.add({ method: 'POST', path: /reloadtask\/create/, fault: { run } });
    // Each run looks twice before; the other one looks twice after; the next look is the first run's.
    set.test.faults.add({ method: 'GET', path: /reloadtask\/full/, after: 6, fault: HIDDEN });
    const report = await set.run(spec('{}'));
    assert.notEqual(report.outcome, 'failed', report.failures.join('\n'));
    assert.equal(ownTasks(set.test).length, 1);
  }));

test('reload-task: a rollback says that it cannot make an old schedule again that starts only once', () =>
  on({ testData: TARGET }, async set => {
    await set.run(spec('{ schedule: { every: 1d }, retries: 4 }'));
    const [task] = ownTasks(set.test);
    assert.ok(task);
    const [old] = schedulesOf(set.test, task);
    Object.assign(old?.settings ?? {}, {
      startDate: '2024-03-01T05:00:00.000',
      incrementDescription: '0 0 0 0',
    });
    set.test.faults.add({ method: 'POST', path: /reloadtask\/create/, times: 9, fault: { status: 403 } });
    const more = `backup: ${set.folder}/backup`;
    const text = '{ schedule: { every: 2h }, retries: 1, update: true }';
    const report = await set.run(spec(text, 'Everyone, Review', more));
    assert.match(report.failures.join('\n'), /its old schedule cannot be made again/);
    assert.equal(task.maxRetries, 4);
    const [stays] = schedulesOf(set.test, task);
    assert.equal(stays?.settings.incrementDescription, '0 2 0 0');
  }));

test('reload-task: a site that shows tasks of other apps, too, does not mislead the run', () =>
  on({ testData: TARGET }, async set => {
    const [task] = set.test.site.tasks.values();
    Object.assign(task ?? {}, { name: 'Reload Demo Build' });
    const all = set.test.faults;
    // A list of all tasks, as of a site that ignores the filter.
    const answer = JSON.stringify([
      {
        id: task?.id,
        name: task?.name,
        enabled: true,
        app: { id: appNamed(set.test, 'Source').id, name: 'Source' },
      },
    ]);
    all.add({
      method: 'GET',
      path: /reloadtask\/full/,
      times: 2,
      fault: { answer, contentType: 'application/json' },
    });
    const report = await set.run(spec('{}'));
    assert.deepEqual(didTo(report), ['made']);
    assert.equal(set.test.site.tasks.size, 2);
  }));

test('reload-task: a task without a name is refused before anything is changed', () =>
  on({ testData: { apps: [{ name: 'Lone', size: '10 KB' }] } }, async set => {
    const { id } = appNamed(set.test, 'Lone');
    const report = await set.run(
      `from: dev\nto: [{ site: test, app: ${id} }]\nreload-task: { name: "{stream}" }`,
    );
    assert.match(report.failures.join('\n'), /its reload task would have no name/);
    assert.deepEqual(changes(set.test), []);
  }));

test('reload-task: the line about a task says that the id is that of the app', () =>
  on({ testData: TARGET }, async set => {
    const report = await set.run(spec('{}'));
    const { id } = appIn(set.test, 'Everyone');
    assert.match(report.lines.join('\n'), new RegExp(`reload task "Reload Demo Build" made \\(app ${id}\\)`));
  }));

for (const deleteTakesTasks of [true, false]) {
  test(`reload-task: the second app of a run that died goes with its task, deletes taking tasks: ${deleteTakesTasks}`, () =>
    on({ testData: TARGET, testSwitches: { deleteTakesTasks } }, async set => {
      await set.run(spec('{}', 'Review'));
      const [task] = ownTasks(set.test);
      assert.ok(task);
      const app = appIn(set.test, 'Review');
      const twin = { ...app, id: crypto.randomUUID(), publishTime: '9999-01-01T00:00:00.000Z' };
      set.test.site.apps.set(twin.id, twin);
      const id = crypto.randomUUID();
      set.test.site.tasks.set(id, { ...task, id, app: twin } as Task);
      const report = await set.run(spec('{}', 'Review'));
      assert.notEqual(report.outcome, 'failed', report.failures.join('\n'));
      assert.equal(set.test.site.apps.has(twin.id), false, report.lines.join('\n'));
      assert.deepEqual(ownTasks(set.test), [task]);
    }));
}

test('reload-task: a rollback whose answer gets lost is not said to have met the change of somebody', () =>
  on({ testData: TARGET }, async set => {
    await set.run(spec('{ schedule: { every: 6h }, retries: 3 }'));
    const [task] = ownTasks(set.test);
    const path = /reloadtask\/update/;
    set.test.faults.add({ method: 'POST', path, after: 1, fault: { hangUp: 'after' } });
    set.test.faults.add({ method: 'POST', path: /reloadtask\/create/, times: 9, fault: { status: 403 } });
    const more = `backup: ${set.folder}/backup`;
    const report = await set.run(spec('{ retries: 1, update: true }', 'Everyone, Review', more));
    assert.equal(task?.maxRetries, 3);
    assert.match(report.failures.join('\n'), /The task "Reload Demo Build" was rolled back/);
    assert.deepEqual(didTo(report), ['rolled back', 'not done']);
  }));

test('reload-task: an update without an answer, which the site may yet make, is not called rolled back', () =>
  on({ testData: TARGET }, async set => {
    await set.run(spec('{ retries: 3 }'));
    set.test.faults.add({
      method: 'POST',
      path: /reloadtask\/update/,
      times: FOR_GOOD,
      fault: { status: 504 },
    });
    const more = `backup: ${set.folder}/backup`;
    const report = await set.run(spec('{ retries: 1, update: true }', 'Everyone', more));
    assert.equal(report.outcome, 'failed');
    assert.doesNotMatch(report.failures.join('\n'), /The task "Reload Demo Build" was rolled back/);
    assert.deepEqual(didTo(report), ['unclear']);
  }));

test('reload-task: a removal that the site only said it did is not called rolled back', () =>
  on({ testData: TARGET }, async set => {
    const path = /reloadtask/;
    set.test.faults.add({ method: 'DELETE', path, times: FOR_GOOD, fault: { status: 204 } });
    set.test.faults.add({
      method: 'POST',
      path: /reloadtask\/create/,
      after: 1,
      times: 9,
      fault: { status: 403 },
    });
    const report = await set.run(spec('{}', 'Everyone, Review', `backup: ${set.folder}/backup`));
    assert.equal(report.outcome, 'failed');
    assert.equal(ownTasks(set.test).length, 1);
    assert.doesNotMatch(report.failures.join('\n'), /The task "Reload Demo Build" was rolled back/);
  }));

test('reload-task: a task that the site does not show is not said to be made, and the site is not away', () =>
  on(
    {
      testData: { ...TARGET, streams: ['Everyone', 'Build'] },
      devApps: [{ name: 'Other', size: '10 KB', stream: 'Build' }],
    },
    async set => {
      const app = { id: appNamed(set.test, 'Demo Build').id, name: 'Demo Build' };
      const answer = JSON.stringify({
        id: crypto.randomUUID(),
        name: 'Reload Demo Build',
        enabled: true,
        app,
      });
      const fault = { answer, contentType: 'application/json' };
      set.test.faults.add({ method: 'POST', path: /reloadtask\/create/, times: 9, fault });
      const report = await set.run(
        `from: dev\napps: [{ name: Demo Build }, { name: Other }]\nto: [{ site: test, streams: [Everyone] }]\nreload-task: {}`,
      );
      assert.equal(report.outcome, 'failed');
      assert.deepEqual(didTo(report), ['unclear', 'unclear']);
      assert.match(report.failures.join('\n'), /failed to show the task "Reload Demo Build" as it was made/);
      assert.doesNotMatch(report.failures.join('\n'), /is away|gave no answer/);
    },
  ));
