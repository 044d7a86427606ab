import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Simulator } from '../../simulator/server.ts';
import { editObject, objectsOf } from '../../simulator/site/app-objects.ts';
import { changes, shelf, tagsOf } from '../sites-for-tests.ts';
import { appIn, appNamed, edit, on, onThree, planned } from './scene.ts';

/** A version is its content, and "already there" needs evidence on the target. */

const TO_TEST = 'from: dev\nto: [{ site: test, streams: [Everyone] }]';
const TO_PROD = 'from: dev\nto: [{ site: prod, streams: [Everyone] }]\ndone: { tag: Promoted }';

/** An owner sees all of the own app, whatever the site shows to others. */
const ANNAS = { owner: 'COMPANY\\anna' };

const there = (set: { test: Simulator }) => appIn(set.test, 'Everyone');

test('a tag of our own is no new version: the same event again has nothing to do on test', () =>
  onThree({ prod: { streams: ['Everyone'] } }, async set => {
    assert.equal((await set.run(TO_TEST)).outcome, 'promoted');
    assert.equal((await set.run(TO_PROD)).outcome, 'promoted');
    assert.deepEqual(tagsOf(set.dev, set.app), ['Promoted']);
    set.test.counters.reset();
    set.dev.counters.reset();
    assert.equal((await set.run(TO_TEST)).outcome, 'nothing-to-do');
    assert.deepEqual([...changes(set.test), ...changes(set.dev)], []);
  }));

test('an edit of the script is a new version, whatever the dates', () =>
  on({}, async set => {
    await set.run(TO_TEST);
    edit(set.dev, appNamed(set.dev, 'Demo Build'));
    assert.equal((await set.run(TO_TEST)).outcome, 'promoted');
    assert.equal(await set.test.digest(there(set).id), await set.dev.digest(set.app));
    assert.equal((await set.run(TO_TEST)).outcome, 'nothing-to-do');
  }));

test('other data are a new version where they travel, and none where they do not', () =>
  on({}, async set => {
    const dropped = `${TO_TEST}\ndata: drop\nallow-empty: true`;
    await set.run(dropped);
    const app = appNamed(set.dev, 'Demo Build');
    app.lastReloadTime = set.dev.site.now();
    app.modifiedDate = set.dev.site.now();
    assert.equal((await set.run(dropped)).outcome, 'nothing-to-do');
    assert.equal((await set.run(TO_TEST)).outcome, 'promoted');
    app.lastReloadTime = new Date(Date.now() + 60_000).toISOString();
    app.modifiedDate = app.lastReloadTime;
    assert.equal((await set.run(TO_TEST)).outcome, 'promoted');
  }));

for (const devSwitches of [{ objectsShown: 'none' }, { objectsShown: 'withoutScript' }] as const) {
  test(`any doubt counts as a new version: ${JSON.stringify(devSwitches)}`, () =>
    on({ devSwitches, app: ANNAS, devData: { users: [ANNAS.owner] } }, async set => {
      await set.run(TO_TEST);
      assert.equal((await set.run(TO_TEST)).outcome, 'nothing-to-do');
      appNamed(set.dev, 'Demo Build').modifiedDate = set.dev.site.now();
      assert.equal((await set.run(TO_TEST)).outcome, 'promoted');
    }));
}

for (const contentHash of ['content', 'anew', 'none'] as const) {
  for (const objectDatesMove of [false, true]) {
    const switches = { contentHash, objectDatesMove };
    test(`the same again converges: ${JSON.stringify(switches)}`, () =>
      on({ devSwitches: switches, testSwitches: switches }, async set => {
        const spec = 'from: dev\nto: [{ site: test, streams: [Everyone, Review] }]';
        assert.equal((await set.run(spec)).outcome, 'promoted');
        assert.equal((await set.run(spec)).outcome, 'nothing-to-do');
      }));
  }
}

test('the source’s objects are read only where the date alone would say that it is new', () =>
  on({}, async set => {
    const reads = () => set.dev.counters.count('GET', /app\/object/);
    await set.run(TO_TEST);
    assert.ok(reads() > 0);
    set.dev.counters.reset();
    await set.run(TO_TEST);
    assert.equal(reads(), 0);
  }));

/** Somebody gives the live app another content, and leaves its description as it is. */
function replaceByHand(simulator: Simulator): void {
  const app = appIn(simulator, 'Everyone');
  for (const object of objectsOf(simulator.site, app)) editObject(simulator.site, object, app.owner);
}

