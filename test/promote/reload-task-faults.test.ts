import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Simulator } from '../../simulator/server.ts';
import type { SiteData } from '../../simulator/site/data.ts';
import type { Task } from '../../simulator/site/entities.ts';
import type { SwitchesInput } from '../../simulator/site/switches.ts';
import type { Fault } from '../../simulator/wire/faults.ts';
import { keepingLog } from '../sites-for-tests.ts';
import { appNamed, edit, FOR_GOOD, on, type Scene, streamResults } from './scene.ts';

/** `reload-task` when requests fail, answers get lost, others are at work, and QRS is in whatever way it may be. */

const TARGET: Partial<SiteData> = {
  apps: [
    { name: 'Source', size: '10 KB' },
    { name: 'Demo Build', stream: 'Everyone', size: '20 KB' },
  ],
  tasks: [{ name: 'Load QVDs', app: 'Source' }],
};
const TASK =
  '{ schedule: { every: 1d, at: "02:00", timezone: America/New_York }, after: [Load QVDs], timeout: 2h, update: true }';
const spec = (streams = 'Everyone, Review', more = '') =>
  `from: dev\nto: [{ site: test, streams: [${streams}] }]\nreload-task: ${TASK}\n${more}`;

const ownTasks = ({ site }: Simulator) => [...site.tasks.values()].filter(({ name }) => name !== 'Load QVDs');
const triggersOf = ({ site }: Simulator, task: Task) =>
  [...site.triggers.values()].filter(trigger => trigger.task === task);
const started = ({ site }: Simulator) => [...site.tasks.values()].filter(task => task.started > 0);

/** Each live app has exactly one task, which starts at two in New York, and after the other. */
function isWhole({ test: site }: Scene, streams = 2): void {
  const tasks = ownTasks(site);
  assert.deepEqual(
    tasks.map(({ name }) => name),
    Array.from({ length: streams }, () => 'Reload Demo Build'),
  );
  assert.equal(new Set(tasks.map(task => 'app' in task && task.app)).size, streams, 'each app has one');
  for (const task of tasks) {
    assert.equal(task.taskSessionTimeout, 120);
    assert.deepEqual(
      triggersOf(site, task)
        .map(({ schemaPath }) => schemaPath)
        .sort(),
      ['CompositeEvent', 'SchemaEvent'],
    );
    if (site.site.switches.showsNextExecution) assert.equal(hourIn('America/New_York', task.next()), '02:00');
  }
  assert.deepEqual(started(site), [], 'nothing was started');
}

function hourIn(timeZone: string, date: string): string {
  return new Intl.DateTimeFormat('de-DE', { timeZone, timeStyle: 'short' }).format(new Date(date));
}

const FAULTS: Record<string, Fault> = {
  'a dropped connection': { hangUp: 'before' },
  'a lost answer': { hangUp: 'after' },
  'a refusal': { status: 403, body: 'Forbidden' },
  'an error': { status: 500 },
  'an error after the work': { refuse: 500, doneFirst: true },
  'a cut body': { truncate: 10 },
  'a late change': { late: 1, heard: 'cut' },
};
const ABOUT_TASKS = /\/qrs\/(reloadtask|schemaevent|compositeevent|task)/;

/** A site that stays so is the same for the run, whatever the fault is. */
const LASTING = ['a lost answer', 'a refusal', 'an error'];

for (const [what, fault] of Object.entries(FAULTS)) {
  for (const times of LASTING.includes(what) ? [1, FOR_GOOD] : [1]) {
    test(`reload-task: ${what}${times === 1 ? '' : ', again and again,'} at any request about tasks: the next run has it whole`, () =>
      atEachRequest(async (set, index) => {
        set.test.faults.add({ path: ABOUT_TASKS, after: index, times, fault });
        const report = await set.run(spec('Review'));
        set.test.faults.clear();
        // What the site did late is done when its clock has passed.
        await new Promise(resolve => setTimeout(resolve, 5));
        if (report.outcome === 'promoted') isWhole(set, 1);
        else assert.match(report.failures.join('\n'), /./);
        const again = await set.run(spec('Review'));
        assert.notEqual(again.outcome, 'failed', again.failures.join('\n'));
        isWhole(set, 1);
      }));
  }
}

/** Runs once for each request about tasks that a run without faults makes. */
async function atEachRequest(check: (set: Scene, index: number) => Promise<void>): Promise<void> {
  let requests = 0;
  await on({ testData: TARGET }, async set => {
    await set.run(spec('Review'));
    requests = set.test.counters.requests.filter(({ path }) => ABOUT_TASKS.test(path)).length;
  });
  assert.ok(requests >= 8, `${requests} requests`);
  for (let index = 0; index < requests; index += 1) await on({ testData: TARGET }, set => check(set, index));
}

