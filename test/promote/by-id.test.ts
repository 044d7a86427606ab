import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { addObject } from '../../simulator/site/app-objects.ts';
import type { SiteData } from '../../simulator/site/data.ts';
import type { SwitchesInput } from '../../simulator/site/switches.ts';
import { changes, shelf } from '../sites-for-tests.ts';
import { appIn, appNamed, attributesOf, edit, filesIn, on, pictureOf, planned, reloadsEnd } from './scene.ts';

/** A target that names its app by an id: `to: [{ site: test, app: … }]`. */

const LIVE = '9c5edb29-0000-4000-8000-000000000001';
const NOBODYS = '9c5edb29-0000-4000-8000-00000000000f';
const SPEC = `from: dev\napps: [{ name: Demo Build }]\nto: [{ site: test, app: ${LIVE} }]`;

/** Another name, another owner, and in a stream that no spec names. */
const live = {
  id: LIVE,
  name: 'Sales Overview',
  size: '200 KB',
  description: 'The old one',
  owner: 'COMPANY\\anna',
  tags: ['mine'],
};
const testData = (stream: string | undefined, more: NonNullable<SiteData['apps']> = []) => ({
  streams: ['Everyone', 'Finance'],
  users: ['COMPANY\\anna'],
  tags: ['mine'],
  apps: [{ ...live, ...(stream ? { stream } : {}) }, { name: 'Demo Build', stream: 'Everyone' }, ...more],
});

for (const stream of ['Finance', undefined]) {
  const where = stream === undefined ? 'an unpublished app' : 'an app in a stream';

  test(`app: replaces ${where}, whatever its name`, () =>
    on({ testData: testData(stream) }, async set => {
      const app = appNamed(set.test, 'Sales Overview');
      const own = attributesOf(app);
      const other = await pictureOf(set.test, appIn(set.test, 'Everyone'));
      const old = await set.test.digest(app.id);
      const report = await set.run(`${SPEC}\nbackup: ${JSON.stringify(set.folder)}`);
      assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
      assert.deepEqual(shelf(set.test), ['Demo Build@Everyone', `Sales Overview@${stream ?? ''}`]);
      assert.equal(await set.test.digest(app.id), await set.dev.digest(set.app));
      assert.match(app.description, /^The old one\n\[qrs-action\] from "dev"/);
      assert.deepEqual(attributesOf(app), own);
      assert.deepEqual(await pictureOf(set.test, appIn(set.test, 'Everyone')), other);
      const [, file = ''] = filesIn(set.folder);
      // No folder of its own: a stream may be called "unpublished".
      const folder = stream === undefined ? '' : `${stream}/`;
      assert.match(file, new RegExp(`^test/${folder}Sales Overview-${LIVE}-.*qvf$`));
      const kept = `{ file: ${JSON.stringify(join(set.folder, file))} }`;
      const back = await set.run(SPEC.replace('{ name: Demo Build }', kept));
      assert.equal(back.outcome, 'promoted', back.failures.join('\n'));
      assert.equal(await set.test.digest(app.id), old);
    }));

  test(`app: run again, ${where} is there already, and once more after an edit on dev`, () =>
    on({ testData: testData(stream) }, async set => {
      assert.equal((await set.run(SPEC)).outcome, 'promoted');
      set.test.counters.reset();
      assert.equal((await set.run(SPEC)).outcome, 'nothing-to-do');
      assert.deepEqual(changes(set.test), []);
      edit(set.dev, appNamed(set.dev, 'Demo Build'));
      assert.equal((await set.run(SPEC)).outcome, 'promoted');
      assert.deepEqual(shelf(set.test), ['Demo Build@Everyone', `Sales Overview@${stream ?? ''}`]);
    }));

  test(`app: ${where} gets its old content back where a later step fails`, () =>
    on({ testData: testData(stream) }, async set => {
      const app = appNamed(set.test, 'Sales Overview');
      const before = await pictureOf(set.test, app);
      reloadsEnd(set.test, 'FinishedFail');
      const report = await set.run(`${SPEC}\nreload: after\nbackup: ${JSON.stringify(set.folder)}`);
      assert.equal(report.outcome, 'failed');
      assert.match(
        report.failures.join('\n'),
        /"Sales Overview" (in stream "Finance"|among the unpublished apps) was rolled back/,
      );
      assert.deepEqual(await pictureOf(set.test, app), before);
    }));

  const sources: SwitchesInput = {
    replaceName: 'source',
    replaceDescription: 'source',
    replaceTags: 'source',
    replaceOwner: 'source',
    replaceAnswers: 'source',
  };
  test(`app: ${where} stays itself where a replace takes the source's fields`, () =>
    on({ testData: testData(stream), testSwitches: sources }, async set => {
      const app = appNamed(set.test, 'Sales Overview');
      const own = attributesOf(app);
      const report = await set.run(SPEC);
      assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
      assert.deepEqual(shelf(set.test), ['Demo Build@Everyone', `Sales Overview@${stream ?? ''}`]);
      assert.deepEqual(attributesOf(app), own);
    }));
}

