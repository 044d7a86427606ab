import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shelf, tagsOf } from '../sites-for-tests.ts';
import { atTerminal } from './terminal.ts';

const PROMOTE = ['promote', 'promote.yml', '--sites', 'sites.yml'];

test('promote: a dry run, the promotion, and the same again', () =>
  atTerminal(async ({ say, test: target, dev, app, read }) => {
    const dry = await say([...PROMOTE, '--dry-run', '--json']);
    assert.equal(dry.code, 0, dry.err);
    const { outcome, version } = JSON.parse(dry.out);
    assert.deepEqual(
      [outcome, version],
      ['planned', 1],
      'the version is that of the result, not of the product',
    );
    assert.deepEqual(shelf(target), ['Demo Build@Everyone']);

    const done = await say([...PROMOTE, '--summary', 'the summary.md']);
    assert.equal(done.code, 0, done.err);
    assert.match(done.out, /^Promoted\n/);
    assert.match(done.out, /Demo Build.*replaced/);
    assert.deepEqual(shelf(target), ['Demo Build@Everyone', 'Demo Build@Review']);
    assert.deepEqual(tagsOf(dev, app), ['Promoted']);
    assert.match(read('the summary.md'), /<h3>Promoted<\/h3>/);

    for (const words of [[], ['--dry-run']]) {
      const again = await say([...PROMOTE, '--json', ...words]);
      assert.equal(again.code, 0, again.err);
      assert.equal(JSON.parse(again.out).outcome, 'nothing-to-do');
    }
  }));

test('promote: a dry run of what is all there already has nothing to do, also where no tag says so', () =>
  atTerminal(async ({ say, write }) => {
    write(
      'promote.yml',
      'from: dev\napps: [{ name: Demo Build }]\nto: [{ site: test, streams: [Everyone] }]\n',
    );
    assert.equal((await say(PROMOTE)).code, 0);
    const dry = await say([...PROMOTE, '--dry-run', '--json']);
    assert.equal(JSON.parse(dry.out).outcome, 'nothing-to-do', dry.err);
    const human = await say([...PROMOTE, '--dry-run']);
    assert.match(human.out, /^Nothing to promote\n/);
  }));

test('promote: --app takes an app by id or name in place of those of the spec', () =>
  atTerminal(
    async ({ say, write, dev }) => {
      write('promote.yml', 'from: dev\napps: event\nto: [{ site: test, streams: [Everyone] }]\n');
      const none = await say(PROMOTE);
      assert.equal(none.code, 2);
      assert.match(none.err, /apps: event/);
      const [, other] = dev.site.apps.values();
      for (const app of ['Other App', other?.id.toUpperCase() ?? '']) {
        const dry = await say([...PROMOTE, '--dry-run', '--json', '--app', app]);
        assert.equal(dry.code, 0, dry.err);
        assert.deepEqual(
          JSON.parse(dry.out).apps.map(({ name }: { name: string }) => name),
          ['Other App'],
        );
      }
    },
    { devApps: [{ name: 'Other App', stream: 'Build', size: '10 KB' }] },
  ));

test('promote: a refusal fails with 1, and says why on stderr', () =>
  atTerminal(async ({ say, write }) => {
    write('promote.yml', 'from: dev\napps: [{ name: Demo Build }]\nto: [{ site: test, streams: [Foo] }]\n');
    const refused = await say([...PROMOTE, '--json']);
    assert.equal(refused.code, 1);
    assert.equal(JSON.parse(refused.out).outcome, 'failed');
    assert.match(refused.err, /Error: .*none of the wanted streams: "Foo"/);
  }));

test('reload: a run that fails ends with 1, and the end of its log is shown', () =>
  atTerminal(
    async ({ say }) => {
      const request = '{ site: dev, task: Nightly }';
      const failed = await say(['reload', request, '--sites', 'sites.yml']);
      assert.equal(failed.code, 1);
      assert.match(failed.err, /Error: .*Nightly/);
      assert.match(failed.err, / {2}\| .*Table 'Stock' not found/);
      const json = await say(['reload', request, '--sites', 'sites.yml', '--json']);
      assert.equal(JSON.parse(json.out).outcome, 'failed');
    },
    {
      devData: {
        apps: [{ name: 'Demo Build' }],
        tasks: [
          {
            name: 'Nightly',
            app: 'Demo Build',
            runs: [{ takes: '50ms', ends: 'FinishedFail', log: "Error: Table 'Stock' not found" }],
          },
        ],
      },
    },
  ));
