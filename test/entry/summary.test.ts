import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Report } from '../../src/base/report.ts';
import { fitting, jsonPieces } from '../../src/entry/fitting.ts';
import { summaryOf } from '../../src/entry/summary.ts';

const ROW = ['Sales', 'test', 'Everyone', 'replaced', '1.0 s', '20 MB'];
const HEAD = ['App', 'Target', 'Stream', 'What', 'Time', 'Size'];
const REPORT: Report = {
  outcome: 'promoted',
  title: 'Promoted',
  table: { head: HEAD, rows: [ROW] },
  lines: [],
  failures: [],
  warnings: [],
  excerpts: [],
  result: {},
  paths: {},
};

test('summary: a table', () => {
  const summary = summaryOf(REPORT);
  assert.match(summary, /^<h3>Promoted<\/h3>\n<table><tr><th>App<\/th>/);
  assert.match(summary, /<tr><td>Sales<\/td><td>test<\/td><td>Everyone<\/td><td>replaced<\/td>/);
});

test('summary: names are shown as they are, and no more than that', () => {
  const app = '</td><img src=x>\n\n# Title @team `x` ${{ secrets.X }} |';
  const summary = summaryOf({
    ...REPORT,
    table: { head: HEAD, rows: [[app]] },
    failures: [app],
    excerpts: [{ title: app, text: app }],
  });
  assert.doesNotMatch(summary, /<img|\n\n|@team/);
  assert.match(summary, /&lt;\/td&gt;&lt;img src=x&gt; # Title &#64;team/);
});

test('summary: stays far below what the page takes, and says what it left out', () => {
  const rows = Array.from({ length: 20_000 }, () => ROW);
  const summary = summaryOf({ ...REPORT, table: { head: HEAD, rows } });
  assert.ok(Buffer.byteLength(summary) < 1_000_000);
  const shown = summary.match(/<td>Sales<\/td>/g)?.length ?? 0;
  assert.ok(summary.includes(`… and ${20_000 - shown} more`));
});

test('summary: sentences that are long and many do not make the page drop it', () => {
  const rows = Array.from({ length: 20_000 }, () => ROW);
  const sentences = Array.from({ length: 200 }, (_, index) => `${index}: ${'Overview, '.repeat(1_000)}`);
  const summary = summaryOf({
    ...REPORT,
    table: { head: HEAD, rows },
    failures: sentences,
    warnings: sentences,
    details: [{ title: 'What differs', sentences }],
  });
  assert.ok(Buffer.byteLength(summary) < 2 ** 20, `${Buffer.byteLength(summary)} bytes`);
  assert.match(summary, /<li>0: Overview/);
  assert.equal(summary.match(/<li>… and \d+ more; the log has them all\.<\/li>/g)?.length, 3);
});

test('summary: files are named by their outputs', () => {
  const summary = summaryOf({ ...REPORT, paths: { 'backup-path': '/tmp/backup', 'log-path': '/tmp/logs' } });
  assert.match(summary, /the output <code>backup-path<\/code> or <code>log-path<\/code> names/);
});

test('result: marks of direction and control signs are escapes of JSON, and names stay what they are', () => {
  const name = 'Sales\u202Egnp.exe\u2066\u200B\u0085';
  const text = fitting({ apps: [{ name }] });
  assert.doesNotMatch(text, /[\u0080-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/u);
  assert.deepEqual(JSON.parse(text), { apps: [{ name }] });
  assert.deepEqual(JSON.parse([...jsonPieces({ name }, '\n')].join('')), { name });
});
