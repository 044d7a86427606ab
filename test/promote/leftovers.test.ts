import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Simulator } from '../../simulator/server.ts';
import { BARE_PREFIX, workingName } from '../../src/promote/working-copy.ts';
import { shelf } from '../sites-for-tests.ts';
import { appIn, edit, on, planned, type Scene } from './scene.ts';

/** Working copies of other runs, of whatever app, on every site that a run reads. */

const OTHER = '99999999-2222-4333-8444-555555555555';
const HOUR = 3_600_000;

/** A working copy that some run left so long ago. */
function leave(simulator: Simulator, stream: string, age: number, id: string): string {
  const name = `${BARE_PREFIX}${OTHER} (17-1-abc, 1)`;
  const date = new Date(Date.now() - age).toISOString();
  const blank = { stream: null, published: false, description: '', createdDate: date, modifiedDate: date };
  simulator.site.apps.set(id, { ...appIn(simulator, stream), id, name, ...blank });
  return name;
}

const OLD = '11111111-2222-4333-8444-555555555555';
const YOUNG = '22222222-2222-4333-8444-555555555555';
const SPEC = 'from: dev\nto: [{ site: test, streams: [Everyone] }]';

test('leftovers: the plan shows what goes on each site, and what is left alone; an old one goes, a younger one stays', () =>
  on({}, async set => {
    leave(set.test, 'Everyone', 2 * HOUR, OLD);
    const young = leave(set.test, 'Everyone', HOUR / 2, YOUNG);
    const onDev = '33333333-2222-4333-8444-555555555555';
    leave(set.dev, 'Build', 2 * HOUR, onDev);
    const plan = (await planned(set, SPEC)).lines;
    const about = (id: string) => plan.filter(line => line.includes(id));
    assert.match(about(OLD).join('\n'), /^test: .* is nobody's any more, and is to be removed\.$/);
    assert.match(about(onDev).join('\n'), /^dev: .* is to be removed\.$/);
    assert.match(about(YOUNG).join('\n'), /^test: .* may be another run's, and is left alone\.$/);
    assert.equal((await set.run(SPEC)).outcome, 'promoted');
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone', `${young}@`]);
    assert.deepEqual(shelf(set.dev), ['Demo Build@Build']);
    await set.run(`${SPEC}\nleftover-age: 10m`);
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone']);
  }));

test('leftovers: go from the sites of the spec, though the app is tagged already', () =>
  on({ app: { tags: ['Promoted'] } }, async set => {
    leave(set.test, 'Everyone', 2 * HOUR, OLD);
    assert.equal((await set.run(`${SPEC}\ndone: { tag: Promoted }`)).outcome, 'nothing-to-do');
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone']);
  }));

const NAMED = {
  overwrite: 'from: dev\nto: [{ site: test, streams: [Everyone] }]\ndone: { tag: Promoted }',
  duplicate: 'from: dev\nto: [{ site: test, streams: [Everyone], mode: duplicate }]\ndone: { tag: Promoted }',
};

/** As a run leaves a site that ignores the name of a publish, when it is killed before it renames the app. */
async function killedBeforeRename(set: Scene, spec: string): Promise<void> {
  assert.equal((await set.run(spec)).outcome, 'promoted');
  appIn(set.test, 'Everyone').name = workingName(set.app, '17-1-abc', 1);
  Object.assign(appIn(set.dev, 'Build'), { tags: [] });
}

for (const [mode, spec] of Object.entries(NAMED)) {
  test(`leftovers: an app that is live under a working copy's name gets its own, ${mode}`, () =>
    on(
      { testData: { streams: ['Everyone'], apps: [] }, testSwitches: { publishName: 'ignored' } },
      async set => {
        await killedBeforeRename(set, spec);
        set.test.counters.reset();
        const plan = (await planned(set, spec)).lines.join('\n');
        assert.match(plan, /has the name of a working copy/);
        const report = await set.run(spec);
        assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
        assert.deepEqual(shelf(set.test), ['Demo Build@Everyone']);
        assert.equal(set.test.counters.count('POST', /upload/), 0);
        assert.equal((await set.run(spec)).outcome, 'nothing-to-do');
      },
    ));
}

test("leftovers: a newer version replaces an app that is live under a working copy's name", () =>
  on(
    { testData: { streams: ['Everyone'], apps: [] }, testSwitches: { publishName: 'ignored' } },
    async set => {
      await killedBeforeRename(set, NAMED.overwrite);
      edit(set.dev, appIn(set.dev, 'Build'));
      const report = await set.run(NAMED.overwrite);
      assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
      assert.deepEqual(shelf(set.test), ['Demo Build@Everyone']);
      assert.equal(await set.test.digest(appIn(set.test, 'Everyone').id), await set.dev.digest(set.app));
    },
  ));
