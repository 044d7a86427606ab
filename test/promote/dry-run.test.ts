import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../src/base/clock.ts';
import { changes, tagsOf } from '../sites-for-tests.ts';
import { appIn, appNamed, appResults, filesIn, onThree, pictures, type ThreeSites } from './scene.ts';

/** A dry run of everything: it says what would be done, and changes nothing anywhere. */

const NOW = '2026-11-22T12:00:00.000Z';
const clock: Clock = { now: () => Date.parse(NOW), sleep: () => Promise.resolve() };

const OPTIONS = {
  app: { properties: { PromoteToServer: ['Test - Overwrite'] }, tags: ['release'] },
  devData: {},
  testData: {
    streams: ['Everyone', 'Review'],
    users: ['COMPANY\\anna'],
    tags: ['released'],
    customProperties: { Stage: ['Test'] },
    apps: [
      {
        name: 'Sales',
        stream: 'Everyone',
        size: '20 MB',
        owner: 'COMPANY\\anna',
        lastReloadTime: '2026-11-20T06:30:00.000Z',
      },
    ],
  },
  prod: {
    streams: ['Everyone'],
    apps: [
      { name: 'Demo Build', stream: 'Everyone', size: '1.4 GB', lastReloadTime: '2026-11-22T01:00:00.000Z' },
    ],
  },
};
const DEV = {
  streams: ['Build'],
  tags: ['release'],
  customProperties: { PromotionApproval: ['Approve'] },
  apps: [
    {
      name: 'Demo Build',
      stream: 'Build',
      size: '300 KB',
      lastReloadTime: '2026-11-20T07:00:00.000Z',
      tags: ['release'],
      properties: { PromotionApproval: ['Approve'] },
    },
  ],
};

const spec = ({ folder }: ThreeSites) => `
from: dev
apps: event
when: { properties: { PromotionApproval: Approve } }
archive: ${JSON.stringify(`${folder}/archive`)}
done: { tag: Promoted, remove-properties: true, unpublish: true }
to:
  - site: test
    streams: [Everyone, Review, Nowhere]
    name: Sales
    data: drop
    allow-empty: true
    connections: drop
    reload: before
    owner: COMPANY\\anna
    tags: [released, new]
    custom-properties: { Stage: Test }
    backup: ${JSON.stringify(`${folder}/backup`)}
  - { site: prod, streams: [Everyone, Finance], missing-stream: create, reload: after }`;

/** What is live was made apart from the source app. */
const OTHER = 'script and 1 object changed, 1 object added, 1 object removed';

test('dry run: says all that a reviewer asks, and changes nothing', () =>
  onThree({ ...OPTIONS, app: {}, devData: DEV }, async set => {
    const sites = [set.dev, set.test, set.prod];
    const before = await Promise.all(sites.map(pictures));
    const streams = sites.map(({ site }) => site.streams.size);
    const sales = appIn(set.test, 'Everyone').id;
    const build = appIn(set.prod, 'Everyone').id;
    const report = await set.run(spec(set), { dryRun: true, clock });
    assert.equal(report.outcome, 'planned', report.failures.join('\n'));
    assert.equal(report.title, 'Plan: nothing was changed');
    const { id, modifiedDate: changed } = appNamed(set.dev, 'Demo Build');
    const [, day, hour] = /-(\d\d)T(.{5})/.exec(changed) ?? [];
    assert.deepEqual(report.lines, [
      `"Demo Build" (${id}): 300 KB, reloaded 20 Nov 07:00 UTC, changed ${Number(day)} Nov ${hour} UTC by INTERNAL\\sa_api`,
      `"Demo Build" → test, stream "Everyone", as "Sales": to be replaced (20 MB, owner COMPANY\\anna, reloaded 20 Nov 06:30 UTC): ${OTHER} (${sales})`,
      '"Demo Build" → test, stream "Review", as "Sales": to be published',
      `"Demo Build" → prod, stream "Everyone": to be replaced (1.4 GB, owner INTERNAL\\sa_api, reloaded 22 Nov 01:00 UTC): ${OTHER} (${build})`,
      '"Demo Build" → prod, stream "Finance": to be published, and the stream made',
      `"Demo Build": to be archived without data in ${set.folder}/archive`,
      '"Demo Build": to be tagged "Promoted"',
      '"Demo Build": property PromotionApproval to be removed',
      '"Demo Build": to be unpublished and given back to its owner',
      'On test: without data, without data connections, reloaded before it goes live, owner COMPANY\\anna, tag "released", ' +
        `tag "new" (to be made), Stage: Test, backed up to ${set.folder}/backup.`,
      'On prod: reloaded afterwards.',
      ...['test, "Everyone", as "Sales"', 'prod, "Everyone"'].map(
        where =>
          `App "Demo Build": on ${where}: the script changes; changed: loadmodel "Load model"; added: sheet "Overview"; removed: sheet "Overview"`,
      ),
    ]);
    assert.deepEqual(report.warnings, [
      'Site "test" has no stream "Nowhere": left out for app "Demo Build".',
    ]);
    const [app] = appResults(report);
    assert.deepEqual(
      app?.targets.map(({ site, mode, name, missingStreams, streams: planned }) => ({
        site,
        mode,
        name,
        missingStreams,
        planned: planned.map(({ stream, plan, app: id, did }) => [stream, plan, id, did]),
      })),
      [
        {
          site: 'test',
          mode: 'overwrite',
          name: 'Sales',
          missingStreams: ['Nowhere'],
          planned: [
            ['Everyone', 'replace', sales, undefined],
            ['Review', 'publish', undefined, undefined],
          ],
        },
        {
          site: 'prod',
          mode: 'overwrite',
          name: 'Demo Build',
          missingStreams: [],
          planned: [
            ['Everyone', 'replace', build, undefined],
            ['Finance', 'publish', undefined, undefined],
          ],
        },
      ],
    );
    const { modifiedDate, ...facts } = app?.targets[0]?.streams[0]?.before ?? {};
    assert.deepEqual(facts, {
      owner: 'COMPANY\\anna',
      fileSize: 20_000_000,
      lastReloadTime: '2026-11-20T06:30:00.000Z',
    });
    assert.equal(modifiedDate, appIn(set.test, 'Everyone').modifiedDate);

    assert.deepEqual(sites.flatMap(changes), []);
    assert.deepEqual(await Promise.all(sites.map(pictures)), before);
    assert.deepEqual(
      sites.map(({ site }) => site.streams.size),
      streams,
    );
    assert.deepEqual(report.paths, {});
    assert.deepEqual(filesIn(set.folder), []);
    assert.deepEqual(tagsOf(set.dev, set.app), ['release']);
  }));

