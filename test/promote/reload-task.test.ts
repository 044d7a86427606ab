import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changes, shelf, tagsOf } from '../sites-for-tests.ts';
import { FULL, nothingStarted, onlyTask, spec, TARGET, taskOf, tasksOn, triggersOn } from './reload-tasks.ts';
import { appIn, appNamed, appResults, edit, on, onThree, planned } from './scene.ts';

/** `reload-task`: the task that an app has on a target after it was promoted there. */

test('reload-task: an app that is newly published gets it, whole, and nothing is started', () =>
  on({ testData: TARGET }, async set => {
    const report = await set.run(spec(FULL));
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    const task = onlyTask(set.test);
    assert.equal(task.name, 'Reload Demo Build');
    assert.equal(task.app, appIn(set.test, 'Review'));
    assert.deepEqual([task.enabled, task.taskSessionTimeout, task.maxRetries], [true, 120, 1]);
    assert.deepEqual(
      task.tags.map(({ name }) => name),
      ['nightly'],
    );
    assert.deepEqual(
      task.customProperties.map(({ definition, value }) => `${definition.name}=${value}`),
      ['Load=Heavy'],
    );
    const [daily, chain, ...more] = triggersOn(set.test, task);
    assert.deepEqual(more, []);
    assert.equal(daily?.settings.timeZone, 'Europe/Berlin');
    assert.equal(daily?.settings.incrementDescription, '0 0 1 0');
    assert.match(String(daily?.settings.startDate), /T02:00:00\.000$/);
    assert.deepEqual(
      chain?.rules.map(rule => [rule.task.name, rule.ruleState]),
      [
        ['Load QVDs', 1],
        ['Copy files', 1],
      ],
    );
    const berlin = new Intl.DateTimeFormat('de-DE', { timeZone: 'Europe/Berlin', timeStyle: 'short' });
    assert.equal(berlin.format(new Date(task.next())), '02:00');
    assert.deepEqual(taskOf(report), [{ name: 'Reload Demo Build', plan: 'make', did: 'made', id: task.id }]);
    assert.match(report.lines.join('\n'), /published, reload task "Reload Demo Build" made/);
    nothingStarted(set);
  }));

test('reload-task: without more words it is called after the app, and people start it', () =>
  on({ testData: TARGET }, async set => {
    assert.equal((await set.run(spec('{}'))).outcome, 'promoted');
    const task = onlyTask(set.test);
    assert.deepEqual(
      [task.name, task.enabled, task.taskSessionTimeout, task.maxRetries, task.isManuallyTriggered],
      ['Reload Demo Build', true, 1440, 0, false],
    );
    assert.deepEqual(triggersOn(set.test, task), []);
  }));

test('reload-task: run again, nothing is to do, and the task is left alone with all that people changed in it', () =>
  on({ testData: TARGET }, async set => {
    await set.run(spec(FULL));
    const task = onlyTask(set.test);
    Object.assign(task, { enabled: false, maxRetries: 7 });
    set.test.counters.reset();
    const again = await set.run(spec(FULL));
    assert.equal(again.outcome, 'nothing-to-do', again.failures.join('\n'));
    assert.deepEqual(changes(set.test), []);
    assert.deepEqual(
      taskOf(again).map(({ did }) => did),
      ['left'],
    );
    assert.deepEqual([task.enabled, task.maxRetries], [false, 7]);
    edit(set.dev, appNamed(set.dev, 'Demo Build'));
    assert.equal((await set.run(spec(FULL))).outcome, 'promoted');
    assert.equal(onlyTask(set.test), task, 'the replaced app keeps its task');
  }));

test('reload-task: an app that is live without it gets it, whether it is replaced or already there', () =>
  on({ testData: TARGET }, async set => {
    const replaced = await set.run(spec('{}', { streams: 'Everyone' }));
    assert.equal(replaced.outcome, 'promoted');
    assert.match(replaced.lines.join('\n'), /replaced, reload task "Reload Demo Build" made/);
    set.test.site.tasks.delete(onlyTask(set.test).id);
    const there = await set.run(spec('{}', { streams: 'Everyone' }));
    assert.equal(there.outcome, 'promoted');
    assert.match(there.lines.join('\n'), /already there, reload task "Reload Demo Build" made/);
    assert.equal(set.test.counters.count('POST', /upload/), 1, 'nothing travels for a task');
    onlyTask(set.test);
  }));

test('reload-task: several streams and duplicates: each live app has its own', () =>
  on({ testData: TARGET }, async set => {
    await set.run(spec('{ name: "{app} in {stream}" }', { streams: 'Everyone, Review' }));
    assert.deepEqual(
      tasksOn(set.test).map(({ name, app }) => `${name}: ${app.stream?.name}`),
      ['Demo Build in Everyone: Everyone', 'Demo Build in Review: Review'],
    );
    edit(set.dev, appNamed(set.dev, 'Demo Build'));
    await set.run(spec('{}', { streams: 'Review', target: ', mode: duplicate' }));
    assert.deepEqual(
      tasksOn(set.test).map(({ name }) => name),
      ['Demo Build in Everyone', 'Demo Build in Review', 'Reload Demo Build'],
    );
    const copies = [...set.test.site.apps.values()].filter(({ stream }) => stream?.name === 'Review');
    assert.deepEqual(
      new Set(
        tasksOn(set.test)
          .slice(1)
          .map(({ app }) => app),
      ),
      new Set(copies),
    );
  }));