for (const more of ['', '\ndata: drop\nallow-empty: true']) {
  test(`a stamp that stayed on another content is not believed${more && ' without data'}`, () =>
    on({}, async set => {
      await set.run(`${TO_TEST}${more}`);
      replaceByHand(set.test);
      const report = await set.run(`${TO_TEST}${more}`);
      assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
      assert.equal((await set.run(`${TO_TEST}${more}`)).outcome, 'nothing-to-do');
    }));
}

test('a reload by the target itself is its own: it is said, and undone only where that is asked', () =>
  on({}, async set => {
    await set.run(TO_TEST);
    const app = there(set);
    app.lastReloadTime = set.test.site.now();
    app.modifiedDate = set.test.site.now();
    const again = await set.run(TO_TEST);
    assert.equal(again.outcome, 'nothing-to-do');
    assert.match(again.lines.join('\n'), /already there, reloaded there since/);
    const refreshed = await set.run(`${TO_TEST}\ndata: refresh`);
    assert.equal(refreshed.outcome, 'promoted', refreshed.failures.join('\n'));
    assert.equal(there(set).lastReloadTime, appNamed(set.dev, 'Demo Build').lastReloadTime);
    assert.equal((await set.run(`${TO_TEST}\ndata: refresh`)).outcome, 'nothing-to-do');
  }));

test('where the target shows no objects the stamp decides with the last reload, and the row says so', () =>
  on(
    {
      testSwitches: { objectsShown: 'none' },
      testData: { users: [ANNAS.owner], apps: [{ name: 'Demo Build', stream: 'Everyone', ...ANNAS }] },
    },
    async set => {
      await set.run(TO_TEST);
      const again = await set.run(TO_TEST);
      assert.equal(again.outcome, 'nothing-to-do');
      assert.match(again.lines.join('\n'), /already there, by its stamp/);
      there(set).lastReloadTime = set.test.site.now();
      assert.equal((await set.run(TO_TEST)).outcome, 'promoted');
    },
  ));

test('duplicates: what its users changed since is still this version’s one', () =>
  on({}, async set => {
    const spec = 'from: dev\nto: [{ site: test, streams: [Review], mode: duplicate }]';
    await set.run(spec);
    const app = appIn(set.test, 'Review');
    for (const object of objectsOf(set.test.site, app)) editObject(set.test.site, object, app.owner);
    const again = await set.run(spec);
    assert.equal(again.outcome, 'nothing-to-do');
    assert.match(again.lines.join('\n'), /changed there since/);
    assert.deepEqual(
      shelf(set.test).filter(name => name.endsWith('@Review')),
      ['Demo Build@Review'],
    );
  }));

for (const mode of ['overwrite', 'duplicate']) {
  test(`twins that a dead run left: the later one is in the plan, and goes (${mode})`, () =>
    on({}, async set => {
      const spec = `from: dev\nto: [{ site: test, streams: [Review], mode: ${mode} }]`;
      await set.run(spec);
      const first = appIn(set.test, 'Review');
      const id = '11111111-2222-4333-8444-555555555555';
      const publishTime = new Date(Date.parse(first.publishTime) + 1000).toISOString();
      set.test.site.apps.set(id, { ...first, id, publishTime });
      const plan = await planned(set, spec);
      assert.equal(plan.outcome, 'planned');
      assert.match(plan.lines.join('\n'), new RegExp(`twin of the same version, to be removed \\(${id}\\)`));
      const report = await set.run(spec);
      assert.notEqual(report.outcome, 'failed', report.failures.join('\n'));
      assert.deepEqual(
        [...set.test.site.apps.values()].filter(({ stream }) => stream?.name === 'Review').map(app => app.id),
        [first.id],
      );
    }));
}

test('twins of which one is somebody’s own are refused', () =>
  on({}, async set => {
    const spec = 'from: dev\nto: [{ site: test, streams: [Review] }]';
    await set.run(spec);
    const first = appIn(set.test, 'Review');
    const id = '11111111-2222-4333-8444-555555555555';
    set.test.site.apps.set(id, { ...first, id, description: 'Mine' });
    const report = await set.run(spec);
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join('\n'), /has 2 apps called "Demo Build"/);
  }));

test('data: drop into a live app is refused unless it is reloaded first, or may be empty', () =>
  on({}, async set => {
    for (const reload of ['none', 'after']) {
      const refused = await set.run(`${TO_TEST}\ndata: drop\nreload: ${reload}`);
      assert.equal(refused.outcome, 'failed');
      assert.match(refused.failures.join('\n'), /would lose its data.*reload: before.*allow-empty: true/);
    }
    assert.deepEqual(changes(set.test), []);
    const fresh = 'from: dev\nto: [{ site: test, streams: [Review] }]\ndata: drop';
    assert.equal((await set.run(fresh)).outcome, 'promoted', 'nobody loses data there');
  }));
