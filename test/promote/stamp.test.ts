import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readStamp, reloaded, sameOrigin, stamp } from '../../src/promote/stamp.ts';

const ORIGIN = {
  site: 'dev',
  app: '31ee79a6-0949-4175-ba0e-1866a60e3336',
  modified: '2026-11-22T10:00:00.000Z',
  data: true,
};
const STAMP = { ...ORIGIN, pending: false };

test('stamp: the text stays, and the stamp says where it came from', () => {
  const text = stamp('Sales\nby region', ORIGIN, '17-1-abc');
  assert.equal(
    text,
    'Sales\nby region\n[qrs-action] from "dev" app 31ee79a6-0949-4175-ba0e-1866a60e3336 of 2026-11-22T10:00:00.000Z, run 17-1-abc',
  );
  assert.deepEqual(readStamp(text), STAMP);
});

test('stamp: a new one takes the place of the old one', () => {
  const twice = stamp(stamp('Sales', { ...ORIGIN, site: 'old' }, '1'), ORIGIN, '2');
  assert.equal(twice.split('\n').length, 2);
  assert.deepEqual(readStamp(twice), STAMP);
});

for (const text of ['x'.repeat(512), '😀'.repeat(256), `${'y'.repeat(400)}\n${'z'.repeat(111)}`]) {
  test(`stamp: fits QRS's 512 characters with a text of ${text.length}`, () => {
    const stamped = stamp(text, ORIGIN, '123456789-12-abcdef');
    assert.ok(stamped.length <= 512);
    assert.ok(stamped.isWellFormed());
    assert.match(stamped, /…\n\[qrs-action\]/);
    assert.deepEqual(readStamp(stamped), STAMP);
    assert.equal(stamp(stamped, ORIGIN, '123456789-12-abcdef'), stamped, 'stamping again changes nothing');
  });
}

test('stamp: none, and others', () => {
  assert.equal(readStamp(''), undefined);
  assert.equal(readStamp('[qrs-action] by hand'), undefined);
  assert.equal(sameOrigin(undefined, ORIGIN), false);
  assert.equal(sameOrigin({ ...ORIGIN, site: 'DEV' }, ORIGIN), true);
  assert.equal(sameOrigin({ ...ORIGIN, modified: '2026-11-22T10:00:00.001Z' }, ORIGIN), false);
  const quoted = { ...ORIGIN, site: 'the "dev" site' };
  assert.equal(sameOrigin(readStamp(stamp('', quoted, '')), quoted), true);
});

test('stamp: tells a version without data, and a reload that is still to come', () => {
  const dropped = { ...ORIGIN, data: false };
  assert.deepEqual(readStamp(stamp('', dropped, '1')), { ...dropped, pending: false });
  assert.equal(sameOrigin(readStamp(stamp('', dropped, '1')), ORIGIN), false);
  const pending = stamp('Sales', { ...ORIGIN, pending: true }, '1-1-abc');
  assert.deepEqual(readStamp(pending), { ...ORIGIN, pending: true });
  assert.equal(reloaded(pending), stamp('Sales', ORIGIN, '1-1-abc'));
});
