import assert from 'node:assert/strict';
import { test } from 'node:test';
import { creditOf } from '../../src/promote/credit.ts';
import { readStamp, reloaded, sameOrigin, stamp } from '../../src/promote/stamp.ts';

const ORIGIN = {
  site: 'dev',
  app: '31ee79a6-0949-4175-ba0e-1866a60e3336',
  modified: '2026-11-22T10:00:00.000Z',
  data: true,
};
const STAMP = { ...ORIGIN, pending: false };

test('stamp: the text stays, and the stamp says where it came from', () => {
  const text = stamp('Sales\nby region', ORIGIN, 'run 17-1-abc');
  assert.equal(
    text,
    'Sales\nby region\n[qrs-action] from "dev" app 31ee79a6-0949-4175-ba0e-1866a60e3336 of 2026-11-22T10:00:00.000Z, run 17-1-abc',
  );
  assert.deepEqual(readStamp(text), STAMP);
});

test('stamp: a new one takes the place of the old one', () => {
  const twice = stamp(stamp('Sales', { ...ORIGIN, site: 'old' }, 'run 1'), ORIGIN, 'run 2');
  assert.equal(twice.split('\n').length, 2);
  assert.deepEqual(readStamp(twice), STAMP);
});

for (const text of ['x'.repeat(512), '😀'.repeat(256), `${'y'.repeat(400)}\n${'z'.repeat(111)}`]) {
  test(`stamp: fits QRS's 512 characters with a text of ${text.length}`, () => {
    const stamped = stamp(text, ORIGIN, 'run 123456789-12-abcdef');
    assert.ok(stamped.length <= 512);
    assert.ok(stamped.isWellFormed());
    assert.match(stamped, /…\n\[qrs-action\]/);
    assert.deepEqual(readStamp(stamped), STAMP);
    assert.equal(
      stamp(stamped, ORIGIN, 'run 123456789-12-abcdef'),
      stamped,
      'stamping again changes nothing',
    );
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
  assert.deepEqual(readStamp(stamp('', dropped, 'run 1')), { ...dropped, pending: false });
  assert.equal(sameOrigin(readStamp(stamp('', dropped, 'run 1')), ORIGIN), false);
  const pending = stamp('Sales', { ...ORIGIN, pending: true }, 'run 1-1-abc');
  assert.deepEqual(readStamp(pending), { ...ORIGIN, pending: true });
  assert.equal(reloaded(pending), stamp('Sales', ORIGIN, 'run 1-1-abc'));
});

test('stamp: the link of the run and who started it are shown, and decide nothing', () => {
  const url = 'https://github.com/acme/qlik/actions/runs/17';
  const credit = creditOf('17-1-abc', { id: '17', url, actor: 'anna' });
  const stamped = stamp('Sales', { ...ORIGIN, pending: true }, credit);
  assert.match(
    stamped,
    /, run https:\/\/github\.com\/acme\/qlik\/actions\/runs\/17, by anna, not yet reloaded$/,
  );
  const otherRun = stamp('Sales', { ...ORIGIN, pending: true }, 'run 18-1-def');
  assert.deepEqual(readStamp(stamped), readStamp(otherRun));
  assert.ok(sameOrigin(readStamp(stamped), ORIGIN));
  assert.equal(stamp(stamped, ORIGIN, 'run 18'), stamp('Sales', ORIGIN, 'run 18'), 'the line is replaced');
});

for (const [started, credit] of [
  [undefined, 'run 17-1-abc'],
  [{ id: '17', url: undefined, actor: 'Anna  Müller,\n"DBA"' }, 'run 17-1-abc, by Anna Müller DBA'],
  [{ id: '17', url: `https://x/${'y'.repeat(200)}`, actor: undefined }, 'run 17-1-abc'],
  [{ id: '17', url: 'javascript:alert(1)', actor: 'x'.repeat(60) }, `run 17-1-abc, by ${'x'.repeat(40)}`],
] as const) {
  test(`credit: ${credit}`, () => {
    assert.equal(creditOf('17-1-abc', started), credit);
    const stamped = stamp('a'.repeat(600), ORIGIN, credit);
    assert.ok(stamped.length <= 512);
    assert.ok(sameOrigin(readStamp(stamped), ORIGIN), stamped);
  });
}
