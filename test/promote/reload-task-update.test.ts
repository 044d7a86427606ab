import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summaryOf } from '../../src/entry/summary.ts';
import { changes, keepingLog } from '../sites-for-tests.ts';
import { FULL, nothingStarted, onlyTask, spec, TARGET, triggersOn } from './reload-tasks.ts';
import { appNamed, edit, on, planned, type Scene } from './scene.ts';

/** `reload-task`: what is refused, and a task that is there already: brought up to date, or left as it is. */

const REFUSED: [task: string, says: RegExp][] = [
  [
    '{ after: [Load QVD] }',
    /site "test" has no task "Load QVD", or INTERNAL\\sa_api may not read it\. Did you mean "Load QVDs"\?.*"after"/,
  ],
  ['{ tags: [nighty] }', /site "test" has no tag "nighty" for the reload task\. Did you mean "nightly"\?/],
  ['{ custom-properties: { Lode: Heavy } }', /site "test" has no custom property "Lode"\./],
  ['{ custom-properties: { Load: Heavyy } }', /does not allow "Heavyy"\. Did you mean "Heavy"\?/],
  [`{ name: "{app}${'x'.repeat(495)}" }`, /its reload task would have a name of more than 500 characters\./],
];
for (const [task, says] of REFUSED) {
  test(`reload-task: ${task.slice(0, 60)} is refused before anything is changed`, () =>
    on({ testData: TARGET }, async set => {
      const report = await set.run(spec(task));
      assert.equal(report.outcome, 'failed');
      assert.match(report.failures.join('\n'), says);
      assert.deepEqual([...changes(set.dev), ...changes(set.test)], []);
    }));
}

test('reload-task: a property that is not for reload tasks, and two tasks of one name to wait for, are refused', () => {
  const tasks = [...(TARGET.tasks ?? []), { name: 'Load QVDs', app: 'Source' }];
  return on({ testData: { ...TARGET, tasks } }, async set => {
    for (const one of set.test.site.customProperties.values()) one.objectTypes = ['App'];
    const report = await set.run(spec('{ after: [Load QVDs], custom-properties: { Load: Heavy } }'));
    assert.match(report.failures.join('\n'), /has 2 tasks called "Load QVDs" \(.*\); rename all but one/);
    assert.match(
      report.failures.join('\n'),
      /is not for reload tasks\. Tick Reload tasks as its resource type/,
    );
    assert.deepEqual(changes(set.test), []);
  });
});

test('reload-task: a user who may not make tasks is refused where the site says so', () => {
  const lacks = { 'INTERNAL\\sa_api': { ReloadTask: ['create' as const] } };
  return on({ testData: { ...TARGET, lacks } }, async set => {
    const report = await set.run(spec('{}', { streams: 'Everyone' }));
    assert.match(
      report.failures.join('\n'),
      /INTERNAL\\sa_api may not create tasks on site "test" \("reload-task"\)/,
    );
    assert.deepEqual(changes(set.test), []);
  });
});

test('reload-task: update brings a task up to date, and says in the plan in what', () =>
  on({ testData: TARGET }, async set => {
    await set.run(spec('{ schedule: { every: 6h }, retries: 3 }'));
    const task = onlyTask(set.test);
    task.enabled = false;
    const update = FULL.replace(' }', ' }').replace(/}$/, ', update: true }');
    const plan = await planned(set, spec(update));
    assert.equal(plan.verdict, '1 app to change on test: 1 reload task brought up to date.');
    assert.equal(plan.outcome, 'planned');
    assert.match(
      plan.lines.join('\n'),
      /reload task "Reload Demo Build" to be brought up to date, as it is disabled, has a timeout of 1440 min, has 3 retries, lacks the tag "nightly", has other values of "Load", does not start daily at 02:00 Europe\/Berlin and does not start after "Load QVDs" and "Copy files" succeeded/,
    );
    const report = await set.run(spec(update));
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.match(
      report.lines.join('\n'),
      /already there, reload task "Reload Demo Build" brought up to date/,
    );
    const now = onlyTask(set.test);
    assert.equal(now, task, 'it keeps its id');
    assert.deepEqual([now.enabled, now.taskSessionTimeout, now.maxRetries], [true, 120, 1]);
    assert.deepEqual(
      triggersOn(set.test, now).map(({ schemaPath }) => schemaPath),
      ['SchemaEvent', 'CompositeEvent'],
    );
    assert.equal((await set.run(spec(update))).outcome, 'nothing-to-do');
    nothingStarted(set);
  }));

