import assert from 'node:assert/strict';
import { test } from 'node:test';
import { showsContentOf } from '../../src/promote/version.ts';
import type { AppObject } from '../../src/qrs/apps/objects.ts';

/** Whether a live app has the content of a working copy, by the hashes of their objects (docs/qrs.md 4.8, 9). */

const object = (
  engineObjectId: string,
  contentHash: string | null,
  more: Partial<AppObject> = {},
): AppObject => ({
  id: `${engineObjectId} of some app`,
  engineObjectId,
  objectType: engineObjectId === 'script' ? 'app_appscript' : 'sheet',
  name: '',
  contentHash,
  modifiedDate: '',
  published: true,
  approved: true,
  app: { id: 'any' },
  ...more,
});
const given = [object('script', 'a'), object('one', 'b'), object('two', 'c')];

for (const [what, live, is] of [
  ['the same objects', given, true],
  ['the same, and a sheet of a user', [...given, object('own', 'x', { approved: false })], true],
  ['one other hash', [object('script', 'a'), object('one', 'b'), object('two', 'x')], false],
  ['another script alone', [object('script', 'x'), object('one', 'b'), object('two', 'c')], false],
  ['one object less', given.slice(0, 2), false],
  ['one object more', [...given, object('three', 'd')], false],
  ['hashes that are all new', given.map(one => ({ ...one, contentHash: 'new' })), undefined],
  ['new hashes, and one object less', given.slice(0, 2).map(one => ({ ...one, contentHash: 'new' })), false],
  ['new hashes of other objects', [object('script', 'x'), object('1', 'y'), object('2', 'z')], false],
  ['no hash in one object', [object('script', 'a'), object('one', 'b'), object('two', null)], undefined],
  ['no script', given.slice(1), undefined],
  ['nothing', [], undefined],
] as const) {
  test(`content: ${what} ${is === undefined ? 'prove nothing' : is ? 'are the same' : 'are another version'}`, () => {
    assert.equal(showsContentOf({ published: true }, live, given), is);
  });
}

test('content: the working copy must show its script, too', () => {
  assert.equal(showsContentOf({ published: true }, given, given.slice(1)), undefined);
});

test('content: an app of one object has another content where its hash differs', () => {
  const one = [object('script', 'a')];
  assert.equal(showsContentOf({ published: true }, [object('script', 'x')], one), false);
});

test('content: of an unpublished app all objects count', () => {
  const live = [...given, object('own', 'x', { approved: false })];
  assert.equal(showsContentOf({ published: false }, live, given), false);
});
