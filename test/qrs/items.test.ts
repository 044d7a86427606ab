import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isList, itemsOf } from '../../src/qrs/items.ts';

const TEXTS = [
  '[]',
  ' [ ]\n',
  '[1, "two" ,null,{"a":[{}]},[[]]]',
  '[{"text":"a \\"b\\", ]}[{ \\\\"},{"\\\\":"\\\\\\""}]',
  '["é€😀"]',
  '[,]',
  '[1,]',
  '[1',
  '["1',
  '[{"a":1]]',
  '[1}',
  '[]]',
  '[1] 2',
];

/** What is read, as JSON, or the name of the error. */
function said(read: () => unknown): string {
  try {
    return JSON.stringify(read());
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

for (const text of TEXTS) {
  test(`items: ${text.trim()} is read as the parser reads it`, () => {
    assert.equal(
      said(() => [...itemsOf(Buffer.from(text))]),
      said(() => JSON.parse(text)),
    );
  });
}

test('items: an item is parsed when it is asked for, and not before', () => {
  const items = itemsOf(Buffer.from('[1,2,never]'));
  assert.deepEqual([items.next().value, items.next().value], [1, 2]);
  assert.throws(() => items.next(), SyntaxError);
});

test('items: a list is known by its first letter', () => {
  assert.deepEqual(
    ['[]', '\r\n [1', '{}', '', '"["'].map(text => isList(Buffer.from(text))),
    [true, true, false, false, false],
  );
});
