import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepingLog, shelf } from '../sites-for-tests.ts';
import { appIn, FOR_GOOD, on } from './scene.ts';

/** What a report says of a target after its last look, when people or faults came in between. */

const SPEC = 'from: dev\nto: [{ site: test, streams: [Everyone] }]';

test('last look: where it fails, a copy that may still appear is named, though the run removed the one it worked with', () =>
  on({}, async set => {
    set.test.faults.add({ path: /\/app\/upload$/, fault: { refuse: 504, doneFirst: true } });
    // The first removal is that of the twin before the second upload.
    const fails = { method: 'GET', path: /\/app/, times: FOR_GOOD, fault: { status: 403 } } as const;
    set.test.faults.add({ method: 'DELETE', after: 1, fault: { run: () => set.test.faults.add(fails) } });
    const report = await set.run(SPEC);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone']);
    assert.match(
      report.warnings.join('\n'),
      /A working copy may have stayed on test, called "[^"]*"; a later run removes it/,
    );
  }));

for (const [when, request] of [
  ['before the run decides again', /\/app\/upload$/],
  ['right before it is replaced', /\/replace$/],
] as const) {
  test(`last look: an app that somebody deletes ${when} is gone for its users`, () =>
    on({}, async set => {
      const old = appIn(set.test, 'Everyone');
      set.test.faults.add({ path: request, fault: { run: ({ apps }) => apps.delete(old.id) } });
      const report = await set.run(SPEC);
      assert.equal(report.outcome, 'failed');
      assert.match(report.failures.join('\n'), /On test somebody has moved or deleted the app in Everyone\./);
      assert.doesNotMatch(report.failures.join('\n'), /still see/);
      assert.deepEqual(shelf(set.test), []);
    }));
}

test('last look: an app that somebody moves to another stream is gone from its own', () =>
  on({}, async set => {
    const old = appIn(set.test, 'Everyone');
    const review = [...set.test.site.streams.values()].find(({ name }) => name === 'Review');
    set.test.faults.add({
      path: /\/app\/upload$/,
      fault: { run: () => Object.assign(old, { stream: review }) },
    });
    const report = await set.run(SPEC);
    assert.match(report.failures.join('\n'), /On test somebody has moved or deleted the app in Everyone\./);
    assert.doesNotMatch(report.failures.join('\n'), /still see/);
  }));

test('last look: an app that the site cannot show any more keeps no working copy there, and is not called gone', () =>
  on({}, async set => {
    const old = appIn(set.test, 'Everyone');
    set.test.faults.add({
      path: /\/app\/upload$/,
      fault: { run: () => Object.assign(old, { modifiedDate: 7 }) },
    });
    const report = await set.run(SPEC);
    assert.equal(report.outcome, 'failed');
    assert.doesNotMatch(report.failures.join('\n'), /moved or deleted/);
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone']);
    assert.deepEqual(report.warnings, []);
  }));

test('the log says that an app was replaced once the site has shown it', () =>
  on({}, async set => {
    const log = keepingLog();
    const nothing = { answer: '{}', contentType: 'application/json' };
    set.test.faults.add({ path: /\/replace$/, times: FOR_GOOD, fault: nothing });
    assert.equal((await set.run(SPEC, { log })).outcome, 'failed');
    assert.doesNotMatch(log.lines.join('\n'), /replaced "/);
    set.test.faults.clear();
    assert.equal((await set.run(SPEC, { log })).outcome, 'promoted');
    assert.match(log.lines.join('\n'), /^test: replaced "Demo Build" in stream "Everyone" \(/m);
  }));
