import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { addObject, objectsOf } from '../../simulator/site/app-objects.ts';
import { dropData, hasData, originOf } from '../../simulator/site/content.ts';
import type { SwitchesInput } from '../../simulator/site/switches.ts';
import type { Fault } from '../../simulator/wire/faults.ts';
import { changes, shelf } from '../sites-for-tests.ts';
import {
  appIn,
  appNamed,
  attributesOf,
  edit,
  FOR_GOOD,
  filesIn,
  on,
  pictureOf,
  planned,
  type Scene,
} from './scene.ts';

/** `data: target`: the new design with the data that the target has. */

const spec = (more = 'backup: none', to = '{ site: test, streams: [Everyone] }') =>
  `from: dev\napps: event\nexperimental: true\ndata: target\nto: [${to}]\n${more}`;
const withBackup = ({ folder }: Scene) => spec(`backup: ${JSON.stringify(join(folder, 'backup'))}`);
const testData = {
  streams: ['Everyone', 'Review'],
  users: ['COMPANY\\anna'],
  tags: ['mine'],
  apps: [
    {
      name: 'Demo Build',
      stream: 'Everyone',
      size: '200 KB',
      description: 'The old one',
      owner: 'COMPANY\\anna',
      tags: ['mine'],
      lastReloadTime: '2026-11-20T06:30:00.000Z',
    },
  ],
};
const CALL = /\/upload\/replace$/;

/** The new design, with the data that were there. */
function isNewWithOwnData(set: Scene): void {
  const app = appIn(set.test, 'Everyone');
  const source = appNamed(set.dev, 'Demo Build');
  assert.equal(originOf(app.content), originOf(source.content), 'the new design');
  assert.ok(hasData(app.content), 'data');
  assert.equal(app.fileSize, 200_000, 'its own data');
  const ids = (site: Scene['dev'], one: typeof app) =>
    objectsOf(site.site, one)
      .filter(({ approved }) => approved)
      .map(({ engineObjectId }) => engineObjectId)
      .sort();
  assert.deepEqual(ids(set.test, app), ids(set.dev, source));
  assert.deepEqual(shelf(set.test), ['Demo Build@Everyone']);
}

test('data: target brings the design, and no data travel', () =>
  on({ testData }, async set => {
    const app = appIn(set.test, 'Everyone');
    const own = attributesOf(app);
    const sheet = addObject(set.test.site, app, 'My own', app.owner);
    const report = await set.run(withBackup(set));
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    isNewWithOwnData(set);
    assert.deepEqual(attributesOf(app), own);
    assert.equal(app.lastReloadTime, '2026-11-20T06:30:00.000Z');
    assert.match(app.description, /^The old one\n\[qrs-action\] from "dev" .* without data/);
    assert.ok(set.test.site.objects.get(sheet.id), 'a user keeps a sheet');
    assert.equal(set.dev.counters.count('POST', /export/), 1, 'exported once');
    assert.equal(filesIn(set.folder).length, 2);
    const moments = set.test.moments.all().flatMap(({ shown }) => shown);
    assert.ok(moments.every(one => one.hasData));
  }));

test('data: target, run again and after an edit on dev', () =>
  on({ testData }, async set => {
    assert.equal((await set.run(spec())).outcome, 'promoted');
    set.test.counters.reset();
    assert.equal((await set.run(spec())).outcome, 'nothing-to-do');
    assert.deepEqual(changes(set.test), []);
    edit(set.dev, appNamed(set.dev, 'Demo Build'));
    assert.equal((await set.run(spec())).outcome, 'promoted');
    isNewWithOwnData(set);
  }));

test('data: target for an app by its id, unpublished', () => {
  const id = '9c5edb29-0000-4000-8000-000000000001';
  return on({ testData: { ...testData, apps: [{ id, name: 'Draft', size: '200 KB' }] } }, async set => {
    const report = await set.run(spec('backup: none', `{ site: test, app: ${id} }`));
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    const app = appNamed(set.test, 'Draft');
    assert.equal(originOf(app.content), originOf(appNamed(set.dev, 'Demo Build').content));
    assert.ok(hasData(app.content));
    assert.equal(app.fileSize, 200_000);
  });
});

/** What nobody knows of the call (docs/qrs.md 9): the run ends the same. */
const UNKNOWNS: SwitchesInput[] = [
  { uploadReplaceTime: 'source' },
  { uploadReplaceSteps: 'several' },
  { replaceName: 'source' },
  { replaceDescription: 'source', descriptionTravels: true },
  { replaceDescription: 'source', descriptionTravels: false },
  { replaceTags: 'source', replaceProperties: 'source', replaceOwner: 'source' },
  { contentHash: 'anew' },
  { contentHash: 'none' },
  { objectsShown: 'none' },
  { objectsShown: 'withoutScript' },
  { uploadSettles: 5 },
  { conflict: 'differs' },
  { describesApi: false },
];

