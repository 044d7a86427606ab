import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addObject, editObject, objectsOf } from '../../simulator/site/app-objects.ts';
import type { SwitchesInput } from '../../simulator/site/switches.ts';
import { summaryOf } from '../../src/entry/summary.ts';
import {
  appIn,
  appNamed,
  edit,
  FOR_GOOD,
  on,
  pictures,
  planned,
  type Scene,
  streamResults,
} from './scene.ts';

/** What a dry run says of how the version that comes differs from what users have. */

const SPEC = 'from: dev\napps: [{ name: Demo Build }]\nto: [{ site: test, streams: [Everyone] }]';
const NO_LIVE = { streams: ['Everyone'], users: ['COMPANY\\anna'] };
const objects = ['Overview', 'Details', 'Old'].map(name => ({ name, type: 'sheet' }));

/** Test has the first version, and dev a second one: a sheet edited, one added and one removed, and another script. */
async function secondVersion(set: Scene): Promise<void> {
  assert.equal((await set.run(SPEC)).outcome, 'promoted');
  const { site } = set.dev;
  const app = appNamed(set.dev, 'Demo Build');
  edit(set.dev, app);
  const sheet = (name: string) => objectsOf(site, app).find(one => one.name === name) ?? assert.fail(name);
  editObject(site, sheet('Details'), app.owner);
  const added = addObject(site, app, 'New', app.owner);
  Object.assign(added, { published: true, approved: true });
  site.objects.delete(sheet('Old').id);
}

const withSwitches = (switches: SwitchesInput = {}, both = switches) => ({
  app: { objects },
  testData: NO_LIVE,
  testSwitches: switches,
  devSwitches: both,
});

test('what changes: objects added, removed and changed, and the script', () =>
  on(withSwitches(), async set => {
    await secondVersion(set);
    const report = await planned(set, SPEC);
    const said = /to be replaced \(.*\): script and 1 object changed, 1 object added, 1 object removed/;
    assert.match(report.lines.join('\n'), said);
    assert.match(
      report.lines.join('\n'),
      /on test, "Everyone": the script changes; changed: sheet "Details"; added: sheet "New"; removed: sheet "Old"/,
    );
    const [stream] = JSON.parse(JSON.stringify(streamResults(report)));
    assert.equal(stream.changes.script, 'changed');
    assert.deepEqual(
      [stream.changes.added, stream.changes.removed, stream.changes.changed].map(([one]) => one.name),
      ['New', 'Old', 'Details'],
    );
    const text = summaryOf(report);
    assert.match(text, /script and 1 object changed, 1 object added/);
    assert.match(
      text,
      /<details><summary>What differs from what is live<\/summary><ul>\n<li>.*sheet &quot;Details&quot;/,
    );
  }));

test('what changes: a run reads no more than before, and says nothing of it', () =>
  on({ app: { objects } }, async set => {
    const read = () => set.test.counters.count('GET', /object/);
    const report = await set.run(SPEC, { dryRun: true });
    assert.match(report.lines.join('\n'), /objects? added/);
    assert.equal(read(), 1);
    set.test.counters.reset();
    const { lines, details } = await set.run(SPEC);
    assert.doesNotMatch(lines.join('\n'), /objects? added/);
    assert.equal(details, undefined);
  }));

test('what changes: one call a site for all apps', () =>
  on(
    {
      devApps: ['A', 'B', 'C'].map(name => ({ name, stream: 'Build' })),
      testData: { apps: ['Demo Build', 'A', 'B', 'C'].map(name => ({ name, stream: 'Everyone' })) },
    },
    async set => {
      const spec = `from: dev\napps: [{ filter: stream.name eq 'Build' }]\nto: [{ site: test, streams: [Everyone] }]`;
      assert.equal((await planned(set, spec)).outcome, 'planned');
      assert.equal(set.test.counters.count('GET', /object/), 1);
      assert.equal(set.dev.counters.count('GET', /object/), 1);
    },
  ));

