import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { changes, shelf } from '../sites-for-tests.ts';
import { appNamed, appResults, filesIn, on, planned, type Scene } from './scene.ts';

const TO = 'to: [{ site: test, streams: [Review] }]';

/** A backup of the app that the test site has in Everyone, under another name. */
async function fileOf(set: Scene): Promise<string> {
  const spec = `from: dev\nto: [{ site: test, streams: [Everyone] }]\nbackup: ${JSON.stringify(set.folder)}`;
  assert.equal((await set.run(spec)).outcome, 'promoted');
  const [json = '', qvf = ''] = filesIn(set.folder).map(name => join(set.folder, name));
  const file = join(set.folder, 'kept.qvf');
  copyFileSync(qvf, file);
  const sidecar = JSON.parse(readFileSync(json, 'utf8'));
  sidecar.app.name = 'From a file';
  writeFileSync(join(set.folder, 'kept.json'), JSON.stringify(sidecar));
  return file;
}

const OTHERS = [
  { name: 'Named', stream: 'Build', size: '50 KB' },
  { name: 'By filter 1', stream: 'Build', size: '50 KB' },
  { name: 'By filter 2', stream: 'Build', size: '50 KB' },
  { name: 'By id', size: '50 KB' },
  { name: 'Not selected', stream: 'Build', size: '50 KB' },
];

test('selection: event, id, name, filter and file in one spec', () =>
  on({ devApps: OTHERS }, async set => {
    const file = await fileOf(set);
    const report = await set.run(`
from: dev
apps:
  - event: true
  - id: ${appNamed(set.dev, 'By id').id}
  - name: Named
  - filter: name sw 'By filter'
  - file: ${JSON.stringify(file)}
${TO}`);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.deepEqual(shelf(set.test), [
      'By filter 1@Review',
      'By filter 2@Review',
      'By id@Review',
      'Demo Build@Everyone',
      'Demo Build@Review',
      'From a file@Review',
      'Named@Review',
    ]);
  }));

test('selection: an app that is selected five times is promoted once', () =>
  on({}, async set => {
    const id = set.app;
    const report = await set.run(`
from: dev
apps: [{ event: true }, { id: ${id} }, { id: ${id.toUpperCase()} }, { name: Demo Build }, { filter: published eq true }]
${TO}`);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.equal(appResults(report).length, 1);
    assert.equal(set.dev.counters.count('POST', /export/), 1);
    assert.equal(set.test.counters.count('POST', /upload/), 1);
  }));

const MISSING: [string, RegExp][] = [
  [
    '{ name: Nowhere }',
    /There is no app called "Nowhere" on site "dev", or INTERNAL\\sa_api may not read it/,
  ],
  [
    '{ id: 11111111-2222-4333-8444-555555555555 }',
    /There is no app with id 11111111-2222-4333-8444-555555555555/,
  ],
  ['{ name: demo build }', /There is no app called "demo build"/],
  [
    '{ name: Twin }',
    /There are 2 apps called "Twin" on site "dev"; select one by its id: [0-9a-f-]{36}, [0-9a-f-]{36}/,
  ],
];
const TWINS = [
  { name: 'Twin', size: '10 KB' },
  { name: 'Twin', size: '10 KB' },
];

for (const eqIgnoresCase of [false, true]) {
  for (const [selector, says] of MISSING) {
    test(`selection: ${selector} is refused, and nothing is changed (eq ignores case: ${eqIgnoresCase})`, () =>
      on({ devApps: TWINS, devSwitches: { eqIgnoresCase } }, async set => {
        const report = await set.run(`from: dev\napps: [{ name: Demo Build }, ${selector}]\n${TO}`);
        assert.equal(report.outcome, 'failed');
        assert.match(report.failures.join('\n'), says);
        assert.ok(report.lines.includes('Nothing was changed on any site.'));
        assert.deepEqual([...changes(set.dev), ...changes(set.test)], []);
      }));
  }
}

test('selection: with on-refusal: skip the others are promoted, and the missing one is a warning', () =>
  on({}, async set => {
    const report = await set.run(
      `from: dev\napps: [{ name: Nowhere }, { name: Demo Build }]\n${TO}\non-refusal: skip`,
    );
    assert.equal(report.outcome, 'promoted');
    assert.match(report.warnings.join('\n'), /There is no app called "Nowhere"/);
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone', 'Demo Build@Review']);
  }));

test('selection: a filter that finds nothing is nothing to do, one that QRS does not understand an error', () =>
  on({}, async set => {
    const report = await set.run(`from: dev\napps: [{ filter: name eq 'None' }]\n${TO}`);
    assert.equal(report.outcome, 'nothing-to-do');
    const wrong = `from: dev\napps: [{ filter: name eq "None" }]\n${TO}`;
    const { outcome, failures } = await set.run(wrong);
    assert.equal(outcome, 'failed');
    assert.match(
      failures.join(),
      /find apps by the filter name eq "None": 400 .*Is the filter right\? Write text in single quotes, and a quote in it as \\'/,
    );
  }));

test('selection: hundreds of apps are read in few requests', () => {
  const devApps = Array.from({ length: 300 }, (_, index) => ({
    name: `A report with a longer name ${index}`,
    size: 100,
  }));
  return on({ devApps }, async set => {
    const selectors = devApps.map(({ name }) => `{ name: ${name} }`);
    const ids = [...set.dev.site.apps.values()].map(({ id }) => `{ id: ${id} }`);
    const report = await planned(
      set,
      `from: dev\napps: [${[...selectors, ...ids].join(', ')}]\nto: [{ site: test, streams: [Review] }]`,
    );
    assert.equal(report.outcome, 'planned', report.failures.join('\n'));
    assert.equal(appResults(report).length, 301);
    const [source, target] = [set.dev, set.test].map(({ counters }) => counters.requests);
    assert.ok((source?.length ?? 0) <= 24, `${source?.length} requests on the source`);
    assert.ok((target?.length ?? 0) <= 15, `${target?.length} requests on the target`);
    for (const { path, query } of [...(source ?? []), ...(target ?? [])]) {
      assert.ok(path.length + query.length < 8000, 'no URL is too long for a server');
    }
    assert.deepEqual([...changes(set.dev), ...changes(set.test)], []);
  });
});

test('selection: a hundred apps cost little more than four requests each on the source and at most eight on the target', () => {
  const devApps = Array.from({ length: 99 }, (_, index) => ({ name: `Report ${index}`, size: 2000 }));
  return on({ devApps }, async set => {
    const spec =
      "from: dev\napps: [{ filter: name ne 'x' }]\nto: [{ site: test, streams: [Review] }]\ndone: { tag: P }";
    assert.equal((await set.run(spec)).outcome, 'promoted');
    assert.equal(shelf(set.test).length, 101);
    assert.ok(set.dev.counters.requests.length <= 420, `${set.dev.counters.requests.length} on the source`);
    assert.ok(set.test.counters.requests.length <= 800, `${set.test.counters.requests.length} on the target`);
    assert.equal(set.dev.site.tags.size, 2, 'the tag is made once');
  });
});