test('dry run: what is executed is what was planned', () =>
  onThree({ ...OPTIONS, app: {}, devData: DEV, prod: { streams: ['Everyone'] } }, async set => {
    const without = spec(set).replace('reload: before', 'reload: none').replace(', reload: after', '');
    const plan = await set.run(without, { dryRun: true });
    const report = await set.run(without);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    const shape = (one: typeof plan) =>
      appResults(one).map(({ id, verdict, targets }) => ({
        id,
        verdict,
        targets: targets.map(({ site, name, streams }) => [
          site,
          name,
          streams.map(step => [step.stream, step.plan, step.before]),
        ]),
      }));
    assert.deepEqual(shape(report), shape(plan));
  }));

const AGES: [string, RegExp][] = [
  ['2026-11-22T11:59:00.000Z', /, reloaded 22 Nov 11:59 UTC\)/],
  ['2025-11-22T12:00:00.000Z', /, reloaded 22 Nov 2025\)/],
  ['1753-01-01T00:00:00.000Z', /\(200 KB, .*, never reloaded\)/],
  ['0001-01-01T00:00:00.000Z', /\(200 KB, .*, never reloaded\)/],
];

for (const [lastReloadTime, says] of AGES) {
  test(`dry run: an app last reloaded ${lastReloadTime}`, () =>
    onThree(
      { prod: { apps: [{ name: 'Demo Build', stream: 'Everyone', size: '200 KB', lastReloadTime }] } },
      async set => {
        const report = await set.run('from: dev\nto: [{ site: prod, streams: [Everyone] }]', {
          dryRun: true,
          clock,
        });
        assert.match(report.lines.join('\n'), says);
      },
    ));
}

test('dry run: refusals are told, nothing is changed, and the run fails as the real one would', () =>
  onThree({ prod: { streams: [] } }, async set => {
    const text = 'from: dev\nto: [{ site: test, streams: [Everyone] }, { site: prod, streams: [Everyone] }]';
    const report = await set.run(text, { dryRun: true });
    assert.equal(report.outcome, 'failed');
    assert.deepEqual(report.lines, ['"Demo Build": refused']);
    assert.deepEqual(report.failures, [
      'App "Demo Build": site "prod" has none of the wanted streams: "Everyone". Has INTERNAL\\sa_api the right to see them?',
    ]);
    assert.deepEqual(report.warnings, [], 'a missing stream is told once');
    assert.deepEqual([set.dev, set.test, set.prod].flatMap(changes), []);
  }));

test('dry run: what is there already is not to be done again', () =>
  onThree({ prod: { streams: ['Everyone'] } }, async set => {
    const text = 'from: dev\nto: [{ site: test, streams: [Everyone] }]';
    await set.run(text);
    const report = await set.run(text, { dryRun: true });
    assert.match(report.lines.join('\n'), /"Everyone": already there \([0-9a-f-]{36}\)/);
  }));

test('dry run: a backup is announced only where an app is to be replaced', () =>
  onThree({ prod: { streams: ['Everyone'] } }, async set => {
    const text = `from: dev\nto: [{ site: test, streams: [Everyone] }, { site: prod, streams: [Everyone] }]\nbackup: ${JSON.stringify(set.folder)}`;
    const { lines } = await set.run(text, { dryRun: true });
    assert.deepEqual(
      lines.filter(line => line.includes('backed up')),
      [`On test: backed up to ${set.folder}.`],
    );
  }));

test('dry run: an app that stays as it is in several streams is one line', () =>
  onThree({ prod: { streams: ['Everyone', 'Finance'] } }, async set => {
    const text = 'from: dev\nto: [{ site: prod, streams: [Everyone, Finance] }]';
    await set.run(text);
    const { lines } = await set.run(text, { dryRun: true });
    assert.deepEqual(lines, ['"Demo Build" → prod, 2 streams ("Everyone", "Finance"): already there']);
  }));

test('result: a plan carries all that the lines of a dry run say', () =>
  onThree({ devData: DEV, prod: {} }, async set => {
    const report = await set.run(
      `from: dev\nto: [{ site: test, streams: [Everyone] }]\ntags: [released]\nreload: after\ndata: drop\nallow-empty: true\ndone: { tag: Promoted, unpublish: true }\narchive: ./archive`,
      { dryRun: true },
    );
    const text = JSON.stringify(report.result);
    for (const word of ['released', 'after', 'drop', 'Promoted', 'unpublish', './archive']) {
      assert.ok(text.includes(word), word);
    }
  }));
