import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shelf, tagsOf } from '../sites-for-tests.ts';
import { appIn, FOR_GOOD, filesIn, on, pictureOf, pictures, reloadsEnd, streamResults } from './scene.ts';

/** `reload: before`, of what nobody sees yet, and `reload: after`, of what is live. */

const spec = (when: string, more = '') =>
  `from: dev\nto: [{ site: test, streams: [Everyone, Review] }]\nreload: ${when}\ndone: { tag: Promoted }\n${more}`;

test('reload before: what goes live has the data of the target, under the old id, and no task stays', () =>
  on({}, async set => {
    const old = appIn(set.test, 'Everyone');
    const source = await set.dev.digest(set.app);
    reloadsEnd(set.test, 'FinishedSuccess');
    const order: string[] = [];
    for (const step of ['start', 'replace', 'publish']) {
      const hook = () => {
        order.push(`${step}: ${set.test.site.results.values().next().value?.status ?? 'no run'}`);
      };
      set.test.faults.add({ path: new RegExp(step), fault: { run: hook } });
    }
    const report = await set.run(spec('before'));
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.deepEqual(order, ['start: no run', 'replace: FinishedSuccess', 'publish: FinishedSuccess']);
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone', 'Demo Build@Review']);
    const now = appIn(set.test, 'Everyone');
    assert.equal(now.id, old.id);
    assert.notEqual(await set.test.digest(now.id), source, 'the data are new');
    assert.equal(await set.test.digest(now.id), await set.test.digest(appIn(set.test, 'Review').id));
    assert.equal(set.test.counters.count('POST', /start/), 1, 'one reload for all streams');
    assert.deepEqual([...set.test.site.tasks.values()], []);
    assert.deepEqual(tagsOf(set.dev, set.app), ['Promoted']);
    assert.match(now.description, /^The old one\n\[qrs-action\] from "dev"/);
  }));

test('reload before: the same run again finds it there, whatever its data are now', () =>
  on({}, async set => {
    reloadsEnd(set.test, 'FinishedSuccess');
    const text = spec('before').replace('done: { tag: Promoted }', '');
    assert.equal((await set.run(text)).outcome, 'promoted');
    set.test.counters.reset();
    assert.equal((await set.run(text)).outcome, 'nothing-to-do');
    assert.equal(set.test.counters.count('POST', /./), 0);
  }));

for (const end of ['FinishedFail', 'Aborted'] as const) {
  test(`reload before: ends as ${end}: nothing goes live, and nothing is left`, () =>
    on({}, async set => {
      const before = await pictures(set.test);
      reloadsEnd(set.test, end);
      const report = await set.run(spec('before'));
      assert.equal(report.outcome, 'failed');
      assert.match(
        report.failures.join('\n'),
        new RegExp(`failed to reload app .*: Task ".*" ended as ${end}`),
      );
      assert.ok(report.failures.join('\n').includes(`ended as ${end}`));
      assert.deepEqual(await pictures(set.test), before);
      assert.deepEqual([...set.test.site.tasks.values()], [], 'no task is left');
      assert.equal(set.test.counters.count('PUT', /replace|publish/), 0);
      assert.deepEqual(tagsOf(set.dev, set.app), []);
      assert.deepEqual(
        streamResults(report).map(({ did }) => did),
        ['not done', 'not done'],
      );
      set.test.faults.clear();
      reloadsEnd(set.test, 'FinishedSuccess');
      assert.equal((await set.run(spec('before'))).outcome, 'promoted');
    }));
}

test('reload before: is refused its start: nothing goes live, and nothing is left', () =>
  on({}, async set => {
    const before = await pictures(set.test);
    set.test.faults.add({ path: /start/, times: FOR_GOOD, fault: { status: 403, body: 'Forbidden' } });
    const report = await set.run(spec('before'));
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join('\n'), /403/);
    assert.deepEqual(await pictures(set.test), before);
    assert.deepEqual([...set.test.site.tasks.values()], []);
  }));

test('reload before: a task that cannot be deleted goes with the working copy', () =>
  on({}, async set => {
    const before = await pictures(set.test);
    reloadsEnd(set.test, 'FinishedSuccess');
    set.test.faults.add({ method: 'DELETE', path: /reloadtask/, times: FOR_GOOD, fault: { status: 403 } });
    const report = await set.run(spec('before'));
    assert.equal(report.outcome, 'failed');
    assert.deepEqual(await pictures(set.test), before);
    assert.deepEqual([...set.test.site.tasks.values()], []);
  }));

test('reload after: each promoted app is reloaded, once it is live', () =>
  on({}, async set => {
    const source = await set.dev.digest(set.app);
    reloadsEnd(set.test, 'FinishedSuccess');
    const report = await set.run(spec('after'));
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.equal(set.test.counters.count('POST', /start/), 2);
    for (const stream of ['Everyone', 'Review']) {
      assert.notEqual(await set.test.digest(appIn(set.test, stream).id), source);
    }
    const put = set.test.counters.requests.findLastIndex(({ path }) => /publish|replace/.test(path));
    const start = set.test.counters.requests.findIndex(({ path }) => /start/.test(path));
    assert.ok(put >= 0 && put < start);
  }));

