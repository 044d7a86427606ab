import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Simulator } from '../../simulator/server.ts';
import type { App } from '../../simulator/site/entities.ts';
import { forgetCopies, keepingLog, shelf, tagsOf } from '../sites-for-tests.ts';
import { appIn, edit, FOR_GOOD, on, onThree, reloadsEnd, type Scene, streamResults } from './scene.ts';

/** What others do between the steps of a run: other runs, people, and the site itself. */

const ONE = 'from: dev\nto: [{ site: test, streams: [Everyone] }]';
const REVIEW = 'from: dev\nto: [{ site: test, streams: [Review] }]';

/** Does something on a site right before a request of the run. */
function before(simulator: Simulator, method: string, path: RegExp, run: () => void, after = 0): void {
  simulator.faults.add({ method, path, after, fault: { run } });
}

function edited(simulator: Simulator, app: App, next: Partial<App>): void {
  Object.assign(app, next, {
    modifiedDate: simulator.site.now(),
    modifiedByUserName: 'COMPANY\\anna',
  });
}

/** Another app of that site, like a given one. */
function another(simulator: Simulator, like: App, next: Partial<App>): App {
  const app = { ...like, ...simulator.site.stored(like.owner), ...next };
  simulator.site.apps.set(app.id, app);
  return app;
}

function leftCopy(set: Scene): App {
  const like = appIn(set.test, 'Everyone');
  const name = `qrs-action working copy of ${set.app} (4711-1-abc, 1)`;
  const copy = another(set.test, like, { name, published: false, stream: null, description: '' });
  forgetCopies(set.test);
  return copy;
}

test('others: a working copy that has gone live since the survey is not removed as a leftover', () =>
  on({}, async set => {
    const copy = leftCopy(set);
    const review = [...set.test.site.streams.values()].find(({ name }) => name === 'Review');
    before(set.test, 'GET', /executionsession/, () => {
      Object.assign(copy, { published: true, stream: review, name: 'Other' });
    });
    await set.run(ONE);
    assert.ok(shelf(set.test).includes('Other@Review'));
  }));

test('others: a working copy that shows signs of life is left alone and waited for', () =>
  on({}, async set => {
    const copy = leftCopy(set);
    copy.modifiedDate = new Date().toISOString();
    const report = await set.run(`${ONE}\nwait-for-others: 1m`);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.ok(set.test.site.apps.has(copy.id));
  }));

test('others: what another run brings to the place meanwhile is kept, and not brought twice', () =>
  on({}, async set => {
    await set.run(ONE);
    const like = appIn(set.test, 'Everyone');
    const review = [...set.test.site.streams.values()].find(({ name }) => name === 'Review') ?? assert.fail();
    before(set.test, 'POST', /upload/, () => another(set.test, like, { stream: review }));
    const report = await set.run(REVIEW);
    assert.notEqual(report.outcome, 'failed', report.failures.join('\n'));
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone', 'Demo Build@Review']);
    assert.match(report.warnings.join(), /another run brought this version meanwhile in stream "Review"/);
  }));

test('others: of two that two runs publish at once, the one published later is withdrawn', () =>
  on({}, async set => {
    await set.run(ONE);
    const like = appIn(set.test, 'Everyone');
    const review = [...set.test.site.streams.values()].find(({ name }) => name === 'Review') ?? assert.fail();
    let theirs: App | undefined;
    before(set.test, 'PUT', /publish$/, () => {
      theirs = another(set.test, like, { stream: review, publishTime: set.test.site.now() });
    });
    const report = await set.run(REVIEW);
    assert.notEqual(report.outcome, 'failed', report.failures.join('\n'));
    assert.equal(appIn(set.test, 'Review').id, theirs?.id);
    assert.deepEqual(
      streamResults(report).map(({ did }) => did),
      ['withdrawn'],
    );
  }));

test('others: somebody’s own app of that name stays, ours is withdrawn, and the stream fails in words', () =>
  on({}, async set => {
    const like = appIn(set.test, 'Everyone');
    const review = [...set.test.site.streams.values()].find(({ name }) => name === 'Review') ?? assert.fail();
    let theirs: App | undefined;
    before(set.test, 'PUT', /publish$/, () => {
      theirs = another(set.test, like, { stream: review });
    });
    const report = await set.run(REVIEW);
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join(), /Another app called "Demo Build" came to stream "Review"/);
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone', 'Demo Build@Review']);
    assert.equal(appIn(set.test, 'Review').id, theirs?.id);
  }));

test('others: a target that was there already is read back before the word promoted', () =>
  on({}, async set => {
    await set.run(ONE);
    const kept = appIn(set.test, 'Everyone');
    before(set.test, 'POST', /upload/, () => set.test.site.apps.delete(kept.id));
    const report = await set.run(
      'from: dev\nto: [{ site: test, streams: [Everyone, Review] }]\ndone: { tag: P }',
    );
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join(), /in stream "Everyone" is not there/);
    assert.deepEqual(tagsOf(set.dev, set.app), []);
  }));