test('reload-task: update leaves what the spec does not name', () =>
  on({ testData: TARGET }, async set => {
    await set.run(spec(FULL));
    const before = triggersOn(set.test, onlyTask(set.test)).map(({ id }) => id);
    const report = await set.run(spec('{ retries: 5, update: true }'));
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    const task = onlyTask(set.test);
    assert.deepEqual([task.taskSessionTimeout, task.maxRetries, task.tags.length], [120, 5, 1]);
    assert.deepEqual(
      triggersOn(set.test, task).map(({ id }) => id),
      before,
    );
    await set.run(spec('{ after: [], update: true }'));
    assert.deepEqual(
      triggersOn(set.test, task).map(({ schemaPath }) => schemaPath),
      ['SchemaEvent'],
    );
  }));

/** What the lines and the summary say of a task that stays. */
const staysOf = (report: Awaited<ReturnType<Scene['run']>>) =>
  [report.lines.join('\n'), summaryOf(report).replaceAll('&quot;', '"')].map(
    text =>
      /reload task "[^"]*" stays as it is, though it .*? \(set "update: true" to change it\)/.exec(text)?.[0],
  );

test('reload-task: a task that stays and differs from the spec is said in what, and is nothing to do', () =>
  on({ testData: TARGET }, async set => {
    await set.run(spec('{ schedule: { every: 1d, at: "03:00" }, retries: 1 }'));
    assert.deepEqual(staysOf(await planned(set, spec('{ retries: 1 }'))), [undefined, undefined]);
    const later = spec('{ schedule: { every: 1d, at: "04:00" }, retries: 2 }');
    const said =
      'reload task "Reload Demo Build" stays as it is, though it has 1 retry and does not start daily at 04:00 ' +
      'Etc/UTC (set "update: true" to change it)';
    set.test.counters.reset();
    for (const report of [await planned(set, later), await set.run(later)]) {
      assert.equal(report.outcome, 'nothing-to-do', report.failures.join('\n'));
      assert.deepEqual(staysOf(report), [said, said]);
      assert.doesNotMatch(report.verdict ?? '', /to promote to|to change/);
    }
    assert.deepEqual(changes(set.test), []);
    edit(set.dev, appNamed(set.dev, 'Demo Build'));
    const replaced = await set.run(later);
    assert.equal(replaced.outcome, 'promoted');
    assert.deepEqual(staysOf(replaced), [said, said]);
  }));

test('reload-task: where the site does not show what starts a task that stays, its schedule is not judged', () =>
  on({ testData: TARGET }, async set => {
    await set.run(spec('{ schedule: { every: 6h } }'));
    set.test.faults.add({ path: /schemaevent/, times: 9, fault: { status: 403 } });
    const report = await planned(set, spec('{ schedule: { every: 1d }, retries: 2 }'));
    assert.equal(report.outcome, 'nothing-to-do', report.failures.join('\n'));
    assert.match(staysOf(report)[0] ?? '', /though it has 0 retries \(set/);
  }));

test('reload-task: an app that only gets its task is not called promoted in the plan', () =>
  on({ testData: TARGET }, async set => {
    await set.run('from: dev\nto: [{ site: test, streams: [Everyone] }]');
    const plan = await planned(set, spec('{}', { streams: 'Everyone' }));
    assert.equal(plan.verdict, '1 app to change on test: 1 reload task made.');
  }));

test('reload-task: the log says for each task the stream of its app', () =>
  on({ testData: TARGET }, async set => {
    const log = keepingLog();
    await set.run(spec('{}', { streams: 'Everyone, Review' }), { log });
    const made = log.lines.filter(line => line.includes('made the task'));
    assert.deepEqual(
      made.map(line => /made the task "Reload Demo Build" of the app in stream "(.*)" \(/.exec(line)?.[1]),
      ['Everyone', 'Review'],
    );
    await set.run(spec('{ retries: 3, update: true }', { streams: 'Review' }), { log });
    assert.match(
      log.lines.join('\n'),
      /brought the task "Reload Demo Build" of the app in stream "Review" up to date/,
    );
  }));

test('reload-task: of two tasks of its name the older one counts, and a warning names it', () =>
  on({ testData: TARGET }, async set => {
    await set.run(spec('{}'));
    const task = onlyTask(set.test);
    const late = { ...task, id: crypto.randomUUID(), createdDate: '9999-01-01T00:00:00.000Z' };
    set.test.site.tasks.set(late.id, late);
    const report = await set.run(spec('{ retries: 2, update: true }'));
    assert.deepEqual([task.maxRetries, late.maxRetries], [2, 0]);
    assert.match(
      report.warnings.join('\n'),
      new RegExp(
        `App "Demo Build" on site "test" has 2 tasks called "Reload Demo Build"; the oldest \\(${task.id}\\)`,
      ),
    );
  }));

test('reload-task: a chain that would wait for itself is refused', () =>
  on({ testData: TARGET }, async set => {
    await set.run(spec('{}'));
    const report = await set.run(spec('{ after: [Reload Demo Build], update: true }'));
    assert.match(report.failures.join('\n'), /"Reload Demo Build" on site "test" would wait for itself/);
  }));
