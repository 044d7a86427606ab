import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLanes, type Lanes } from '../../src/relay/deliver/lanes.ts';
import type { LaneBook } from '../../src/relay/store/lane-book.ts';

const [A, B, C] = ['acme/a', 'acme/b', 'acme/c'] as const;
const MINUTE = 60_000;

/** Lanes for three repositories, on a clock that is moved by hand; it begins when GitHub may be called. */
function three(ahead = 0): { lanes: Lanes; pass(ms: number): void; free(): string[] } {
  let time = 0;
  const lanes = createLanes({
    ...{ repositories: [A, B, C], interval: 1000 },
    ...{ steady: () => time, ahead: () => ahead, random: () => 0 },
  });
  time = 1000;
  return {
    lanes,
    pass: ms => {
      time += ms;
    },
    free: () => (lanes.leftForAll() > 0 ? [] : lanes.free().map(({ repository }) => repository)),
  };
}

test('lanes: a call is a second after the one before it', () => {
  const { lanes, pass, free } = three();
  assert.deepEqual(free(), [A, B, C]);
  lanes.called();
  assert.deepEqual(free(), []);
  pass(1000);
  assert.deepEqual(free(), [A, B, C]);
});

test('lanes: a relay that starts waits for what is left of the second since the last call, and no longer', () => {
  const { lanes, free } = three();
  lanes.restart({ earliest: 1400, lanes: {}, taken: {}, ahead: 0 });
  assert.equal(lanes.leftForAll(), 400);
  lanes.restart({ earliest: 0, lanes: {}, taken: {}, ahead: 0 });
  assert.deepEqual(free(), [A, B, C]);
});

test('lanes: trouble waits up to a minute, a refusal up to ten, each in its own lane', () => {
  const { lanes, pass, free } = three();
  const waits = { [A]: 0, [B]: 0 };
  for (let times = 0; times < 20; times += 1) {
    lanes.trouble(A, { id: 'one' }, 'a page');
    lanes.refused(B, 404, 'not found');
    assert.deepEqual(free(), [C]);
    for (const name of [A, B] as const) {
      let waited = 0;
      while (!free().includes(name) && waited < 700_000) {
        pass(500);
        waited += 500;
      }
      waits[name] = Math.max(waits[name], waited);
    }
  }
  assert.ok(waits[A] <= MINUTE, `${waits[A]} ms`);
  assert.ok(waits[B] > 9 * MINUTE && waits[B] <= 10 * MINUTE, `${waits[B]} ms`);
});

test('lanes: the first success frees those that waited for an answer, once', () => {
  const { lanes, free } = three();
  for (let times = 0; times < 6; times += 1) lanes.trouble(A, { id: 'one' }, 'no answer');
  lanes.refused(B, 403, 'no right');
  assert.deepEqual(free(), [C]);
  lanes.accepted(C, undefined);
  assert.deepEqual(free(), [A, C]);
  // It was not GitHub as a whole.
  lanes.trouble(A, { id: 'one' }, 'no answer');
  lanes.accepted(C, undefined);
  assert.deepEqual(free(), [C]);
});

test('lanes: a 403 from a second repository within a minute is taken for a limit, growing; later it is not', () => {
  const { lanes, pass } = three();
  lanes.refused(A, 403, 'no');
  assert.equal(lanes.leftForAll(), 0);
  lanes.refused(B, 403, 'no');
  assert.equal(lanes.leftForAll(), MINUTE);
  pass(MINUTE);
  lanes.refused(C, 403, 'no');
  assert.equal(lanes.leftForAll(), 2 * MINUTE);
  const later = three();
  later.lanes.refused(A, 403, 'no');
  later.pass(MINUTE + 1);
  later.lanes.refused(B, 403, 'no');
  later.lanes.refused(C, 404, 'no');
  assert.equal(later.lanes.leftForAll(), 0);
});

test('lanes: what GitHub asks for is waited for exactly; without a time a minute, growing', () => {
  const { lanes, pass } = three();
  for (let times = 0; times < 2; times += 1) {
    assert.equal(lanes.limited(5_000, 'slow down'), 5_000);
    pass(5_000);
  }
  lanes.accepted(A, undefined);
  assert.deepEqual([lanes.limited(undefined, ''), lanes.limited(undefined, '')], [MINUTE, 2 * MINUTE]);
  assert.equal(lanes.limited(99 * MINUTE, ''), 60 * MINUTE);
});

test('lanes: a delivery that fails while its lane takes others waits by itself', () => {
  const { lanes, pass, free } = three();
  for (let times = 0; times < 8; times += 1) assert.equal(lanes.trouble(A, { id: 'poison' }, ''), true);
  pass(MINUTE);
  assert.deepEqual(lanes.free()[0], { repository: A, except: ['poison'] });
  lanes.accepted(A, undefined);
  for (let times = 0; times < 3; times += 1)
    assert.equal(lanes.trouble(A, { id: 'poison', failed: 1000 }, ''), false);
  assert.equal(lanes.trouble(A, { id: 'first failed since', failed: 2 * MINUTE }, ''), true);
  lanes.accepted(A, undefined);
  assert.deepEqual(free(), [A, B, C]);
});

test('lanes: only what GitHub asked for is waited for over a restart', () => {
  const { lanes, free } = three();
  const row = { since: 900, until: 61_000, failures: 3, reason: '', heads: [], freed: false };
  const opened = (more: LaneBook['lanes'], ahead = 0) => {
    lanes.restart({ earliest: 0, taken: {}, lanes: { [A]: { ...row, kind: 'refused' }, ...more }, ahead });
    lanes.open({ ...lanes.book(), earliest: 0 });
  };
  opened({ [B]: { ...row, kind: 'trouble' } });
  assert.deepEqual(free(), [A, B, C]);
  opened({ '': { ...row, kind: 'limited' } });
  assert.deepEqual(free(), []);
  assert.equal(lanes.leftForAll(), MINUTE);
  // The machine's clock was set back by a day.
  opened({ '': { ...row, kind: 'limited', since: 86_400_000, until: 86_470_000 } });
  assert.equal(lanes.leftForAll(), 70_000);
  // It was set back by half a minute while the earlier relay ran, whose steady time went on.
  opened({ '': { ...row, kind: 'limited', since: 31_000, until: 91_000 } }, -30_000);
  assert.equal(lanes.leftForAll(), MINUTE);
  // This time forward by an hour, and an hour has passed.
  opened({ '': { ...row, kind: 'limited', since: -3_599_000, until: -3_539_000 } }, 60 * MINUTE);
  assert.equal(lanes.leftForAll(), MINUTE);
});

test('lanes: a clock that was set is noticed, and its drift is not', () => {
  const { lanes } = three(60 * MINUTE);
  const written = (ahead: number) => lanes.clockWasSet({ ...lanes.book(), ahead });
  assert.deepEqual([0, 3_599_000, 3_601_001].map(written), [true, false, true]);
});

test('lanes: two relays with one book keep one pace, and each knows what the other one met', () => {
  const [one, two] = [three(), three()];
  one.lanes.called();
  one.lanes.refused(A, 404, 'no such repository');
  two.lanes.open(one.lanes.book());
  assert.deepEqual(two.free(), []);
  two.pass(1000);
  assert.deepEqual(two.free(), [B, C]);
  two.lanes.refused(B, 403, 'no');
  one.pass(1000);
  one.lanes.open(two.lanes.book());
  one.lanes.refused(C, 403, 'no');
  assert.equal(one.lanes.leftForAll(), MINUTE);
});
