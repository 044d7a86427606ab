import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Simulator } from '../../simulator/server.ts';
import { changes, shelf, tagsOf } from '../sites-for-tests.ts';
import { appNamed, appResults, edit, FOR_GOOD, onThree, planned, type ThreeSites } from './scene.ts';

/** One site is down: what needs it is lost, and nothing else. */

const BOTH =
  'from: dev\nto: [{ site: test, streams: [Everyone] }, { site: prod, streams: [Everyone] }]\ndone: { tag: Promoted }';
const STAGE = { prod: { streams: ['Everyone'] } };

const isDown = (...simulators: Simulator[]) => {
  for (const { faults } of simulators) faults.add({ times: FOR_GOOD, fault: { hangUp: 'before' } });
};

test('a target that is down stops all, as every refusal does', () =>
  onThree(STAGE, async set => {
    isDown(set.prod);
    const report = await set.run(BOTH);
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join('\n'), /Site "prod" gave no answer/);
    assert.deepEqual([...changes(set.dev), ...changes(set.test)], []);
  }));

test('on-refusal: skip: the target is lost, the rest is done, and the tag waits', () =>
  onThree(STAGE, async set => {
    isDown(set.prod);
    const spec = `${BOTH}\non-refusal: skip`;
    const plan = await planned(set, spec);
    assert.equal(plan.outcome, 'failed', 'a run would fail, too');
    assert.match(plan.failures.join('\n'), /Site "prod" gave no answer/);
    assert.match(plan.lines.join('\n'), /→ prod: not done, as the site could not be read/);
    assert.match(plan.lines.join('\n'), /done only when it is on prod too/);
    assert.match(plan.verdict ?? '', /1 app not to reach prod, which could not be read/);
    const report = await set.run(spec);
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join('\n'), /Site "prod" gave no answer/);
    assert.match(report.lines.join('\n'), /→ test, stream "Everyone": replaced/);
    assert.deepEqual(tagsOf(set.dev, set.app), []);
    set.prod.faults.clear();
    assert.equal((await set.run(spec)).outcome, 'promoted');
    assert.deepEqual(tagsOf(set.dev, set.app), ['Promoted']);
    assert.deepEqual(shelf(set.prod), ['Demo Build@Everyone']);
  }));

test('on-refusal: skip: an app that never asked for the dead site is done', () =>
  onThree(
    {
      ...STAGE,
      app: { properties: { PromoteToServer: ['Test - Overwrite'], PromoteToStream: ['Everyone'] } },
      devApps: [
        {
          name: 'Other',
          stream: 'Build',
          properties: { PromoteToServer: ['Prod - Overwrite'], PromoteToStream: ['Everyone'] },
        },
      ],
    },
    async set => {
      isDown(set.prod);
      const spec =
        'from: dev\napps: [{ filter: published eq true }]\nto: { properties: { server: PromoteToServer, stream: PromoteToStream } }\non-refusal: skip\ndone: { tag: Promoted }';
      const report = await set.run(spec);
      assert.deepEqual(tagsOf(set.dev, set.app), ['Promoted'], report.failures.join('\n'));
      assert.ok(
        [...report.failures, ...report.warnings].some(line => line.includes('Site "prod" gave no answer')),
      );
    },
  ));

test('all dead targets are named at once', () =>
  onThree(STAGE, async set => {
    isDown(set.test, set.prod);
    const { failures } = await set.run(BOTH);
    for (const name of ['test', 'prod'])
      assert.match(failures.join('\n'), new RegExp(`Site "${name}" gave no answer`));
  }));

test('so are a dead source and the targets of the spec', () =>
  onThree(STAGE, async set => {
    isDown(set.dev, set.prod);
    await assert.rejects(set.run(BOTH), ({ message }: Error) => {
      assert.match(message, /Site "dev" gave no answer/);
      assert.match(message, /Site "prod" gave no answer/);
      assert.doesNotMatch(message, /"test"/);
      return true;
    });
  }));

const didOn = (report: Parameters<typeof appResults>[0]) =>
  appResults(report).flatMap(({ targets }) => targets.map(({ site, streams }) => [site, streams[0]?.did]));
const refuseExports = ({ dev }: ThreeSites) =>
  dev.faults.add({ method: 'POST', path: /export/, times: FOR_GOOD, fault: { status: 403 } });

test('a source that refuses the export fails the target that needs it, and the report has the other one, too', () =>
  onThree(STAGE, async set => {
    await set.run('from: dev\nto: [{ site: test, streams: [Everyone] }]');
    refuseExports(set);
    const report = await set.run(BOTH);
    assert.equal(report.outcome, 'failed');
    assert.deepEqual(didOn(report), [
      ['test', 'kept'],
      ['prod', 'not done'],
    ]);
    assert.match(report.failures.join('\n'), /refused to export app "Demo Build": 403/);
  }));

test('a source that refuses to export a newer version leaves in the report what went live before', () =>
  onThree(STAGE, async set => {
    const live = Promise.withResolvers<void>();
    set.test.faults.add({ method: 'DELETE', path: /app/, fault: { run: () => live.resolve() } });
    const change = async () => {
      await live.promise;
      edit(set.dev, appNamed(set.dev, 'Demo Build'));
      refuseExports(set);
    };
    set.prod.faults.add({ method: 'POST', path: /upload/, fault: { run: change } });
    const report = await set.run(BOTH);
    assert.equal(report.outcome, 'failed');
    assert.deepEqual(didOn(report), [
      ['test', 'replaced'],
      ['prod', 'not done'],
    ]);
    assert.deepEqual([shelf(set.test), shelf(set.prod)], [['Demo Build@Everyone'], []]);
  }));
