import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matches, parseFilter } from '../../simulator/shown/filter.ts';
import { shapes } from '../../simulator/shown/shapes.ts';
import { anyOf, bothOf, differs, equals, equalsId, groupsOf, startsWith } from '../../src/qrs/filter.ts';

const NAMES = ["O'Neil", 'back\\slash', "\\'", 'a&b=c#d+e%41', '"quoted"', "'; or 'a' eq 'a", 'ünï😀', ' '];

for (const name of NAMES) {
  test(`filter: the site reads ${JSON.stringify(name)} as it was meant`, () => {
    const tree = parseFilter(equals('name', name), shapes.Stream);
    assert.equal(matches(tree, { name }), true);
    assert.equal(matches(tree, { name: `${name}x` }), false);
    const other = parseFilter(differs('name', name), shapes.Stream);
    assert.deepEqual([matches(other, { name }), matches(other, { name: `${name}x` })], [false, true]);
    assert.equal(
      matches(parseFilter(startsWith('name', name), shapes.Stream), { name: `${name} and more` }),
      true,
    );
  });
}

test('filter: both conditions are in parentheses', () => {
  assert.equal(bothOf(equalsId('id', 'x'), differs('name', 'a')), "(id eq x and name ne 'a')");
});

test('filter: alternatives stand in parentheses, a single one alone', () => {
  assert.deepEqual(anyOf([]), []);
  assert.deepEqual(anyOf([equalsId('id', 'x')]), ['id eq x']);
  assert.deepEqual(anyOf(["name eq 'a'", "name eq 'b'"]), ["(name eq 'a' or name eq 'b')"]);
});

test('filter: hundreds of names take few requests, and no URL is too long', () => {
  const names = Array.from({ length: 500 }, (_, index) =>
    equals('name', `Application number ${index} of many`),
  );
  const filters = anyOf(names);
  assert.ok(filters.length < 10, `${filters.length} requests`);
  for (const filter of filters) assert.ok(encodeURIComponent(filter).length < 8000);
  assert.equal(filters.join(' or ').match(/name eq/g)?.length, 500);
});

/** So many encoded characters an expression may have, with the words between its alternatives. */
const ROOM = 6000;
const BETWEEN = ' or '.length;

test('filter: a group is full only when another alternative would not fit', () => {
  const letters = 1000 - 2 * BETWEEN;
  const names = Array.from({ length: 13 }, () => 'x'.repeat(letters));
  assert.deepEqual(
    groupsOf(names).map(({ length }) => length),
    [6, 6, 1],
    `six fill ${ROOM} characters exactly`,
  );
  assert.deepEqual(
    groupsOf([`${names[0]}y`, ...names]).map(({ length }) => length),
    [5, 6, 3],
  );
  assert.deepEqual(groupsOf(['y'.repeat(2 * ROOM), 'z']), [['y'.repeat(2 * ROOM)], ['z']]);
});

test('filter: a group has no more alternatives than it may', () => {
  assert.deepEqual(groupsOf(['a', 'b', 'c', 'd', 'e'], 2), [['a', 'b'], ['c', 'd'], ['e']]);
  assert.deepEqual(groupsOf(['a', 'b'], 2), [['a', 'b']]);
  assert.deepEqual(groupsOf(['a', 'b'], 1), [['a'], ['b']]);
  assert.deepEqual(groupsOf([], 2), []);
});
