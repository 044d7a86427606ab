import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type StageOptions, shelf } from '../sites-for-tests.ts';
import { appIn, appNamed, FOR_GOOD, on, pictures, reloadsEnd } from './scene.ts';

const SOURCE: StageOptions = {
  devData: {
    streams: ['Build'],
    users: ['COMPANY\\anna'],
    apps: [
      {
        name: 'Demo Build',
        description: 'Made by Anna',
        stream: 'Build',
        owner: 'COMPANY\\anna',
        size: '9 KB',
      },
    ],
  },
};
const UNPUBLISH = 'from: dev\nto: [{ site: test, streams: [Everyone] }]\ndone: { unpublish: true }';

test('unpublish: an edit of the source app meanwhile is not lost', () =>
  on(SOURCE, async set => {
    set.test.faults.add({
      path: /upload/,
      fault: {
        run: () => {
          const app = appNamed(set.dev, 'Demo Build');
          app.description = 'Edited meanwhile';
          app.modifiedDate = set.dev.site.now();
        },
      },
    });
    assert.equal((await set.run(UNPUBLISH)).outcome, 'promoted');
    assert.equal(appNamed(set.dev, 'Demo Build').description, 'Edited meanwhile');
  }));

test('unpublish: a copy whose making was lost does not stay, as the site can be reached', () =>
  on(SOURCE, async set => {
    set.dev.faults.add({ path: /copy/, times: 4, fault: { hangUp: 'after' } });
    assert.equal((await set.run(UNPUBLISH)).outcome, 'failed');
    assert.deepEqual(shelf(set.dev), ['Demo Build@Build']);
  }));

test('unpublish: a copy that the site refused to make has not stayed', () =>
  on(SOURCE, async set => {
    set.dev.faults.add({ path: /copy/, times: FOR_GOOD, fault: { status: 403 } });
    const report = await set.run(UNPUBLISH);
    assert.doesNotMatch(report.failures.join('\n'), /may have stayed/);
  }));

test('rollback: what was there already, and was brought up to date, is put back too', () =>
  on({}, async set => {
    assert.equal((await set.run('from: dev\nto: [{ site: test, streams: [Everyone] }]')).outcome, 'promoted');
    const before = await pictures(set.test);
    set.test.faults.add({ path: /publish/, times: FOR_GOOD, fault: { status: 403 } });
    const report = await set.run(
      `from: dev\nto: [{ site: test, streams: [Everyone, Review] }]\ntags: [released]\nbackup: ${JSON.stringify(set.folder)}`,
    );
    assert.equal(report.outcome, 'failed');
    assert.deepEqual(await pictures(set.test), before);
  }));

test('reload after: the author’s own words stay, whatever they are', () =>
  on({}, async set => {
    const target = appIn(set.test, 'Everyone');
    target.description = 'Numbers of 2025, not yet reloaded, by region';
    reloadsEnd(set.test, 'FinishedSuccess');
    const report = await set.run('from: dev\nto: [{ site: test, streams: [Everyone] }]\nreload: after');
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.match(target.description, /^Numbers of 2025, not yet reloaded, by region\n\[qrs-action\]/);
    assert.doesNotMatch(target.description, /\[qrs-action\].*not yet reloaded/);
  }));