test('reload after: fails: the run failed, and the app is live with the data that came along', () =>
  on({}, async set => {
    const old = appIn(set.test, 'Everyone').id;
    reloadsEnd(set.test, 'FinishedFail');
    const report = await set.run(spec('after'));
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join('\n'), /reload app "Demo Build": .*ended as FinishedFail/);
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone', 'Demo Build@Review']);
    assert.equal(await set.test.digest(old), await set.dev.digest(set.app));
    assert.deepEqual(tagsOf(set.dev, set.app), [], 'not promoted');
    assert.deepEqual(
      streamResults(report).map(({ did }) => did),
      ['replaced', 'published'],
    );
  }));

test('reload after: fails, with a rollback: what was there is there again', () =>
  on({}, async set => {
    const before = await pictures(set.test);
    reloadsEnd(set.test, 'FinishedSuccess', 'FinishedFail');
    const report = await set.run(spec('after', `backup: ${JSON.stringify(set.folder)}`));
    assert.equal(report.outcome, 'failed');
    assert.match(
      report.failures.join('\n'),
      /ended as FinishedFail.* "Demo Build" in stream "Review" was rolled back. "Demo Build" in stream "Everyone" was rolled back\. On test users see the version of .* UTC again in Everyone\./,
    );
    assert.doesNotMatch(report.failures.join('\n'), /still see/);
    assert.deepEqual(await pictures(set.test), before);
    assert.deepEqual(
      streamResults(report).map(({ did }) => did),
      ['rolled back', 'rolled back'],
    );
  }));

test('reload: a failure keeps its script log, and shows what it says', () =>
  on({}, async set => {
    set.test.faults.add({
      path: /start/,
      fault: {
        run: site => {
          for (const task of site.tasks.values()) {
            for (const attempt of task.runs.flatMap(run => run.attempts)) {
              Object.assign(attempt, { takes: 10, ends: 'FinishedFail', log: 'Error: Table not found' });
            }
          }
        },
      },
    });
    const where = { dryRun: false, folder: set.folder };
    const report = await set.run(spec('before'), where);
    assert.match(report.failures.join('\n'), /Its script log says: .*Table not found/);
    const logs = filesIn(set.folder);
    assert.equal(logs.length, 1);
    assert.match(logs[0] ?? '', /^qrs-action-logs-run-1\/.*\.log$/);
  }));

test('reload: only where it is asked for', () =>
  on({}, async set => {
    const before = appIn(set.test, 'Everyone');
    assert.equal((await set.run(spec('none'))).outcome, 'promoted');
    assert.equal(set.test.counters.count('POST', /task/), 0);
    assert.equal((await pictureOf(set.test, before)).digest, await set.dev.digest(set.app));
  }));

for (const mode of ['overwrite', 'duplicate']) {
  test(`a reload afterwards that failed is made again by the next run (${mode})`, () =>
    on({}, async set => {
      const spec = `from: dev\nto: [{ site: test, streams: [Everyone], mode: ${mode} }]\nreload: after\ndone: { tag: P }`;
      reloadsEnd(set.test, 'FinishedFail', 'FinishedSuccess');
      assert.equal((await set.run(spec)).outcome, 'failed');
      const again = await set.run(spec);
      assert.equal(again.outcome, 'promoted', again.failures.join('\n'));
      assert.equal(set.test.counters.count('POST', /start/), 2, 'promoted is said of a reloaded app only');
    }));
}

test('reload after: what it needs on the target is known before anything is changed', () =>
  on(
    {
      testData: {
        streams: ['Everyone'],
        apps: [{ name: 'Demo Build', stream: 'Everyone', size: '9 KB' }],
        lacks: { 'INTERNAL\\sa_api': { ReloadTask: ['create'] } },
      },
    },
    async set => {
      const report = await set.run('from: dev\nto: [{ site: test, streams: [Everyone] }]\nreload: after');
      assert.equal(report.outcome, 'failed');
      assert.match(
        report.failures.join('\n'),
        /may not create the task that reloads app "Demo Build" on site "test"/,
      );
      assert.equal(set.test.counters.count('POST', /upload/), 0);
      assert.equal(set.dev.counters.count('POST', /export/), 0);
    },
  ));

test('reload after: a task of the app that is disabled is a refusal', () =>
  on(
    {
      testData: {
        streams: ['Everyone'],
        apps: [{ name: 'Demo Build', stream: 'Everyone', size: '9 KB' }],
        tasks: [{ name: 'Manually triggered reload of Demo Build', app: 'Demo Build', enabled: false }],
      },
    },
    async set => {
      const report = await set.run('from: dev\nto: [{ site: test, streams: [Everyone] }]\nreload: after');
      assert.equal(report.outcome, 'failed');
      assert.match(report.failures.join('\n'), /is disabled/);
      assert.equal(set.test.counters.count('POST', /upload/), 0);
    },
  ));
