import assert from 'node:assert/strict';
import { test } from 'node:test';
import { safeFileName } from '../../src/base/file-name.ts';

const ROWS: [string, string][] = [
  ['Demo Build', 'Demo Build'],
  ['Sales (2026), final_v1.2', 'Sales (2026)- final_v1.2'],
  ['Umsätze Søn 売上', 'Umsätze Søn 売上'],
  ['a/b\\c:d*e?f"g<h>i|j', 'a-b-c-d-e-f-g-h-i-j'],
  ['line\nbreak\tand\0nothing', 'line-break-and-nothing'],
  ['..', 'unnamed'],
  ['../../etc/passwd', '-..-etc-passwd'],
  ['.hidden', 'hidden'],
  ['ends in a dot.', 'ends in a dot'],
  ['ends in dots. . .', 'ends in dots'],
  ['CON', '_CON'],
  ['aux.txt', '_aux.txt'],
  ['Falcon', 'Falcon'],
  ['console', 'console'],
  ['x'.repeat(120), 'x'.repeat(120)],
  ['x'.repeat(121), 'x'.repeat(120)],
  [`${'x'.repeat(117)}. . y`, 'x'.repeat(117)],
  ['  ', 'unnamed'],
  ['', 'unnamed'],
  ['$(rm -rf ~)', '-(rm -rf -)'],
  ['${{ secrets.X }}', '--- secrets.X --'],
  ['😀😀', '--'],
  ['e\u0301te\u0301', 'été'],
];

for (const [name, safe] of ROWS) {
  test(`file name: ${JSON.stringify(name)}`, () => assert.equal(safeFileName(name), safe));
}

for (const letter of ['x', 'ä', '売', '𠮷', '. ']) {
  test(`file name: ${JSON.stringify(letter)} without end is cut, and leaves room for an id and a time`, () => {
    const safe = safeFileName(`a${letter.repeat(255)}`);
    assert.ok(safe.isWellFormed());
    assert.ok(safe.length > 0);
    const whole = `${safe}-31ee79a6-0949-4175-ba0e-1866a60e3336-2026-11-22T10-00-00-000Z.json`;
    assert.ok(Buffer.byteLength(whole) <= 255, `${Buffer.byteLength(whole)} bytes`);
    assert.doesNotMatch(safe, /[. ]$/, 'Windows would drop it');
  });
}

test('a file name does not end in a dot, which Windows drops, nor is it one that Windows keeps for itself', () => {
  assert.doesNotMatch(safeFileName('.x'.repeat(100)), /\.$/);
  for (const name of ['CON', 'nul', 'Aux.txt', 'com1', 'LPT9']) {
    assert.doesNotMatch(safeFileName(name), /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i);
  }
});