test('others: an app that gets the tag frozen during the upload does not go live', () =>
  on({ devData: { tags: ['frozen'] } }, async set => {
    const frozen = [...set.dev.site.tags.values()].find(({ name }) => name === 'frozen') ?? assert.fail();
    const old = await set.test.digest(appIn(set.test, 'Everyone').id);
    before(set.test, 'POST', /upload/, () => {
      const app = set.dev.site.apps.get(set.app) ?? assert.fail();
      edited(set.dev, app, { tags: [frozen] });
    });
    const report = await set.run(`${ONE}\nwhen: { tags: { lacks: [frozen] } }`);
    assert.equal(report.outcome, 'nothing-to-do', report.failures.join('\n'));
    assert.match(report.lines.join('\n'), /skipped: it has the tag "frozen"/);
    assert.equal(await set.test.digest(appIn(set.test, 'Everyone').id), old);
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone']);
  }));

test('others: an edit of the description is kept, and is no reason to put anything back', () =>
  on({}, async set => {
    const target = appIn(set.test, 'Everyone');
    before(set.test, 'DELETE', /app/, () => {}, 0);
    before(set.test, 'GET', /app\/full/, () => edited(set.test, target, { description: 'By Anna' }), 2);
    const report = await set.run(`${ONE}\nbackup: ${JSON.stringify(set.folder)}`);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.match(target.description, /^By Anna/);
  }));

test('others: a rollback keeps the tags and the text that people changed since', () =>
  on(
    {
      testData: {
        tags: ['hers'],
        apps: [{ name: 'Demo Build', stream: 'Everyone', description: 'Old' }],
        streams: ['Everyone', 'Review'],
      },
    },
    async set => {
      const target = appIn(set.test, 'Everyone');
      const hers = [...set.test.site.tags.values()].find(({ name }) => name === 'hers') ?? assert.fail();
      const old = await set.test.digest(target.id);
      // The second replace fails, after Anna has worked on the first app.
      set.test.faults.add({ method: 'PUT', path: /publish$/, times: FOR_GOOD, fault: { status: 403 } });
      before(set.test, 'PUT', /publish$/, () =>
        edited(set.test, target, { tags: [hers], description: 'By Anna' }),
      );
      const report = await set.run(
        `from: dev\nto: [{ site: test, streams: [Everyone, Review] }]\nbackup: ${JSON.stringify(set.folder)}`,
      );
      assert.equal(report.outcome, 'failed');
      assert.equal(await set.test.digest(target.id), old, report.failures.join('\n'));
      assert.deepEqual([tagsOf(set.test, target.id), target.description], [['hers'], 'By Anna']);
    },
  ));

test('others: a replace that got no answer four times is unclear, and its giver stays under a name that says so', () =>
  on({}, async set => {
    set.test.faults.add({ method: 'PUT', path: /replace$/, times: FOR_GOOD, fault: { status: 504 } });
    const report = await set.run(`${ONE}\nbackup: ${JSON.stringify(set.folder)}`);
    assert.equal(report.outcome, 'failed');
    assert.deepEqual(
      streamResults(report).map(({ did }) => did),
      ['unclear'],
    );
    assert.doesNotMatch(report.failures.join(), /was rolled back/);
    assert.ok(
      shelf(set.test).some(name => /gave to [0-9a-f-]{36}\)@$/.test(name)),
      shelf(set.test).join(),
    );
    assert.match(report.failures.join(), /A working copy stayed/);
  }));

test('others: an export that is refused is asked for four times, however many targets wait', () =>
  onThree({ prod: { streams: ['Everyone'] } }, async set => {
    set.dev.faults.add({ method: 'POST', path: /export/, times: FOR_GOOD, fault: { status: 500 } });
    const report = await set.run(
      'from: dev\nto: [{ site: test, streams: [Everyone] }, { site: prod, streams: [Everyone] }]',
    );
    assert.equal(report.outcome, 'failed');
    assert.equal(set.dev.counters.count('POST', /export/), 4);
  }));

test('others: a backup that breaks off is begun anew, and a web page is none', () =>
  on({}, async set => {
    set.test.faults.add({ method: 'GET', path: /tempcontent/, fault: { truncate: 1000 } });
    const spec = `${ONE}\nbackup: ${JSON.stringify(set.folder)}`;
    assert.equal((await set.run(spec)).outcome, 'promoted');
    set.test.faults.add({
      method: 'GET',
      path: /tempcontent/,
      times: FOR_GOOD,
      fault: { answer: '<html></html>', contentType: 'application/octet-stream' },
    });
    edited(set.dev, set.dev.site.apps.get(set.app) ?? assert.fail(), { lastReloadTime: set.dev.site.now() });
    const report = await set.run(spec);
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join(), /a web page came instead of the file/);
  }));

test('others: an app that changes while it is exported is exported once more, and the stamp tells of that version', () =>
  on({}, async set => {
    const app = set.dev.site.apps.get(set.app) ?? assert.fail();
    before(set.dev, 'POST', /export/, () => edited(set.dev, app, { lastReloadTime: set.dev.site.now() }));
    const report = await set.run(ONE);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.equal(set.dev.counters.count('POST', /export/), 2);
    assert.match(appIn(set.test, 'Everyone').description, new RegExp(`of ${app.modifiedDate}`));
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone']);
  }));

