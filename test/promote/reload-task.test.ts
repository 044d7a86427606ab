import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Simulator } from '../../simulator/server.ts';
import type { SiteData } from '../../simulator/site/data.ts';
import type { Task, Trigger } from '../../simulator/site/entities.ts';
import { summaryOf } from '../../src/entry/summary.ts';
import { changes, keepingLog, shelf, tagsOf } from '../sites-for-tests.ts';
import {
  appIn,
  appNamed,
  appResults,
  edit,
  on,
  onThree,
  planned,
  type Scene,
  streamResults,
} from './scene.ts';

/** `reload-task`: the task that an app has on a target after it was promoted there. */

const TARGET: Partial<SiteData> = {
  streams: ['Everyone', 'Review'],
  tags: ['nightly', 'other'],
  customProperties: { Load: ['Heavy', 'Light'] },
  apps: [
    { name: 'Source', size: '10 KB' },
    { name: 'Demo Build', stream: 'Everyone', size: '200 KB' },
  ],
  tasks: [
    { name: 'Load QVDs', app: 'Source' },
    { name: 'Copy files', type: 'external' },
  ],
};
const FULL = `{ name: "Reload {app}", schedule: { every: 1d, at: "02:00", timezone: Europe/Berlin },
  after: [Load QVDs, Copy files], enabled: true, timeout: 2h, retries: 1, tags: [nightly], custom-properties: { Load: Heavy } }`;
const spec = (task: string, { streams = 'Review', more = '', target = '' } = {}) =>
  `from: dev\nto: [{ site: test, streams: [${streams}]${target} }]\nreload-task: ${task}\n${more}`;

type Reload = Extract<Task, { schemaPath: 'ReloadTask' }>;

/** The reload tasks of promoted apps, in the order of their names and streams. */
function tasksOn({ site }: Simulator): Reload[] {
  return [...site.tasks.values()]
    .filter((task): task is Reload => task.schemaPath === 'ReloadTask' && task.app.name !== 'Source')
    .sort((one, other) =>
      `${one.name}${one.app.stream?.name}`.localeCompare(`${other.name}${other.app.stream?.name}`),
    );
}

function triggersOn({ site }: Simulator, task: Task | undefined): Trigger[] {
  return [...site.triggers.values()].filter(trigger => trigger.task === task);
}

function onlyTask(simulator: Simulator): Reload {
  const [task, second] = tasksOn(simulator);
  assert.ok(task && !second, `one task, not ${tasksOn(simulator).map(({ name }) => name)}`);
  return task;
}

/** No run of a task was ever begun. */
function nothingStarted({ test: { site, counters } }: Scene): void {
  assert.equal(counters.count('POST', /start/), 0);
  assert.deepEqual([...site.results.values(), ...site.sessions.values()], []);
}

const taskOf = (report: Awaited<ReturnType<Scene['run']>>) =>
  streamResults(report).map(stream => Object(stream).task);

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
