import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  giverName,
  isNobodys,
  lastSign,
  readWorkingName,
  workingName,
} from '../../src/promote/working-copy.ts';
import { appSchema } from '../../src/qrs/entities.ts';

const SOURCE = '31ee79a6-0949-4175-ba0e-1866a60e3336';
const NOON = Date.parse('2026-11-22T12:00:00.000Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NAME = workingName(SOURCE, '17-1-abc', 1);

/** A working copy of an hour and a minute ago. */
function copy(more: Record<string, unknown> = {}) {
  const date = new Date(NOON - 61 * MINUTE).toISOString();
  const facts = { createdDate: date, modifiedDate: date, published: false, name: NAME };
  return appSchema.parse({ id: '5f0c2d6e-9b1a-4c58-8d9e-0a4f3c7b2e11', ...facts, ...more });
}

const minutesAgo = (minutes: number) => new Date(NOON - minutes * MINUTE).toISOString();
const look = { now: NOON, leftoverAge: HOUR, reloading: new Set<string>() };

test('the name of a working copy says what it is', () => {
  assert.deepEqual(readWorkingName(NAME), { app: SOURCE, run: '17-1-abc', giver: false });
  const giver = giverName(NAME, '5f0c2d6e-9b1a-4c58-8d9e-0a4f3c7b2e11');
  assert.deepEqual(readWorkingName(giver), { app: SOURCE, run: '17-1-abc', giver: true });
  assert.ok(giver.length <= 255, 'QRS takes 255 characters');
  for (const name of ['Sales', 'qrs-action working copy of Sales', `${NAME} (mine)`]) {
    assert.equal(readWorkingName(name), undefined, name);
  }
});

const CASES: [string, Record<string, unknown>, boolean][] = [
  ['an unpublished working copy without a sign of life for an hour', {}, true],
  ['one that was modified half an hour ago', { modifiedDate: minutesAgo(30) }, false],
  ['one that is live by now', { published: true }, false],
  ['one that somebody gave a name of his own', { name: 'Sales' }, false],
  ['one without dates', { createdDate: '', modifiedDate: '' }, false],
  ['the giver of an unclear replace, an hour old', { name: giverName(NAME, SOURCE) }, false],
  [
    'the giver of an unclear replace, a day old',
    {
      name: giverName(NAME, SOURCE),
      createdDate: minutesAgo(25 * 60),
      modifiedDate: minutesAgo(24 * 60),
    },
    true,
  ],
];
for (const [what, facts, expected] of CASES) {
  test(`${what} is ${expected ? "nobody's" : "somebody's"}`, () => {
    assert.equal(isNobodys(copy(facts), look), expected);
  });
}

test('one that is being reloaded is in use, however old', () => {
  assert.equal(isNobodys(copy(), { ...look, reloading: new Set([copy().id]) }), false);
});

test('the age is that which the spec allows', () => {
  assert.equal(isNobodys(copy(), { ...look, leftoverAge: 2 * HOUR }), false);
  assert.equal(lastSign(copy({ modifiedDate: minutesAgo(2) })), NOON - 2 * MINUTE);
});
