import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changes } from '../sites-for-tests.ts';
import { tried } from './tried.ts';

test('check --write: does what a promotion does, and leaves nothing behind', () =>
  tried({}, report => {
    assert.equal(report.outcome, 'checked', report.failures.join('\n'));
    const said = report.lines.join('\n');
    for (const step of [
      'copy an app',
      'update it',
      'export it',
      'upload it',
      'publish it',
      'replace it',
      'delete what was made',
    ]) {
      assert.match(said, new RegExp(`^try: ${step} +✓`, 'm'));
    }
  }));

test('check --write: without a report of answers, no more is changed than a promotion does', () =>
  tried(
    {},
    (_, __, { test: site }) =>
      assert.deepEqual(changes(site), [
        'POST /qrs/app/·/copy',
        'PUT /qrs/app/·',
        'POST /qrs/app/·/export/·',
        'POST /qrs/app/upload',
        'PUT /qrs/app/·/publish',
        'PUT /qrs/app/·/replace',
        'DELETE /qrs/app/·',
        'DELETE /qrs/app/·',
      ]),
    { asks: false },
  ));

for (const [lacks, step] of [
  [{ App: ['duplicate'] }, 'copy an app'],
  [{ App: ['export'] }, 'export it'],
  [{ Stream: ['publish'] }, 'publish it'],
] as const) {
  test(`check --write: a user who may not ${step}`, () =>
    tried(
      {
        testData: {
          lacks: { 'INTERNAL\\sa_api': JSON.parse(JSON.stringify(lacks)) },
          apps: [{ name: 'A', stream: 'Everyone' }],
        },
      },
      report => {
        assert.equal(report.outcome, 'failed');
        assert.deepEqual(report.failures.length, 1);
        assert.match(report.failures[0] ?? '', new RegExp(`^Site "test": try: ${step}: no\\. .*403`));
      },
    ));
}

test('check --write: a stream that is not there', () =>
  tried(
    {},
    report =>
      assert.match(
        report.failures[0] ?? '',
        /find stream "Gone": no\. This site has no stream of that name\./,
      ),
    { write: 'Gone' },
  ));
