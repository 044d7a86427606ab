import assert from 'node:assert/strict';
import { test } from 'node:test';
import { creditOf } from '../../src/promote/credit.ts';
import {
  isMarkedCopy,
  markCopy,
  type Origin,
  readStamp,
  relation,
  reloaded,
  sameOrigin,
  sameSource,
  stamp,
  unstamped,
} from '../../src/promote/stamp.ts';

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

const OTHER_APP = '22222222-0949-4175-ba0e-1866a60e3336';
const LATER = '2026-11-22T10:00:01.000Z';

test('stamp: one app on one site is one source, by the address or by any name of the site', () => {
  const rows: [string, Partial<Origin>, Partial<Origin>, boolean][] = [
    ['the same name', {}, {}, true],
    ['the name in other letters', { site: 'Dev' }, { site: 'dEV' }, true],
    ['another name', { site: 'test' }, {}, false],
    ['another app', { app: OTHER_APP }, {}, false],
    ['an earlier name of the site', { site: 'development' }, { names: ['old', 'Development'] }, true],
    ['none of its names', { site: 'test' }, { names: ['old', 'Development'] }, false],
    ['one address under another name', { site: 'test', at: 'abcdef01' }, { at: 'abcdef01' }, true],
    ['another address under another name', { site: 'test', at: 'abcdef02' }, { at: 'abcdef01' }, false],
    ['no address under another name', { site: 'test' }, {}, false],
    ['an address that only one has', { site: 'test', at: 'abcdef01' }, {}, false],
    [
      'a clone of the site: another app of one address',
      { app: OTHER_APP, at: 'abcdef01' },
      { at: 'abcdef01' },
      false,
    ],
    [
      'names that differ beyond what a stamp holds',
      { site: 'x'.repeat(100) },
      { site: 'x'.repeat(120) },
      true,
    ],
  ];
  for (const [what, one, other, same] of rows)
    assert.equal(sameSource({ ...ORIGIN, ...one }, { ...ORIGIN, ...other }), same, what);
});

test('stamp: a version is one by its content, or by an unchanged date, and with or without data', () => {
  const digest = '0123456789abcdef';
  const rows: [string, Partial<Origin>, Partial<Origin>, 'same' | 'older' | 'newer' | 'other'][] = [
    ['the same date', {}, {}, 'same'],
    ['an earlier date', {}, { modified: LATER }, 'older'],
    ['a later date', { modified: LATER }, {}, 'newer'],
    ['a later date of the same content', { modified: LATER, digest }, { digest }, 'same'],
    [
      'a later date of other content',
      { modified: LATER, digest: digest.replace('0', '1') },
      { digest },
      'newer',
    ],
    ['a later date, and only one content is known', { modified: LATER, digest }, {}, 'newer'],
    ['an earlier date, and no content is known', {}, { modified: LATER }, 'older'],
    ['the same version without data', { data: false }, {}, 'older'],
    ['another app', { app: OTHER_APP, modified: LATER }, {}, 'other'],
  ];
  for (const [what, one, origin, expected] of rows)
    assert.equal(relation({ ...STAMP, ...one }, { ...ORIGIN, ...origin }), expected, what);
  assert.equal(relation(undefined, ORIGIN), 'other');
});

test('stamp: an app without a text gets the line alone, and loses it with all blanks around', () => {
  const line = stamp('', ORIGIN, 'run 1');
  assert.equal(line.split('\n').length, 1);
  assert.equal(stamp(`  ${line}\t`, ORIGIN, 'run 1'), line, 'people may have put blanks around it');
  assert.deepEqual(readStamp(`Sales\n  ${line}\r\n`), STAMP);
  assert.equal(unstamped(`Sales \n\n${line}`), 'Sales');
  assert.equal(readStamp(`see: ${line}`), undefined, 'a quotation is no stamp');
  const room = 512 - line.length - 1;
  const whole = 'x'.repeat(room);
  assert.equal(stamp(whole, ORIGIN, 'run 1'), `${whole}\n${line}`, 'what fits is not shortened');
  const cut = stamp(`${'x'.repeat(room - 3)}   yy`, ORIGIN, 'run 1');
  assert.equal(cut, `${'x'.repeat(room - 3)}…\n${line}`, 'no blanks before the ellipsis');
});

test("stamp: an owner's copy is marked by the app that it is of", () => {
  assert.equal(markCopy('', ORIGIN.app), `[qrs-action] copy of ${ORIGIN.app}`);
  assert.equal(markCopy('Sales', ORIGIN.app), `Sales\n[qrs-action] copy of ${ORIGIN.app}`);
  const longest = markCopy('x'.repeat(512), ORIGIN.app);
  assert.equal(longest.length, 512);
  for (const text of ['', 'Sales', 'x'.repeat(512)]) {
    const marked = markCopy(text, ORIGIN.app);
    assert.ok(isMarkedCopy(marked, ORIGIN.app));
    assert.ok(isMarkedCopy(`${marked} \nand more`, ORIGIN.app), 'the owner may write on');
    assert.equal(isMarkedCopy(marked, OTHER_APP), false);
    assert.equal(isMarkedCopy(text, ORIGIN.app), false);
  }
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
