import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SiteData } from '../../simulator/site/data.ts';
import { changes } from '../sites-for-tests.ts';
import { appResults, FOR_GOOD, on, onThree, planned } from './scene.ts';

/** `requires`: names that must exist on a target before anything is changed there. */

const HAS: Partial<SiteData> = {
  connections: ['Sales DB', 'Stock (company_anna)', "Bob's \\ share"],
  extensions: ['qlik-chart-x'],
  tasks: [
    { name: 'Load QVDs', app: 'Demo Build' },
    { name: 'Copy files', type: 'external' },
  ],
};
const spec = (requires: string, more = '') =>
  `from: dev\nto: [{ site: test, streams: [Everyone] }]\nrequires: ${requires}\n${more}`;
const lists = (site: { counters: { requests: { path: string }[] } }) =>
  site.counters.requests.map(({ path }) => path).filter(path => /dataconnection|extension|task/i.test(path));

test('requires: what is there lets the app pass, whatever signs are in its name', () =>
  on({ testData: HAS }, async set => {
    const all = `{ connections: [Sales DB, "Bob's \\\\ share"], extensions: [qlik-chart-x], tasks: [Load QVDs, Copy files] }`;
    const report = await set.run(spec(all));
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
  }));

const MISSING: [requires: string, says: RegExp][] = [
  [
    '{ connections: [Sales DBB] }',
    /site "test" has no data connection "Sales DBB", or INTERNAL\\sa_api may not read it\. Did you mean "Sales DB"\?/,
  ],
  [
    '{ connections: [sales db] }',
    /no data connection "sales db".* Did you mean "Sales DB"\? Only the case differs\./,
  ],
  ['{ connections: [Stock] }', /no data connection "Stock".* Did you mean "Stock \(company_anna\)"\?/],
  ['{ extensions: [qlik-chart-y] }', /no extension "qlik-chart-y".* Did you mean "qlik-chart-x"\?/],
  ['{ tasks: [Load QVD] }', /no task "Load QVD".* Did you mean "Load QVDs"\?/],
  [
    '{ tasks: [Something else entirely] }',
    /no task "Something else entirely", or INTERNAL\\sa_api may not read it\.$/m,
  ],
];

for (const [requires, says] of MISSING) {
  for (const dryRun of [false, true]) {
    test(`requires: ${requires} is refused${dryRun ? ' in a dry run' : ''}, and nothing is changed`, () =>
      on({ testData: HAS }, async set => {
        const report = await set.run(spec(requires), { dryRun });
        assert.equal(report.outcome, 'failed');
        assert.match(report.failures.join('\n'), says);
        assert.deepEqual([...changes(set.dev), ...changes(set.test)], []);
      }));
  }
}

test('requires: all that is missing is told at once, with the other refusals', () =>
  on({ testData: HAS }, async set => {
    const report = await set.run(
      spec('{ connections: [A1], extensions: [B2], tasks: [C3, C4] }', 'owner: NO\\body'),
    );
    for (const name of ['"A1"', '"B2"', '"C3"', '"C4"', 'NO\\body'])
      assert.ok(report.failures.join('\n').includes(name), `${name} in ${report.failures.join('\n')}`);
  }));

test('requires: one request a kind for any number of apps, and none without names', () => {
  const devApps = Array.from({ length: 30 }, (_, index) => ({ name: `App ${index}`, stream: 'Build' }));
  const apps = "apps: [{ filter: stream.name eq 'Build' }]\n";
  return on({ devApps, testData: HAS }, async set => {
    const requires = '{ connections: [Sales DB], extensions: [qlik-chart-x], tasks: [Load QVDs] }';
    const report = await planned(set, apps + spec(requires));
    assert.equal(report.outcome, 'planned', report.failures.join('\n'));
    assert.equal(appResults(report).length, 31);
    assert.deepEqual(lists(set.test), ['/qrs/dataconnection', '/qrs/extension', '/qrs/task']);
    set.test.counters.reset();
    await planned(set, apps + spec('{}'));
    assert.deepEqual(lists(set.test), []);
  });
});