test('others: a live app that came to an empty place is not emptied by "data: drop"', () =>
  on({}, async set => {
    await set.run(ONE);
    const live = appIn(set.test, 'Everyone');
    const { stream } = live;
    Object.assign(live, { name: 'Elsewhere' });
    const source = set.dev.site.apps.get(set.app) ?? assert.fail('no app');
    edit(set.dev, source);
    before(set.test, 'POST', /upload/, () => edited(set.test, live, { name: 'Demo Build', stream }));
    const was = await set.test.digest(live.id);
    const report = await set.run(`${ONE}\ndata: drop`);
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join(), /would lose its data \("data: drop"\)/);
    assert.equal(await set.test.digest(live.id), was);
  }));

test('others: a replace that the site calls done, and does not show, is unclear, and its giver stays', () =>
  on({}, async set => {
    const fault = { answer: '{}', contentType: 'application/json' };
    set.test.faults.add({ path: /replace/, times: FOR_GOOD, fault });
    const report = await set.run(ONE);
    assert.equal(report.outcome, 'failed');
    assert.deepEqual(
      streamResults(report).map(({ did }) => did),
      ['unclear'],
    );
    assert.match(shelf(set.test).join(), /qrs-action working copy of /);
  }));

for (const [what, path, more] of [
  ['stream "New"', /\/stream$/, 'missing-stream: create'],
  ['tag "New"', /\/tag$/, 'tags: [New]'],
  ['task "Manually triggered reload of Demo Build"', /reloadtask\/create$/, 'reload: after'],
] as const) {
  test(`others: a ${what} that may yet appear a second time is named`, () =>
    on({}, async set => {
      set.test.faults.add({ method: 'POST', path, fault: { late: 60_000, heard: 504 } });
      reloadsEnd(set.test, 'FinishedSuccess');
      const log = keepingLog();
      const stream = what.startsWith('stream') ? 'New' : 'Everyone';
      await set.run(`from: dev\nto: [{ site: test, streams: [${stream}] }]\n${more}`, { log });
      const warnings = log.lines.filter(line => line.startsWith('Warning: ') && line.includes(what));
      assert.match(warnings.join(), /a second one of that name may yet appear/);
    }));
}

test('others: a rollback takes back an edit that arrived although its answer was lost', () =>
  on(
    {
      testData: {
        tags: ['released'],
        users: ['COMPANY\\anna', 'COMPANY\\bert'],
        streams: ['Everyone', 'Review'],
        apps: ['Everyone', 'Review'].map(stream => ({ name: 'Demo Build', stream, owner: 'COMPANY\\bert' })),
      },
    },
    async set => {
      const first = appIn(set.test, 'Everyone');
      const second = appIn(set.test, 'Review');
      const put = (id: string) => ({ method: 'PUT', path: new RegExp(`app/${id}$`) });
      set.test.faults.add({ ...put(first.id), fault: { hangUp: 'after' } });
      set.test.faults.add({ ...put(second.id), times: FOR_GOOD, fault: { status: 403 } });
      const report = await set.run(
        `from: dev\nto: [{ site: test, streams: [Everyone, Review] }]\ntags: [released]\nowner: COMPANY\\anna\nbackup: ${JSON.stringify(set.folder)}`,
      );
      assert.equal(report.outcome, 'failed');
      assert.match(report.failures.join(), /"Demo Build" in stream "Everyone" was rolled back/);
      assert.deepEqual(tagsOf(set.test, first.id), []);
      assert.equal(first.owner.userId, 'bert');
    },
  ));

for (const [when, method, path, after] of [
  ['before a rollback begins', 'PUT', /publish$/, 0],
  ['while a rollback uploads the old app', 'POST', /upload$/, 1],
] as const) {
  test(`others: what somebody makes of a live app ${when} is not put back`, () =>
    on({}, async set => {
      const target = appIn(set.test, 'Everyone');
      set.test.faults.add({ method: 'PUT', path: /publish$/, times: FOR_GOOD, fault: { status: 403 } });
      before(set.test, method, path, () => edit(set.test, target), after);
      const report = await set.run(
        `from: dev\nto: [{ site: test, streams: [Everyone, Review] }]\nbackup: ${JSON.stringify(set.folder)}`,
      );
      assert.equal(report.outcome, 'failed');
      assert.match(report.failures.join(), /was not rolled back: somebody has changed it since/);
      assert.equal(set.test.counters.count('PUT', /replace/), 1);
      assert.deepEqual(shelf(set.test), ['Demo Build@Everyone']);
    }));
}

test('others: an app that somebody replaces right after this run keeps no name of a working copy', () =>
  on({ testSwitches: { replaceName: 'source', replaceAnswers: 'source' } }, async set => {
    const target = appIn(set.test, 'Everyone');
    set.test.faults.add({
      method: 'PUT',
      path: /replace/,
      fault: {
        run: () => before(set.test, 'GET', /app\/object/, () => edit(set.test, target)),
      },
    });
    const report = await set.run(ONE);
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join(), /is not what this run brought there/);
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone']);
  }));
