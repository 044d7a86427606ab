import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Heard } from '../../src/relay/store/delivery.ts';
import {
  beginningOf,
  covers,
  joinedBy,
  newDelivery,
  type ReportedChange,
} from '../../src/relay/store/join.ts';
import { change, waitingDelivery } from './changes.ts';

/** What becomes of a delivery when another change of its entity joins it (docs/relay.md). */

const AT = { now: 5_000, tick: 700 };
const open = waitingDelivery({
  state: 'pending',
  attempts: 0,
  first: 100,
  last: 100,
  due: 600,
  deadline: 1_000,
  count: 3,
  version: 7,
  looks: 2,
  own: true,
});
const joined = (reported: Partial<ReportedChange> = {}, on: Partial<typeof open> = {}) =>
  joinedBy({ ...open, ...on }, change(reported), AT);

test('join: a new delivery waits until it is quiet, no later than max-wait, and has not been read', () => {
  const made = newDelivery(beginningOf(change({ quiet: 5, maxWait: 60 }), AT), 12, AT.now);
  const { id, ...rest } = made;
  assert.match(id, /^[0-9a-f-]{36}$/);
  assert.deepEqual(rest, {
    seq: 12,
    subscription: 'apps',
    site: 'dev',
    repository: 'acme/events',
    entity: 'App',
    object: 'one',
    change: 'update',
    changed: ['name'],
    certain: true,
    since: undefined,
    count: 1,
    date: 900,
    first: AT.now,
    last: AT.now,
    due: AT.tick + 5,
    deadline: AT.tick + 60,
    updated: AT.now,
    state: 'pending',
    version: 1,
    looks: 0,
    own: false,
    unread: true,
    attempts: 0,
    refused: 0,
    maybeSent: false,
    lease: undefined,
    failed: undefined,
    payload: undefined,
    modified: undefined,
    mark: undefined,
    reason: undefined,
    cause: undefined,
  });
  assert.notEqual(newDelivery(beginningOf(change(), AT), 12, 0).id, id, 'each has an id of its own');
});

test('join: where max-wait is shorter than quiet, it decides', () => {
  const { due, deadline } = beginningOf(change({ quiet: 90, maxWait: 60 }), AT);
  assert.deepEqual([due, deadline], [AT.tick + 60, AT.tick + 60]);
});

test('join: a notification without names leaves it uncertain what has changed', () => {
  const { changed, certain } = beginningOf(change({ changed: undefined }), AT);
  assert.deepEqual([changed, certain], [[], false]);
  const both = joined({ changed: undefined });
  assert.deepEqual([both.changed, both.certain], [['name'], false]);
  assert.equal(joined({}, { certain: false }).certain, false, 'and it stays so');
  assert.equal(joined().certain, true);
});

test('join: a delivery keeps its id, its place and its beginning, and counts what joins', () => {
  const { id, seq, first, deadline, last, count, updated } = joined();
  assert.deepEqual([id, seq, first, deadline], [open.id, open.seq, 100, 1_000]);
  assert.deepEqual([last, count, updated], [AT.now, 4, AT.now]);
});

test('join: the entity is to be read anew, and a reading under way is void', () => {
  const { payload, unread, looks, version } = joined();
  assert.deepEqual([payload, unread, looks, version], [undefined, true, 0, 8]);
});

test('join: names of both, each once, and no more than fifty', () => {
  const names = (from: number, to: number) => Array.from({ length: to - from }, (_, one) => `p${from + one}`);
  assert.deepEqual(joined({ changed: ['name', 'tags'] }).changed, ['name', 'tags']);
  assert.deepEqual(joined({ changed: names(30, 90) }, { changed: names(0, 40) }).changed, names(0, 50));
  const many = beginningOf(change({ changed: names(0, 90) }), AT);
  assert.deepEqual(newDelivery(many, 1, 0).changed, names(0, 50));
});

for (const [quiet, deadline, due] of [
  [50, 1_000, 750],
  [500, 1_000, 1_000],
  [50, 600, 700],
] as const) {
  test(`join: quiet begins anew: ${quiet} ms at ${AT.tick} with a deadline of ${deadline} is due at ${due}`, () => {
    assert.equal(joined({ quiet }, { deadline }).due, due);
  });
}

const WEIGHT = ['remember', 'update', 'add', 'delete'] as const;
for (const [index, weak] of WEIGHT.entries()) {
  for (const strong of WEIGHT.slice(index)) {
    test(`join: of ${weak} and ${strong}, ${strong} counts, in any order`, () => {
      const both = (one: Heard, other: Heard) => joined({ change: other }, { change: one }).change;
      assert.deepEqual([both(weak, strong), both(strong, weak)], [strong, strong]);
    });
  }
}

test('join: the latest date and the earliest question of catch-up count, where there are any', () => {
  const dates = (one: number | undefined, other: number | undefined) =>
    joined({ date: other, since: other }, { date: one, since: one });
  for (const [one, other, date, since] of [
    [10, 20, 20, 10],
    [20, 10, 20, 10],
    [10, undefined, 10, 10],
    [undefined, 10, 10, 10],
    [undefined, undefined, undefined, undefined],
    [0, undefined, 0, 0],
  ] as const) {
    const both = dates(one, other);
    assert.deepEqual([both.date, both.since], [date, since]);
  }
});

test('join: what catch-up found is no notification, so it does not count as one', () => {
  assert.equal(joined({ since: 0 }).count, 3);
});

test('join: a first reading proves nothing any more after a gap, or for what catch-up found', () => {
  assert.equal(joined().own, true);
  assert.equal(joined({ gap: true }).own, false);
  assert.equal(joined({ since: 0 }).own, false);
  assert.equal(joined({}, { own: false }).own, false);
});

for (const [what, on, reported, is] of [
  ['will be read', { unread: true, modified: undefined }, {}, true],
  ['was read at that state', { modified: 900 }, {}, true],
  ['was read at a later state', { modified: 901 }, {}, true],
  ['was read before', { modified: 899 }, {}, false],
  ['was read at an unknown state', { modified: undefined }, {}, false],
  ['has an update for a deletion', { unread: true }, { change: 'delete' }, false],
  ['has a deletion for an update', { unread: true, change: 'delete' }, {}, true],
  ['was read, of a change without a date', { modified: 0 }, { date: undefined }, true],
] as const) {
  test(`join: a change that catch-up finds is ${is ? 'known' : 'news'} where the delivery that waits ${what}`, () => {
    assert.equal(covers({ ...open, ...on }, change({ since: 0, ...reported })), is);
  });
}