test('requires: so many names that no address holds them are read in parts', () => {
  const connections = Array.from(
    { length: 400 },
    (_, index) => `A connection with a long name, number ${index}`,
  );
  return on({ testData: { ...HAS, connections } }, async set => {
    const report = await planned(
      set,
      spec(`{ connections: [${connections.map(name => `"${name}"`).join(', ')}] }`),
    );
    assert.equal(report.outcome, 'planned', report.failures.join('\n'));
    assert.ok(lists(set.test).length > 1);
  });
});

test('requires: a target has its own, and a refusal leaves the others alone with on-refusal: skip', () =>
  onThree({ testData: HAS, prod: { streams: ['Everyone'] } }, async set => {
    const text = (prod: string) =>
      `from: dev
to:
  - { site: test, streams: [Everyone] }
  - { site: prod, streams: [Everyone]${prod} }
requires: { connections: [Sales DB] }`;
    const refused = await set.run(text(''));
    assert.match(refused.failures.join('\n'), /site "prod" has no data connection "Sales DB"/);
    assert.deepEqual([...changes(set.test), ...changes(set.prod)], []);
    assert.equal((await set.run(text(', requires: {}'))).outcome, 'promoted');
  }));

test('requires: with on-refusal: skip the apps concerned are left out', () =>
  on({ testData: HAS }, async set => {
    const report = await set.run(spec('{ connections: [No such one] }', 'on-refusal: skip'));
    assert.equal(report.outcome, 'failed');
    assert.deepEqual(changes(set.test), []);
  }));

test('requires: what a user may not see is not there for it', () => {
  const lacks = { 'INTERNAL\\sa_api': { DataConnection: ['read' as const], Extension: ['read' as const] } };
  return on({ testData: { ...HAS, lacks } }, async set => {
    const report = await set.run(spec('{ connections: [Sales DB], extensions: [qlik-chart-x] }'));
    assert.match(
      report.failures.join('\n'),
      /no data connection "Sales DB", or INTERNAL\\sa_api may not read it\./,
    );
    assert.match(
      report.failures.join('\n'),
      /no extension "qlik-chart-x", or INTERNAL\\sa_api may not read it\./,
    );
    assert.deepEqual(changes(set.test), []);
  });
});

test('requires: tasks that the site refuses to show are not known, which is a refusal with the right to give', () => {
  const lacks = { 'INTERNAL\\sa_api': { Task: ['read' as const] } };
  return on({ testData: { ...HAS, lacks } }, async set => {
    const report = await set.run(spec('{ tasks: [Load QVDs] }'));
    assert.match(
      report.failures.join('\n'),
      /whether site "test" has a task "Load QVDs" is not known\. .*403.*the right to read tasks/,
    );
    assert.deepEqual(changes(set.test), []);
  });
});

test('requires: an answer that is lost is asked for again; a site that stays silent is away', () =>
  on({ testData: HAS }, async set => {
    for (const path of [/dataconnection$/, /extension$/, /task$/])
      set.test.faults.add({ path, fault: { hangUp: 'before' } });
    const all = '{ connections: [Sales DB], extensions: [qlik-chart-x], tasks: [Load QVDs] }';
    assert.equal((await planned(set, spec(all))).outcome, 'planned');
    set.test.faults.add({ path: /extension$/, times: FOR_GOOD, fault: { status: 500 } });
    const report = await set.run(spec(all));
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join('\n'), /test.*look up extensions.*500/);
    assert.deepEqual(changes(set.test), []);
  }));

test('requires: apps that name their targets themselves need it there, too', () => {
  const app = { properties: { PromoteToServer: ['Test - Overwrite'], PromoteToStream: ['Everyone'] } };
  return on({ app, testData: HAS }, async set => {
    const text = 'from: dev\nto: { properties: { server: PromoteToServer, stream: PromoteToStream } }';
    const report = await set.run(`${text}\nrequires: { tasks: [Load QVD] }`);
    assert.match(report.failures.join('\n'), /no task "Load QVD"/);
    assert.equal((await set.run(`${text}\nrequires: { tasks: [Load QVDs] }`)).outcome, 'promoted');
  });
});

test('requires: where the source site is away, the report still says what the targets lack', () =>
  on({ testData: HAS }, async set => {
    set.dev.faults.add({ times: FOR_GOOD, fault: { hangUp: 'before' } });
    await assert.rejects(set.run(spec('{ connections: [Nothing] }')), /has no data connection "Nothing"/);
  }));
