import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSpec, type Spec } from '../../src/promote/spec.ts';

/** What a promotion spec comes to (docs/promotion.md). Options have a table of their own, in overrides.test.ts. */

const read = (text: string): Spec => readSpec({ from: 'promote', text });
const LIST = 'to: [{ site: test, streams: [Everyone] }]';
const HOUR = 3_600_000;

test('spec: the defaults, with targets in a list', () => {
  const { to, ...rest } = read(LIST);
  assert.deepEqual(rest, {
    from: undefined,
    apps: [{ by: 'event' }],
    when: { properties: {}, tags: { has: [], lacks: [] } },
    onRefusal: 'stop',
    archive: undefined,
    done: { tag: undefined, removeProperties: false, unpublish: false, loseOthers: false },
    maxSize: undefined,
    leftoverAge: HOUR,
    waitForOthers: HOUR / 2,
    concurrency: 4,
  });
  assert.ok(to.by === 'list');
  const [target] = to.targets;
  assert.deepEqual([target?.site, target?.mode, target?.streams], ['test', 'overwrite', ['Everyone']]);
});

test('spec: everything that it can say beside options', () => {
  const { to, when, ...rest } = read(`
from: dev
apps: [{ name: Sales }, { id: 31ee79a6-0949-4175-ba0e-1866a60e3336 }]
when: { published: true }
${LIST}
on-refusal: skip
archive: ./archive
done: { tag: Promoted, remove-properties: true, unpublish: true }
max-size: 20 GB
leftover-age: 2h
wait-for-others: 5m
concurrency: 9`);
  assert.equal(when.published, true);
  assert.equal(to.by, 'list');
  assert.deepEqual(
    { ...rest, apps: rest.apps.map(({ by }) => by) },
    {
      from: 'dev',
      apps: ['name', 'id'],
      onRefusal: 'skip',
      archive: './archive',
      done: { tag: 'Promoted', removeProperties: true, unpublish: true, loseOthers: false },
      maxSize: 20_000_000_000,
      leftoverAge: 2 * HOUR,
      waitForOthers: HOUR / 12,
      concurrency: 9,
    },
  );
});

for (const [unpublish, expected] of [
  ['false', [false, false]],
  ['true', [true, false]],
  ['{ others: lose }', [true, true]],
] as const) {
  test(`spec: unpublish: ${unpublish}`, () => {
    const { done } = read(`${LIST}\ndone: { unpublish: ${unpublish} }`);
    assert.deepEqual([done.unpublish, done.loseOthers], expected);
  });
}

test('spec: the properties by which an app names its targets', () => {
  const { to } = read(
    'to: { properties: { server: ToServer, stream: ToStream }, default-site: prod }\nbackup: x',
  );
  assert.ok(to.by === 'properties');
  assert.deepEqual([to.server, to.stream, to.defaultSite], ['ToServer', 'ToStream', 'prod']);
  assert.deepEqual([to.options.backup, to.options.rollback], ['x', true], 'a backup is for a rollback');
  const plain = read('to: { properties: { server: A, stream: B } }').to;
  assert.deepEqual(plain.by === 'properties' && [plain.defaultSite, plain.options.rollback], [
    undefined,
    false,
  ]);
});

test('spec: a stream that is named twice is one stream', () => {
  const { to } = read('to: [{ site: test, streams: [A, B, A], mode: duplicate }]');
  assert.ok(to.by === 'list');
  assert.deepEqual(
    to.targets.map(({ mode, streams }) => [mode, ...streams]),
    [['duplicate', 'A', 'B']],
  );
});

test('spec: all that is wrong is said at once, with its place and its value', () => {
  const wrong = 'from: dev\nto: [{ site: moon, streams: [] }]\nconcurrency: none\nnonsense: 1';
  assert.throws(
    () => readSpec({ from: 'promote', text: wrong }, { sites: [{ name: 'dev', names: [] }] }),
    ({ message }: Error) => {
      for (const says of [/moon/, /streams/, /none/, /nonsense/]) assert.match(message, says);
      return true;
    },
  );
});