for (const switches of UNKNOWNS) {
  test(`data: target with ${JSON.stringify(switches)}`, () =>
    on({ app: { description: 'Made on dev' }, testData, testSwitches: switches }, async set => {
      const app = appIn(set.test, 'Everyone');
      const own = attributesOf(app);
      const report = await set.run(withBackup(set));
      assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
      isNewWithOwnData(set);
      assert.deepEqual(attributesOf(app), own);
      assert.match(app.description, /^The old one\n\[qrs-action\]/);
    }));
}

test('data: target where the site drops the data: the backup is put back, and the run says what happened', () =>
  on({ testData, testSwitches: { uploadReplaceData: 'dropped' } }, async set => {
    const app = appIn(set.test, 'Everyone');
    const before = await pictureOf(set.test, app);
    const report = await set.run(withBackup(set));
    assert.equal(report.outcome, 'failed');
    assert.match(
      report.failures.join('\n'),
      /the app has lost its data: 200000 bytes before, .*was rolled back/,
    );
    assert.deepEqual(await pictureOf(set.test, app), before);
    assert.ok(hasData(app.content));
  }));

test('data: target without a backup where the site drops the data: the run fails and says so', () =>
  on({ testData, testSwitches: { uploadReplaceData: 'dropped' } }, async set => {
    const report = await set.run(spec());
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join('\n'), /the app has lost its data/);
  }));

test('data: target on a site that does not list the call is refused before anything travels', () =>
  on({ testData, testSwitches: { uploadReplace: 'unknown' } }, async set => {
    for (const dryRun of [true, false]) {
      const report = await set.run(spec(), { dryRun });
      assert.equal(report.outcome, 'failed');
      assert.match(
        report.failures.join('\n'),
        /site "test" does not know the call that replaces an app and keeps its data/,
      );
    }
    assert.deepEqual([...changes(set.dev), ...changes(set.test)], []);
  }));

test('data: target on a site that lists nothing and does not know the call: it refuses, and nothing changes', () =>
  on({ testData, testSwitches: { uploadReplace: 'unknown', describesApi: false } }, async set => {
    const app = appIn(set.test, 'Everyone');
    const before = await pictureOf(set.test, app);
    assert.match((await planned(set, spec())).warnings.join('\n'), /does not say whether it knows the call/);
    const report = await set.run(withBackup(set));
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join('\n'), /Does this version of Qlik Sense know the call/);
    assert.deepEqual(await pictureOf(set.test, app), before);
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone']);
  }));

test('data: target says in the plan that one step is not proven', () =>
  on({ testData }, async set => {
    const { lines } = await planned(set, spec());
    assert.match(
      lines.join('\n'),
      /keeps its own data, by an experimental call \(whether users see the change in one step is not proven\)/,
    );
  }));

test('data: target where no app is there is refused', () =>
  on({ testData }, async set => {
    const report = await set.run(spec('backup: none', '{ site: test, streams: [Everyone, Review] }'));
    assert.equal(report.outcome, 'failed');
    assert.match(
      report.failures.join('\n'),
      /no app in stream "Review" could keep its data \("data: target"\): there is none of that name/,
    );
    assert.deepEqual(changes(set.test), []);
  }));

test('data: target where the app itself asks for a duplicate is refused', () =>
  on(
    {
      testData,
      app: { properties: { PromoteToServer: ['Test - Duplicate'], PromoteToStream: ['Everyone'] } },
    },
    async set => {
      const report = await set.run(
        'from: dev\napps: event\nexperimental: true\ndata: target\nbackup: none\nto: { properties: { server: PromoteToServer, stream: PromoteToStream } }',
      );
      assert.match(report.failures.join('\n'), /a duplicate replaces none/);
    },
  ));

const SURVIVED: [string, Fault][] = [
  ['cut before', { hangUp: 'before' }],
  ['cut after', { hangUp: 'after' }],
  ['500 before', { status: 500 }],
  ['500 after', { refuse: 500, doneFirst: true }],
  ['503', { status: 503 }],
  ['429', { status: 429, headers: { 'Retry-After': '1' } }],
];

for (const [name, fault] of SURVIVED) {
  test(`data: target, the call meets ${name} once`, () =>
    on({ testData }, async set => {
      set.test.faults.add({ method: 'POST', path: CALL, fault });
      const report = await set.run(withBackup(set));
      assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
      isNewWithOwnData(set);
    }));
}

