import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cell, Report } from '../../src/base/report.ts';
import { summaryOf } from '../../src/entry/summary.ts';
import { appIn, appNamed, FOR_GOOD, on } from './scene.ts';

/** What a person reads of a promotion: a verdict, a row an app, a column a site. */

function textOf(cell: Cell | undefined): string {
  if (cell === undefined || typeof cell === 'string') return cell ?? '';
  return cell.map(line => line.map(({ text }) => text).join('')).join(' | ');
}

function rowsOf({ table }: Report): string[][] {
  return [...table.rows].map(row => row.map(textOf));
}

const NAMES = ['Sales', 'Stock'];
const OPTIONS = {
  app: { name: 'Demo Build' },
  devApps: NAMES.map(name => ({ name, stream: 'Build' })),
};
const spec = (apps: readonly string[], more = '') =>
  `from: dev\napps: [${apps.map(name => `{ name: ${name} }`).join(', ')}]\n` +
  `to: [{ site: test, streams: [Everyone, Review, Nowhere] }]\n${more}`;

test('summary: a row for each app, a column for each site, each stream with what became of it', () =>
  on(OPTIONS, async set => {
    const report = await set.run(spec(['Demo Build', 'Sales'], 'done: { tag: Promoted }'));
    assert.match(report.verdict ?? '', /^2 of 2 apps promoted to test in \d/);
    assert.deepEqual(report.table.head, ['App', 'test', 'on dev']);
    const [demo = [], sales = []] = rowsOf(report);
    assert.match(demo.join(' / '), /^Demo Build \/ Everyone: replaced; Review: published \/ tagged/);
    assert.match(sales.join(' / '), /^Sales \/ Everyone, Review: published \//);
    const text = summaryOf(report);
    const id = appIn(set.test, 'Everyone').id;
    assert.ok(text.includes(`title="${id}"`), 'the id is shown when somebody points at the stream');
    assert.ok(!text.replaceAll(/title="[^"]*"/g, '').includes(id), 'and nowhere else');
  }));

test('summary: what stays as it is folds away, and one sentence stands for all the apps that it holds for', () =>
  on(OPTIONS, async set => {
    await set.run(spec(['Sales']));
    const report = await set.run(spec(['Demo Build', ...NAMES]), { dryRun: true });
    assert.match(
      report.verdict ?? '',
      /^2 apps to promote to test: 1 replaced, 3 published; 1 app stays as it is\.$/,
    );
    assert.deepEqual(
      rowsOf(report).map(([app]) => app?.split(' | ')[0]),
      ['Demo Build', 'Stock'],
    );
    assert.deepEqual(
      report.table.head,
      ['App', 'test'],
      'no column for dev, of which there is nothing to say',
    );
    assert.equal(report.table.folded?.title, 'Apps without changes: 1');
    assert.deepEqual(
      report.warnings.filter(line => line.includes('Nowhere')),
      ['Site "test" has no stream "Nowhere": left out for 3 apps ("Demo Build", "Sales", "Stock").'],
    );
  }));

test('summary: a failure stands above the table, with what users see and what to do next', () =>
  on(OPTIONS, async set => {
    const refused = {
      method: 'PUT',
      path: /\/publish$/,
      times: Number.POSITIVE_INFINITY,
      fault: { status: 403 },
    };
    set.test.faults.add(refused);
    const report = await set.run(spec(['Sales']));
    assert.equal(report.outcome, 'failed');
    assert.match(
      report.verdict ?? '',
      /^0 of 1 app promoted in .*; Sales failed on test\. Remove the cause and run it again/,
    );
    const text = summaryOf(report);
    assert.ok(text.indexOf('What went wrong') < text.indexOf('<table>'));
  }));

test('summary: an app that failed comes first, and a sign marks the site', () =>
  on(OPTIONS, async set => {
    set.test.faults.add({ method: 'PUT', path: /\/publish$/, times: Infinity, fault: { status: 403 } });
    const apps = '[{ name: Demo Build }, { name: Sales }]';
    const report = await set.run(`from: dev\napps: ${apps}\nto: [{ site: test, streams: [Everyone] }]\n`);
    assert.deepEqual(rowsOf(report), [
      ['Sales', '❌ Everyone: not done'],
      ['Demo Build', 'Everyone: replaced'],
    ]);
  }));

test('summary: the diagram shows only what moves', () =>
  on(OPTIONS, async set => {
    const drawn = async (apps: readonly string[]) => (await set.run(spec(apps))).diagram;
    assert.match((await drawn(['Sales'])) ?? '', /-- "Sales" -->/);
    assert.equal(await drawn(['Sales']), undefined, 'all is there already');
    const both = await drawn(['Sales', 'Stock']);
    assert.match(both ?? '', /-- "Stock" -->/);
  }));

test('summary: names in the diagram are data', () => {
  const name = 'A"] --> x; click x "javascript:alert(1)" %%{init: {}}%% `<b>` end';
  return on({ app: { name } }, async set => {
    const report = await set.run('from: dev\nto: [{ site: test, streams: [Everyone] }]', {
      event: { id: appNamed(set.dev, name).id, site: undefined },
      dryRun: true,
    });
    const [, ...lines] = report.diagram?.split('\n') ?? [];
    assert.deepEqual(
      lines.map(line => line.replace(/"[^"]*"/g, '"…"')),
      ['  from(["…"])', '  from -- "…" --> s0["…"]', '  s0 --> s0x0(["…"])'],
    );
    assert.doesNotMatch(lines.join(''), /click x "|javascript:|%%|<b>|`/);
  });
});

test('summary: a site that dies while it imports leaves the upload as the cause, and one line for all apps', () =>
  on(OPTIONS, async set => {
    const away = { times: Number.POSITIVE_INFINITY, fault: { hangUp: 'before' } } as const;
    const dies = () => {
      const upload = { method: 'POST', path: /\/upload$/ };
      set.test.faults.add({ ...upload, fault: { run: () => set.test.faults.add(away) } });
      set.test.faults.add({ ...upload, fault: { hangUp: 'after' } });
    };
    dies();
    const one = await set.run(spec(['Demo Build']));
    assert.match(
      one.failures.join('\n'),
      /^App "Demo Build": Site "test" gave no answer when asked to upload app "Demo Build": .* On test users still see the version of .* UTC in Everyone\. On test the app is not in Review yet\. A working copy may have stayed on test, called "qrs-action working copy of [^"]*"; a later run removes it/,
    );
    assert.match(
      one.verdict ?? '',
      /Remove the cause and run it again: the next run does only what is missing\.$/,
    );
    set.test.faults.clear();
    dies();
    const all = await set.run(spec(['Demo Build', ...NAMES]));
    assert.equal(all.failures.length, 1, all.failures.join('\n'));
    assert.match(
      all.failures.join(),
      /^Site "test" is away: .* 3 apps \("Demo Build", "Sales", "Stock"\) is not done/,
    );
  }));

test('summary: one refusal of many apps is one sentence', () =>
  on(OPTIONS, async set => {
    set.test.faults.add({
      method: 'PUT',
      path: /\/(publish|replace)$/,
      times: FOR_GOOD,
      fault: { status: 403 },
    });
    const report = await set.run(spec(['Demo Build', ...NAMES]).replace(', Review, Nowhere', ''));
    assert.equal(report.failures.length, 2, report.failures.join('\n'));
    const [one, more] = report.failures;
    assert.match(
      one ?? '',
      /^App "Demo Build": Site "test" refused to replace app "Demo Build".*: 403 .* On test users still see the version of .* UTC in Everyone\./,
    );
    assert.match(
      more ?? '',
      /^2 apps \("Sales", "Stock"\): Site "test" refused to publish the app to stream "Everyone": 403 .* On test the app is not in Everyone yet\.$/,
    );
  }));

test('summary: the heading says what was changed, if not a version', () =>
  on(OPTIONS, async set => {
    const only = spec(['Sales']).replace(', Nowhere', '');
    const first = await set.run(only);
    assert.equal(first.title, 'Promoted');
    const amended = await set.run(`${only}tags: [release]`);
    assert.deepEqual([amended.outcome, amended.title], ['promoted', 'Brought up to date']);
    assert.equal(amended.verdict, '1 app brought up to date on test.');
    const tagged = await set.run(`${only}done: { tag: Promoted }`);
    assert.deepEqual([tagged.outcome, tagged.title], ['promoted', 'Source apps brought up to date']);
    const byProperties = 'to: { properties: { server: PromoteToServer, stream: PromoteToStream } }';
    const untagged = await set.run(
      `from: dev\napps: [{ name: Sales }]\n${byProperties}\ndone: { tag: Promoted }`,
    );
    assert.deepEqual(
      [untagged.outcome, untagged.title, untagged.verdict],
      ['nothing-to-do', 'Nothing to promote; tags removed', 'Tag removed from 1 app.'],
    );
  }));
