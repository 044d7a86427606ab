import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lazyMap } from '../../src/base/lazy-list.ts';
import { fitting, jsonPieces } from '../../src/entry/fitting.ts';
import { redactedReport } from '../../src/entry/redacted-report.ts';
import { failureReport } from '../../src/entry/screen.ts';
import { redacting } from '../../src/net/redact.ts';

const apps = (count: number, size = 1000) =>
  Array.from({ length: count }, (_, index) => ({ id: index, text: 'ä'.repeat(size) }));

test('fitting: a result that fits is whole', () => {
  const result = { outcome: 'promoted', apps: apps(10) };
  assert.deepEqual(JSON.parse(fitting(result)), result);
});

test('fitting: one that does not loses its last apps, and says how many', () => {
  const result = { outcome: 'promoted', refusals: ['one'], apps: apps(5000) };
  const text = fitting(result);
  assert.ok(text.length * 2 <= 900_000, `${text.length} characters`);
  assert.ok(text.length * 2 > 890_000, 'as many as there is room for');
  const cut = JSON.parse(text);
  assert.equal(cut.outcome, 'promoted');
  assert.deepEqual(cut.refusals, ['one']);
  assert.deepEqual(cut.apps, result.apps.slice(0, cut.apps.length));
  assert.equal(cut.cut.apps + cut.apps.length, 5000);
});

test('fitting: a single app that is larger than all that fits goes too', () => {
  const text = fitting({ outcome: 'failed', apps: apps(2, 1_000_000) });
  assert.deepEqual(JSON.parse(text), { outcome: 'failed', apps: [], cut: { apps: 2 } });
});

test('fitting: only as much of a long result is made into text as fits', () => {
  let made = 0;
  const app = { toJSON: () => (made += 1) };
  const text = fitting({ apps: Array.from({ length: 5_000_000 }, () => app) });
  assert.ok(text.length * 2 <= 900_000 && made < 500_000, `${made} apps`);
});

for (const result of [{}, { outcome: 'failed' }, { apps: [], refusals: ['one', null], cut: undefined }]) {
  for (const between of ['', '\n']) {
    test(`result: ${JSON.stringify(result)} in pieces is the same${between && ', on several lines'}`, () => {
      assert.deepEqual(
        JSON.parse([...jsonPieces(result, between)].join('')),
        JSON.parse(JSON.stringify(result)),
      );
    });
  }
}

test('result: a list that is made as it is read is written, cut and redacted like any other', () => {
  const lazy = lazyMap([...Array(2000).keys()], id => ({ id, text: 'x'.repeat(1000), key: 'very secret' }));
  const redact = redacting();
  redact.add('very secret');
  const { result } = redactedReport({ ...failureReport([]), result: { apps: lazy } }, redact);
  const whole = JSON.parse([...jsonPieces(result)].join(''));
  assert.deepEqual([whole.apps.length, whole.apps[1999].id], [2000, 1999]);
  assert.doesNotMatch(JSON.stringify(whole), /very secret/);
  assert.deepEqual(JSON.parse(JSON.stringify(result)), whole);
  const cut = JSON.parse(fitting(result));
  assert.equal(cut.apps.length + cut.cut.apps, 2000);
});
