import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseFilter, type Tree } from '../../simulator/shown/filter.ts';
import { shapes } from '../../simulator/shown/shapes.ts';
import { anyOf, bothOf, equals, equalsId, startsWith } from '../../src/qrs/filter.ts';
import { anyName } from './arbitrary.ts';

/** The writer of filters and the simulator's parser, which know nothing of each other, are inverse for any name. */

const parsed = (text: string) => parseFilter(text, shapes.App);

/** What a filter compares with, from left to right. */
function valuesOf(tree: Tree): unknown[] {
  return 'join' in tree ? [...valuesOf(tree.left), ...valuesOf(tree.right)] : [tree.value];
}

for (const [operator, write] of Object.entries({ eq: equals, sw: startsWith })) {
  test(`filter: ${operator} with any name is read as that name`, () =>
    fc.assert(
      fc.property(anyName, name => {
        const tree = parsed(write('name', name));
        assert.ok('operator' in tree);
        assert.deepEqual([tree.operator, tree.value, tree.path.join('.')], [operator, name, 'name']);
      }),
    ));
}

test('filter: any number of names is read as these names, in their order', () =>
  fc.assert(
    fc.property(fc.array(anyName, { minLength: 1, maxLength: 40 }), names => {
      const read = anyOf(names.map(name => equals('name', name))).flatMap(text => valuesOf(parsed(text)));
      assert.deepEqual(read, names);
    }),
  ));

test('filter: a condition beside alternatives binds to all of them', () =>
  fc.assert(
    fc.property(fc.uuid(), fc.array(anyName, { minLength: 2, maxLength: 4 }), (id, names) => {
      const [alternatives = ''] = anyOf(names.map(name => equals('name', name)));
      const tree = parsed(bothOf(equalsId('id', id), alternatives));
      assert.ok('join' in tree);
      assert.deepEqual([tree.join, valuesOf(tree.left), valuesOf(tree.right)], ['and', [id], names]);
    }),
  ));