test('data: target, the site refuses the call: nothing changes', () =>
  on({ testData }, async set => {
    const app = appIn(set.test, 'Everyone');
    const before = await pictureOf(set.test, app);
    set.test.faults.add({ method: 'POST', path: CALL, times: FOR_GOOD, fault: { status: 403 } });
    const report = await set.run(withBackup(set));
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join('\n'), /Has .* the Update right on the app and Publish on its stream/);
    assert.deepEqual(await pictureOf(set.test, app), before);
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone']);
  }));

test('data: target, the call fails half-way for good: the backup is put back', () =>
  on({ testData }, async set => {
    const app = appIn(set.test, 'Everyone');
    const before = await pictureOf(set.test, app);
    const halfway = {
      run: (site: Scene['test']['site']) => {
        app.content = dropData(app.content);
        site.touch(app, app.owner);
      },
    };
    set.test.faults.add({ method: 'POST', path: CALL, times: FOR_GOOD, fault: { ...halfway } });
    set.test.faults.add({ method: 'POST', path: CALL, times: FOR_GOOD, fault: { status: 500 } });
    const report = await set.run(withBackup(set));
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join('\n'), /was rolled back/);
    assert.ok(hasData(app.content));
    assert.equal((await pictureOf(set.test, app)).digest, before.digest);
  }));

test('data: target, the call never answers, and does nothing: that is not known', () =>
  on({ testData }, async set => {
    const app = appIn(set.test, 'Everyone');
    const before = await pictureOf(set.test, app);
    set.test.faults.add({ method: 'POST', path: CALL, times: FOR_GOOD, fault: { hangUp: 'before' } });
    const report = await set.run(withBackup(set));
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join('\n'), /whether it was, or will be, replaced is not known/);
    assert.deepEqual(await pictureOf(set.test, app), before);
  }));

test('data: target, run again after the data were lost: an empty app is no success', () =>
  on({ testData, testSwitches: { uploadReplaceData: 'dropped' } }, async set => {
    await set.run(spec());
    const again = await set.run(spec());
    assert.equal(again.outcome, 'failed');
    assert.match(again.failures.join('\n'), /seems to have no data that it could keep .*"allow-empty: true"/);
    const meant = await set.run(spec('backup: none\nallow-empty: true'));
    assert.equal(meant.outcome, 'promoted', meant.failures.join('\n'));
  }));

test('data: target, a call without an answer may end after the rollback: the report does not claim the old app', () =>
  on({ testData, testSwitches: { uploadReplaceData: 'dropped' } }, async set => {
    set.test.faults.add({ method: 'POST', path: CALL, fault: { late: 3_600_000, heard: 504 } });
    const report = await set.run(withBackup(set));
    assert.equal(report.outcome, 'failed');
    const said = report.failures.join('\n');
    assert.match(said, /was rolled back, but the site may yet replace it/);
    assert.doesNotMatch(said, /still see/);
  }));

test('data: target, the site says that it was done, and did nothing: neither log nor report calls it replaced', () =>
  on({ testData }, async set => {
    set.test.faults.add({ method: 'POST', path: CALL, times: FOR_GOOD, fault: { status: 201, body: '{}' } });
    const report = await set.run(withBackup(set));
    assert.equal(report.outcome, 'failed');
    assert.doesNotMatch(report.failures.join('\n'), /gave no answer when asked/);
  }));

test('data: target where the site shows no sizes: it is replaced, and the report says what is not known', () =>
  on({ testData }, async set => {
    const upload = { method: 'POST', path: /\/app\/upload$/ };
    const hide = (site: Scene['test']['site']) => {
      for (const app of site.apps.values()) app.fileSize = 0;
    };
    set.test.faults.add({ ...upload, fault: { run: hide } });
    set.test.faults.add({ method: 'GET', path: /\/app/, times: FOR_GOOD, fault: { run: hide } });
    const report = await set.run(spec());
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.match(report.warnings.join('\n'), /its size does not show whether app .* kept its data/);
  }));

test('data: target, somebody replaces the app right after: that is not rolled back', () =>
  on({ testData }, async set => {
    const app = appIn(set.test, 'Everyone');
    const anna = app.owner;
    const theirs = { ...app.content };
    let called = false;
    const call = () => {
      called = true;
    };
    const replaceByHand = (site: Scene['test']['site']) => {
      if (!called) return;
      called = false;
      app.content = theirs;
      addObject(site, app, 'Theirs', anna).approved = true;
      site.touch(app, anna);
    };
    set.test.faults.add({ method: 'POST', path: CALL, fault: { run: call } });
    set.test.faults.add({ method: 'GET', path: /\/object/, times: FOR_GOOD, fault: { run: replaceByHand } });
    const report = await set.run(withBackup(set));
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join('\n'), /was not rolled back: somebody has changed it since/);
    assert.equal(app.content, theirs);
    assert.ok(objectsOf(set.test.site, app).some(({ name }) => name === 'Theirs'));
  }));
