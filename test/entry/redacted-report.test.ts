import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Report } from '../../src/base/report.ts';
import { redactedReport } from '../../src/entry/redacted-report.ts';
import { redacting } from '../../src/net/redact.ts';

const SECRET = 'very-secret-words';

/** With the secret in every text that a report may have. */
const REPORT: Required<Report> = {
  outcome: 'failed',
  title: SECRET,
  verdict: SECRET,
  remarks: [SECRET],
  lines: [SECRET],
  failures: [SECRET],
  problems: [
    { text: SECRET, place: { from: SECRET, isFile: true, line: 1, column: 1, frame: `1 | ${SECRET}` } },
  ],
  warnings: [SECRET],
  table: {
    head: [SECRET],
    rows: [[SECRET, [[{ text: SECRET, url: `https://${SECRET}.example.com/app`, title: SECRET }]]]],
    folded: { title: SECRET, rows: [[SECRET]] },
  },
  details: [{ title: SECRET, sentences: [SECRET] }],
  excerpts: [{ title: SECRET, text: SECRET }],
  result: { outcome: 'failed', [SECRET]: { deep: [SECRET] } },
  diagram: SECRET,
  url: `https://${SECRET}.example.com`,
  paths: { 'log-path': `/tmp/${SECRET}` },
};

test('a report without secrets has none in any text, link or tooltip', () => {
  const redact = redacting();
  redact.add(SECRET);
  assert.doesNotMatch(JSON.stringify(redactedReport(REPORT, redact)), new RegExp(SECRET));
});