test('what changes: data alone', () =>
  on(withSwitches(), async set => {
    assert.equal((await set.run(SPEC)).outcome, 'promoted');
    const app = appNamed(set.dev, 'Demo Build');
    app.lastReloadTime = set.dev.site.now();
    set.dev.site.touch(app, app.owner);
    const { lines } = await planned(set, SPEC);
    assert.match(lines.join('\n'), /to be replaced \(.*\): the same script and objects/);
    assert.match(lines.join('\n'), /^App "Demo Build": on test, "Everyone": nothing differs$/m);
  }));

test('what changes: the sheets of users stay, and the plan counts them', () =>
  on(withSwitches(), async set => {
    await secondVersion(set);
    const live = appIn(set.test, 'Everyone');
    addObject(set.test.site, live, 'My own', live.owner);
    const { lines } = await planned(set, SPEC);
    assert.match(lines.join('\n'), /removed: sheet "Old"; 1 object of users stays/);
  }));

const HIDDEN: [SwitchesInput, SwitchesInput, RegExp][] = [
  [
    { objectsShown: 'none', objectsHiddenFrom: [] },
    {},
    /what changes is not known: the target site shows no objects of the app/,
  ],
  [
    {},
    { objectsShown: 'none', objectsHiddenFrom: [] },
    /what changes is not known: the source site shows no objects of the app/,
  ],
  [
    { objectsShown: 'withoutScript' },
    {},
    /1 object changed, 1 object added, 1 object removed, script not shown/,
  ],
  [
    { contentHash: 'none' },
    {},
    /1 object added, 1 object removed, \d objects without a hash, script not shown/,
  ],
  [{ contentHash: 'anew' }, {}, /script and all \d objects changed, 1 object added/],
];

for (const [onTest, onDev, said] of HIDDEN) {
  test(`what changes: with ${JSON.stringify(onTest)} on test and ${JSON.stringify(onDev)} on dev`, () =>
    on(
      {
        ...withSwitches(onTest, onDev),
        app: { objects, owner: 'COMPANY\\anna' },
        devData: { users: ['COMPANY\\anna'] },
      },
      async set => {
        await secondVersion(set);
        for (const app of set.test.site.apps.values())
          app.owner = [...set.test.site.users.values()].find(({ userId }) => userId === 'anna') ?? app.owner;
        const { lines } = await planned(set, SPEC);
        assert.match(lines.join('\n'), said);
      },
    ));
}

test('what changes: a site that refuses to list objects is no failure', () =>
  on(withSwitches(), async set => {
    await secondVersion(set);
    set.test.faults.add({ method: 'GET', path: /object/, times: FOR_GOOD, fault: { status: 403 } });
    const report = await planned(set, SPEC);
    assert.equal(report.outcome, 'planned');
    assert.match(report.lines.join('\n'), /the target site shows no objects/);
  }));

for (const site of ['dev', 'test'] as const) {
  test(`what changes: where ${site} fails to show objects, a dry run says so and goes on, and a run changes nothing`, () =>
    on(withSwitches(), async set => {
      await secondVersion(set);
      set[site].faults.add({ path: /\/app\/object\//, times: FOR_GOOD, fault: { status: 500 } });
      const report = await set.run(SPEC, { dryRun: true });
      assert.equal(report.outcome, 'planned', report.failures.join('\n'));
      assert.match(
        report.warnings.join('\n'),
        new RegExp(`^Site "${site}" .*objects of apps.*500.* the plan does not know what changes, and a run`),
      );
      assert.match(report.lines.join('\n'), /to be replaced \(.*what changes is not known/);
      const before = await pictures(set.test);
      const run = await set.run(SPEC).then(
        ({ outcome, failures }) => `${outcome}: ${failures.join(' ')}`,
        (error: unknown) => String(error),
      );
      assert.match(run, /objects of apps.*500/);
      assert.doesNotMatch(run, /^promoted/);
      assert.deepEqual(await pictures(set.test), before);
    }));
}
