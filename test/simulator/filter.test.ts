import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FilterError, matches, parseFilter } from '../../simulator/shown/filter.ts';
import { shapes } from '../../simulator/shown/shapes.ts';

const row = (name: string, value: string) => ({ value, definition: { id: crypto.randomUUID(), name } });

const app = {
  id: '31ee79a6-0949-4175-ba0e-1866a60e3336',
  name: "Q1'25 \\ Sales",
  description: '',
  published: true,
  publishTime: '2026-03-01T12:00:00.000Z',
  modifiedDate: '2026-03-02T12:00:00.500Z',
  fileSize: 2000,
  stream: { id: crypto.randomUUID(), name: 'Everyone' },
  owner: { userId: 'ann', userDirectory: 'CORP' },
  tags: [{ name: 'red' }, { name: 'blue' }],
  customProperties: [row('Source', 'Airflow'), row('Owner', 'Manual')],
};

const table: [filter: string, expected: boolean][] = [
  ["name eq 'Q1\\'25 \\\\ Sales'", true],
  ["NAME EQ 'Q1\\'25 \\\\ Sales'", true],
  ["name eq 'q1\\'25 \\\\ sales'", false],
  ["name ne 'other'", true],
  ["name sw 'q1'", true],
  ["name ew 'SALES'", true],
  ["name so '25 '", true],
  ["name so 'x'", false],
  ["description eq ''", true],
  ['id eq 31EE79A6-0949-4175-ba0e-1866a60e3336', true],
  ["id eq '31ee79a6-0949-4175-ba0e-1866a60e3336'", true],
  ['id ne 31ee79a6-0949-4175-ba0e-1866a60e3336', false],
  ['published eq true', true],
  ['published ne True', false],
  ['fileSize gt 1999', true],
  ['fileSize le 1999', false],
  ["publishTime ge '2026-03-01 12:00:00'", true],
  ["publishTime lt '2026-03-01T12:00:00.000Z'", false],
  ["modifiedDate gt '2026-03-02T12:00:00.499Z'", true],
  ["publishTime ne '1753-01-01T00:00:00.000Z'", true],
  ["stream.name eq 'Everyone'", true],
  ["owner.userdirectory eq 'CORP' and owner.userId eq 'ann'", true],
  ["tags.name eq 'blue'", true],
  ["tags.name eq 'green'", false],
  ["tags.name eq 'red,blue'", false],
  ["customProperties.definition.name eq 'Source' and customProperties.value eq 'Manual'", true],
  ["(name sw 'Q1')", true],
  ["((published eq false) or (name sw 'Q1'))", true],
  // Bound to the right: false and (… or true) is false, where the usual precedence would make it true.
  ["published eq false and name sw 'Q1' or name sw 'Q1'", false],
  ["(published eq false and name sw 'Q1') or name sw 'Q1'", true],
  ["name eq 'a(b' or published eq true", true],
];

for (const [filter, expected] of table) {
  test(`${filter} is ${expected}`, () => {
    assert.equal(matches(parseFilter(filter, shapes.App), app), expected);
  });
}

const unparsable = [
  "name eq 'Q1'25'",
  "name eq 'Q1''25'",
  'name eq "Sales"',
  'name eq Sales',
  "name eq 'open",
  "name gt 'a'",
  'id gt 31ee79a6-0949-4175-ba0e-1866a60e3336',
  'published eq yes',
  'fileSize eq big',
  'modifiedDate gt 2026-01-01',
  "modifiedDate gt 'soon'",
  "nonsense eq 'x'",
  "stream eq 'x'",
  "name.first eq 'x'",
  "name is 'x'",
  'name eq',
  "name eq 'x' and",
  "name eq 'x' name eq 'y'",
  "(name eq 'x'",
  "name eq 'x')",
  '',
];

for (const filter of unparsable) {
  test(`${filter || 'an empty filter'} cannot be parsed`, () => {
    assert.throws(
      () => parseFilter(filter, shapes.App),
      new FilterError(`Cannot parse the expression: ${filter}`),
    );
  });
}

test('empty parentheses are an invalid expression', () => {
  assert.throws(() => parseFilter('()', shapes.App), new FilterError('Invalid expression'));
});

test('eq ignores the case of strings when the site does', () => {
  const tree = parseFilter("stream.name eq 'EVERYONE'", shapes.App);
  assert.deepEqual([matches(tree, app), matches(tree, app, { eqIgnoresCase: true })], [false, true]);
});

test('an app without a stream is neither equal nor unequal to one', () => {
  const unpublished = { ...app, stream: null };
  for (const operator of ['eq', 'ne']) {
    const tree = parseFilter(`stream.name ${operator} 'Everyone'`, shapes.App);
    assert.equal(matches(tree, unpublished), false);
  }
});