test('reload-task: within one site the promoted app has it, and not its source', () =>
  on({}, async set => {
    const report = await set.run(
      'from: dev\nto: [{ site: dev, streams: [Live] }]\nmissing-stream: create\nreload-task: {}',
    );
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.equal(onlyTask(set.dev).app, appIn(set.dev, 'Live'));
  }));

test('reload-task: a target has its own, or none', () =>
  onThree({ testData: TARGET, prod: { streams: ['Everyone'] } }, async set => {
    const report = await set.run(`from: dev
to:
  - { site: test, streams: [Review] }
  - { site: prod, streams: [Everyone], reload-task: false }
reload-task: {}`);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    onlyTask(set.test);
    assert.deepEqual(tasksOn(set.prod), []);
  }));

test('reload-task: apps that name their targets themselves have it under the name that they have there', () => {
  const app = { properties: { PromoteToServer: ['Test - Overwrite'], PromoteToStream: ['Review'] } };
  return on({ app, testData: TARGET }, async set => {
    const to = 'from: dev\nto: { properties: { server: PromoteToServer, stream: PromoteToStream } }\n';
    assert.equal((await set.run(`${to}reload-task: {}\nname: Sales`)).outcome, 'promoted');
    assert.equal(onlyTask(set.test).name, 'Reload Sales');
  });
});

test('reload-task: the plan says when it starts, in words, and a dry run makes nothing', () =>
  on({ testData: TARGET }, async set => {
    const report = await planned(set, spec(FULL, { streams: 'Everyone, Review' }));
    assert.equal(report.outcome, 'planned', report.failures.join('\n'));
    const said = [...report.lines, ...(report.remarks ?? [])].join('\n');
    assert.match(
      said,
      /reload task "Reload \{app\}" daily at 02:00 Europe\/Berlin, and after "Load QVDs" and "Copy files" succeeded/,
    );
    assert.equal(report.verdict, '1 app to promote to test: 1 replaced, 1 published, 2 reload tasks made.');
    assert.match(said, /to be published; reload task "Reload Demo Build" to be made/);
    assert.deepEqual(changes(set.test), []);
    assert.deepEqual(tasksOn(set.test), []);
    const { result } = report;
    assert.match(JSON.stringify(result), /"task":\{"name":"Reload Demo Build","plan":"make"\}/);
  }));

test('reload-task: it comes after the reload of the live app, and does not run then', () =>
  on({ testData: TARGET }, async set => {
    const order: string[] = [];
    for (const step of ['start', 'reloadtask/create'])
      set.test.faults.add({ path: new RegExp(step), times: 9, fault: { run: () => order.push(step) } });
    assert.equal((await set.run(spec('{}', { more: 'reload: after' }))).outcome, 'promoted');
    assert.deepEqual(order, ['reloadtask/create', 'start', 'reloadtask/create']);
    assert.equal(tasksOn(set.test).find(({ name }) => name === 'Reload Demo Build')?.started, 0);
  }));

test('reload-task: twenty apps, each with its own, and one look at all their tasks', () => {
  const devApps = Array.from({ length: 19 }, (_, index) => ({
    name: `App ${index}`,
    stream: 'Build',
    size: '1 KB',
  }));
  return on({ devApps, testData: TARGET }, async set => {
    const apps = "apps: [{ filter: stream.name eq 'Build' }]\n";
    const plan = await planned(set, apps + spec(FULL));
    assert.equal(plan.outcome, 'planned', plan.failures.join('\n'));
    const read = set.test.counters.requests.filter(({ path }) => path.includes('task'));
    assert.deepEqual(
      read.map(({ path }) => path),
      ['/qrs/task'],
    );
    assert.equal((await set.run(apps + spec('{}'))).outcome, 'promoted');
    assert.equal(tasksOn(set.test).length, 20);
    assert.equal(appResults(plan).length, 20);
    assert.equal(shelf(set.test).length, 22);
  });
});

test('reload-task: an app that the target names by its id has it, also where nobody sees it', () => {
  const id = '9c5edb29-6d0c-4842-9ddf-3c49b1bd3446';
  const apps = [...(TARGET.apps ?? []), { id, name: 'Draft', size: '5 KB' }];
  return on({ testData: { ...TARGET, apps } }, async set => {
    const text = `from: dev\nto: [{ site: test, app: ${id} }]\nreload-task: { name: "{app}{stream}" }`;
    const report = await set.run(text);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.deepEqual([onlyTask(set.test).name, onlyTask(set.test).app.id], ['Draft', id]);
    assert.equal((await set.run(text)).outcome, 'nothing-to-do');
  });
});

test('reload-task: after a failure the tag waits, and the next run makes the task and sets it', () =>
  on({ testData: TARGET }, async set => {
    const text = spec('{}', { more: 'done: { tag: Promoted }' });
    set.test.faults.add({
      method: 'POST',
      path: /reloadtask\/create/,
      fault: { status: 403, body: 'Forbidden' },
    });
    const report = await set.run(text);
    assert.equal(report.outcome, 'failed');
    assert.match(
      report.failures.join('\n'),
      /create the task "Reload Demo Build".*403.*May INTERNAL\\sa_api create tasks/,
    );
    assert.deepEqual(tagsOf(set.dev, set.app), []);
    assert.equal((await set.run(text)).outcome, 'promoted');
    onlyTask(set.test);
    assert.deepEqual(tagsOf(set.dev, set.app), ['Promoted']);
  }));