test('app: the plan says which app it is, and what it is called', () =>
  on({ testData: testData('Finance') }, async set => {
    const report = await planned(set, SPEC);
    assert.equal(report.outcome, 'planned');
    assert.match(
      report.lines.join('\n'),
      new RegExp(
        `"Demo Build" → test, stream "Finance", as "Sales Overview": to be replaced \\(.*\\): .* \\(${LIVE}\\)`,
      ),
    );
  }));

test('app: the plan says of an unpublished app that it is one', () =>
  on({ testData: testData(undefined) }, async set => {
    const { lines, result } = await planned(set, SPEC);
    assert.match(lines.join('\n'), /"Demo Build" → test, unpublished, as "Sales Overview": to be replaced/);
    assert.match(JSON.stringify(result), new RegExp(`"app":"${LIVE}"`));
  }));

test('app: the plan says once what holds for two targets on a site, and which app differs in what', () =>
  on({ testData: testData(undefined) }, async set => {
    const targets = [LIVE, appIn(set.test, 'Everyone').id].map(id => `{ site: test, app: ${id} }`);
    const spec = `from: dev\napps: [{ name: Demo Build }]\nto: [${targets.join(', ')}]\nbackup: ${set.folder}`;
    const said = (await planned(set, spec)).lines.join('\n');
    assert.match(said, /^On test: backed up to [^,(]+\.$/m);
    assert.match(said, /^App "Demo Build": on test, unpublished, as "Sales Overview": the script changes/m);
  }));

test('app: an app that is not there is refused, and nothing travels', () =>
  on({ testData: testData('Finance') }, async set => {
    const report = await set.run(SPEC.replace(LIVE, NOBODYS));
    assert.equal(report.outcome, 'failed');
    assert.match(
      report.failures.join('\n'),
      new RegExp(`site "test" has no app with the id ${NOBODYS}, or .* may not read it`),
    );
    assert.deepEqual(changes(set.test), []);
    assert.equal(set.dev.counters.count('POST', /export/), 0);
  }));

test('app: a working copy of a run is refused', () => {
  const name = `qrs-action working copy of ${NOBODYS} (run-7, 1)`;
  return on({ testData: { apps: [{ ...live, name, owner: 'INTERNAL\\sa_api', tags: [] }] } }, async set => {
    const report = await set.run(SPEC);
    assert.match(report.failures.join('\n'), /has app .* as a working copy of a run/);
  });
});

test('app: within one site, an app does not replace itself', () =>
  on({}, async set => {
    const report = await set.run(`from: dev\napps: event\nto: [{ site: dev, app: ${set.app} }]`);
    assert.match(report.failures.join('\n'), /it would replace itself in stream "Build"/);
  }));

test('app: within one site, another app is replaced by a copy', () =>
  on({ devApps: [{ ...live, owner: 'INTERNAL\\sa_api', tags: [] }] }, async set => {
    const report = await set.run(`from: dev\napps: event\nto: [{ site: dev, app: ${LIVE} }]`);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.equal(await set.dev.digest(LIVE), await set.dev.digest(set.app));
    assert.deepEqual(shelf(set.dev), ['Demo Build@Build', 'Sales Overview@']);
  }));

test('app: two targets that mean one app, by id and by name, are refused', () =>
  on(
    { testData: testData('Finance', [{ id: NOBODYS, name: 'Demo Build', stream: 'Finance' }]) },
    async set => {
      const report = await set.run(
        `from: dev\napps: [{ name: Demo Build }]\nto: [{ site: test, streams: [Finance] }, { site: test, app: ${NOBODYS} }]`,
      );
      assert.match(
        report.failures.join('\n'),
        new RegExp(
          `two targets on site "test" mean app ${NOBODYS} \\("Demo Build" in stream "Finance"\\); keep one`,
        ),
      );
      assert.deepEqual(changes(set.test), []);
    },
  ));

test('app: one site, three targets: by streams and two apps by id, each with options of its own', () =>
  on({ testData: testData('Finance', [{ id: NOBODYS, name: 'Draft', size: '50 KB' }]) }, async set => {
    const report = await set.run(`from: dev
apps: [{ name: Demo Build }]
to:
  - { site: test, streams: [Everyone] }
  - { site: test, app: ${LIVE}, tags: [mine, checked] }
  - { site: test, app: ${NOBODYS} }`);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone', 'Draft@', 'Sales Overview@Finance']);
    const file = await set.dev.digest(set.app);
    for (const app of set.test.site.apps.values())
      assert.equal(await set.test.digest(app.id), file, app.name);
    assert.deepEqual(attributesOf(appNamed(set.test, 'Sales Overview')).tags, ['checked', 'mine']);
    assert.deepEqual(attributesOf(appNamed(set.test, 'Draft')).tags, []);
    assert.equal(set.dev.counters.count('POST', /export/), 1);
  }));

test('app: one site, two targets: the failure of one leaves the copies of the other alone', () =>
  on({ testData: testData('Finance', [{ id: NOBODYS, name: 'Draft', size: '50 KB' }]) }, async set => {
    set.test.faults.add({
      method: 'PUT',
      path: /replace$/,
      query: new RegExp(`app=${NOBODYS}`),
      times: Number.POSITIVE_INFINITY,
      fault: { status: 403 },
    });
    const report = await set.run(`from: dev
apps: [{ name: Demo Build }]
to: [{ site: test, app: ${LIVE} }, { site: test, app: ${NOBODYS} }]`);
    assert.equal(report.outcome, 'failed');
    assert.equal(await set.test.digest(LIVE), await set.dev.digest(set.app));
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone', 'Draft@', 'Sales Overview@Finance']);
  }));

test('app: renamed and moved while the run is under way, it is replaced all the same', () =>
  on({ testData: testData('Finance') }, async set => {
    const app = appNamed(set.test, 'Sales Overview');
    set.test.faults.add({
      method: 'POST',
      path: /upload$/,
      fault: {
        run: site => {
          const stream = [...site.streams.values()].find(({ name }) => name === 'Everyone');
          Object.assign(app, { name: 'Renamed', stream });
          site.touch(app, app.owner);
        },
      },
    });
    const report = await set.run(SPEC);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.equal(await set.test.digest(LIVE), await set.dev.digest(set.app));
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone', 'Renamed@Everyone']);
  }));

test('app: moved while the run is under way, the report says where it is now', () =>
  on({ testData: testData('Finance') }, async set => {
    const app = appNamed(set.test, 'Sales Overview');
    const run = () => {
      const stream = [...set.test.site.streams.values()].find(({ name }) => name === 'Everyone');
      Object.assign(app, { stream });
      set.test.site.touch(app, app.owner);
    };
    set.test.faults.add({ method: 'POST', path: /upload$/, fault: { run } });
    const report = await set.run(SPEC);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.match(report.warnings.join('\n'), /is in stream "Everyone" by now/);
  }));

for (const [what, from] of [
  ['published', undefined],
  ['unpublished', 'Finance'],
] as const) {
  test(`app: ${what} while the run is under way, it is not what the plan said`, () =>
    on({ testData: testData(from) }, async set => {
      const app = appNamed(set.test, 'Sales Overview');
      const { content } = app;
      const run = () => {
        const stream = [...set.test.site.streams.values()].find(({ name }) => name === 'Everyone');
        Object.assign(app, {
          stream: from === undefined ? stream : undefined,
          published: from === undefined,
        });
        set.test.site.touch(app, app.owner);
      };
      set.test.faults.add({ method: 'POST', path: /upload$/, fault: { run } });
      const report = await set.run(SPEC);
      assert.equal(report.outcome, 'failed');
      assert.match(
        report.failures.join('\n'),
        new RegExp(`Nothing was changed .* was ${what} since the plan`),
      );
      assert.equal(app.content, content);
    }));
}

test('app: deleted while the run is under way, nothing is put in its place', () =>
  on({ testData: testData('Finance') }, async set => {
    set.test.faults.add({
      method: 'POST',
      path: /upload$/,
      fault: { run: site => void site.apps.delete(LIVE) },
    });
    const report = await set.run(SPEC);
    assert.equal(report.outcome, 'failed');
    assert.match(
      report.failures.join('\n'),
      /Nothing was changed in stream "Finance": app .* was .*deleted since/,
    );
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone']);
  }));

test('app: a private sheet of a user stays in a published app', () =>
  on({ testData: testData('Finance') }, async set => {
    const { site } = set.test;
    const app = appNamed(set.test, 'Sales Overview');
    const sheet = addObject(site, app, 'My own', app.owner);
    assert.equal((await set.run(SPEC)).outcome, 'promoted');
    assert.ok(site.objects.get(sheet.id));
  }));