test('reload-task: with a backup, a failure takes back the tasks that were made, and leaves the others', () =>
  on({ testData: TARGET }, async set => {
    await set.run(spec('Everyone'));
    const [kept] = ownTasks(set.test);
    edit(set.dev, appNamed(set.dev, 'Demo Build'));
    set.test.faults.add({ method: 'POST', path: /reloadtask\/create/, after: 1, fault: { status: 403 } });
    const more = `missing-stream: create\nbackup: ${set.folder}/backup`;
    const report = await set.run(spec('Everyone, Review, Third', more));
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join('\n'), /The task "Reload Demo Build" was rolled back\./);
    assert.deepEqual(ownTasks(set.test), [kept]);
    assert.deepEqual(
      streamResults(report).map(stream => Object(stream).task?.did),
      ['left', 'rolled back', 'not done'],
    );
    assert.equal((await set.run(spec('Everyone, Review, Third', more))).outcome, 'promoted');
    isWhole(set, 3);
  }));

test('reload-task: a rollback puts an updated task back, unless somebody has changed it since', async () => {
  for (const edited of [false, true]) {
    await on({ testData: TARGET }, async set => {
      await set.run(
        spec('Everyone').replace(TASK, '{ schedule: { every: 2h }, retries: 4, enabled: false }'),
      );
      const [task] = ownTasks(set.test);
      assert.ok(task);
      const user = [...set.test.site.users.values()].find(({ userId }) => userId === 'sa_repository');
      const run = () => {
        if (edited && user) set.test.site.touch(task, user, ['name']);
      };
      set.test.faults.add({ method: 'POST', path: /reloadtask\/create/, times: 9, fault: { run } });
      set.test.faults.add({ method: 'POST', path: /reloadtask\/create/, times: 9, fault: { status: 403 } });
      const text = spec('Everyone, Review', `backup: ${set.folder}/backup`).replace(
        'timeout: 2h',
        'enabled: true, timeout: 2h',
      );
      const report = await set.run(text);
      assert.equal(report.outcome, 'failed');
      const restored = { enabled: false, timeout: 1440, retries: 4, increments: ['0 2 0 0'] };
      const changed = { enabled: true, timeout: 120, retries: 4, increments: ['0 0 1 0', undefined] };
      assert.deepEqual(
        {
          enabled: task.enabled,
          timeout: task.taskSessionTimeout,
          retries: task.maxRetries,
          increments: triggersOf(set.test, task).map(({ settings }) => settings.incrementDescription),
        },
        edited ? changed : restored,
      );
      if (edited)
        assert.match(report.failures.join('\n'), /was not rolled back: somebody has changed it since/);
    });
  }
});

test('reload-task: two runs at once make one task for each app', async () => {
  for (let round = 0; round < 4; round += 1) {
    await on({ testData: TARGET }, async set => {
      const both = await Promise.all([set.run(spec()), set.run(spec())]);
      for (const { outcome, failures } of both) assert.notEqual(outcome, 'failed', failures.join('\n'));
      isWhole(set);
    });
  }
});

test('reload-task: somebody else makes the task at the same moment: the older one stays', () =>
  on({ testData: TARGET }, async set => {
    let made = false;
    const run = async () => {
      if (made) return;
      made = true;
      await set.run(spec());
    };
    set.test.faults.add({ method: 'POST', path: /reloadtask\/create/, fault: { run } });
    const report = await set.run(spec());
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    isWhole(set);
  }));

test('reload-task: a run that was cancelled on the way leaves what the next one makes whole', () =>
  on({ testData: TARGET }, async set => {
    const stop = new AbortController();
    set.test.faults.add({ method: 'POST', path: /reloadtask\/create/, fault: { run: () => stop.abort() } });
    const report = await set.run(spec(), { signal: stop.signal });
    assert.equal(report.outcome, 'failed');
    assert.notEqual((await set.run(spec())).outcome, 'failed');
    isWhole(set);
  }));

const UNKNOWNS: SwitchesInput[] = [
  { scheduleStart: 'utc' },
  { showsNextExecution: false },
  { scheduleStart: 'utc', showsNextExecution: false },
  { conflict: 'differs' },
  { deleteTakesTasks: false },
  { eqIgnoresCase: true },
  { taskProperties: 'filtered' },
  { showsPrivileges: false },
  { replaceAnswers: 'source', replaceName: 'source' },
  { ahead: 3 * 3_600_000 },
  { ahead: -3 * 3_600_000 },
];
for (const testSwitches of UNKNOWNS) {
  test(`reload-task: with ${JSON.stringify(testSwitches)} each app has its task, once, and nothing is started`, () =>
    on({ testData: TARGET, testSwitches }, async set => {
      const log = keepingLog();
      const report = await set.run(spec(), { log });
      assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
      isWhole(set);
      const said = /does not say when the task .* starts next/.test(report.warnings.join('\n'));
      assert.equal(said, testSwitches.showsNextExecution === false);
      edit(set.dev, appNamed(set.dev, 'Demo Build'));
      const again = await set.run(spec());
      assert.equal(again.outcome, 'promoted', again.failures.join('\n'));
      assert.deepEqual(
        streamResults(again).map(stream => Object(stream).task?.did),
        ['left', 'left'],
      );
      isWhole(set);
    }));
}
