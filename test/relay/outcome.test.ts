import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DispatchOutcome } from '../../src/github/dispatch.ts';
import { createLanes } from '../../src/relay/deliver/lanes.ts';
import { outcomes } from '../../src/relay/deliver/outcome.ts';
import { createMetrics } from '../../src/relay/metrics.ts';
import type { Delivery } from '../../src/relay/store/delivery.ts';
import { waitingDelivery } from './changes.ts';

/** What each answer of GitHub means for a delivery and for the others (docs/github.md 3, docs/relay.md). */

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000] as const;
const [HERE, THERE] = ['acme/events', 'acme/others'] as const;
/** The steady clock when GitHub answers; the machine's clock has another time. */
const [TICK, NOW] = [10 * MINUTE, 7_000_000] as const;
const words = 'GitHub said no to s3cret.';
const kept = 'GitHub said no to ***.';

function scene() {
  const said: string[] = [];
  const say = (kind: string) => (line: string) => void said.push(`${kind}: ${line}`);
  const metrics = createMetrics();
  const lanes = createLanes({
    repositories: [HERE, THERE],
    interval: 0,
    steady: () => TICK,
    ahead: () => 0,
    random: () => 0,
  });
  const judge = outcomes(
    {
      clock: { now: () => NOW, steady: () => TICK, sleep: () => assert.fail('nothing waits') },
      log: {
        debug: say('debug'),
        info: say('info'),
        warning: say('warning'),
        failure: say('failure'),
        group: (_, work) => work(),
      },
      metrics,
      redact: text => text.replaceAll('s3cret', '***'),
    },
    lanes,
  );
  return {
    lanes,
    said,
    /** The settlement; whatever is shown of it is shown. */
    judge: (outcome: DispatchOutcome, more: Partial<Delivery> = {}) => {
      const { settlement, tell } = judge(waitingDelivery(more), outcome);
      assert.deepEqual(said, [], 'nothing is shown before it is written');
      tell();
      return settlement;
    },
    /** Ms that each lane waits. */
    waits: () =>
      Object.fromEntries(Object.entries(lanes.book().lanes).map(([name, { until }]) => [name, until - TICK])),
    counted: async (name: 'dispatched' | 'failed' | 'dead' | 'budget') =>
      (await metrics[name].get()).values.map(({ labels, value }) => [...Object.values(labels), value]),
    /** Seconds. */
    delay: async () =>
      (await metrics.delay.get()).values.find(one => one.metricName?.endsWith('_sum'))?.value,
  };
}

const accepted = (more = {}) => ({ kind: 'accepted', budget: undefined, wait: undefined, ...more }) as const;
const refused = (fault: 'event' | 'repository' | 'credential', status: number) =>
  ({ kind: 'refused', fault, status, words }) as const;

test('outcome: an accepted dispatch is delivered, counted and shown', async () => {
  const it = scene();
  assert.deepEqual(it.judge(accepted({ budget: 4_900 }), { last: NOW - 2_500 }), { state: 'delivered' });
  assert.deepEqual(it.said, ['info: Dispatched apps of one to acme/events (id-1).']);
  assert.deepEqual(await it.counted('dispatched'), [['apps', 1]]);
  assert.deepEqual(await it.counted('budget'), [[4_900]]);
  assert.equal(await it.delay(), 2.5);
  assert.deepEqual(await it.counted('failed'), []);
});

test('outcome: a budget that GitHub does not say leaves the figure as it was, and a clock that was set back no negative delay', async () => {
  const it = scene();
  it.judge(accepted({ budget: 12 }));
  it.said.length = 0;
  it.judge(accepted(), { last: NOW + MINUTE });
  assert.deepEqual(await it.counted('budget'), [[12]]);
  assert.equal(await it.delay(), (NOW - 1) / 1000);
});

test('outcome: an accepted dispatch ends the wait of its lane; the last one of the hour stops all', () => {
  const it = scene();
  it.lanes.refused(HERE, 404, 'not found');
  it.lanes.refused(THERE, 404, 'not found');
  it.judge(accepted());
  assert.deepEqual(Object.keys(it.waits()), [THERE]);
  it.said.length = 0;
  it.judge(accepted({ wait: 20 * MINUTE }));
  assert.equal(it.waits()[''], 20 * MINUTE);
});

test('outcome: a limit stops everything for the time that GitHub asks for, and is no failure of the change', async () => {
  const it = scene();
  const settlement = it.judge({ kind: 'limited', status: 429, wait: 2 * MINUTE, budget: 0, words });
  assert.deepEqual(settlement, {
    state: 'pending',
    reason: kept,
    due: TICK,
    refused: false,
    maybeSent: false,
  });
  assert.deepEqual(it.waits(), { '': 2 * MINUTE });
  assert.deepEqual(await it.counted('failed'), [['limited', 1]]);
  assert.deepEqual(it.said, []);
});

for (const [outcome, wait] of [
  [{ kind: 'trouble', status: 503, wait: undefined, words }, SECOND],
  [{ kind: 'trouble', status: 503, wait: 30 * SECOND, words }, 30 * SECOND],
  [{ kind: 'unknown', words }, SECOND],
] as const) {
  const what = outcome.kind === 'unknown' ? 'no answer' : `a 503 with Retry-After ${outcome.wait}`;
  test(`outcome: after ${what} the change may be there; its lane alone waits`, async () => {
    const it = scene();
    assert.deepEqual(it.judge(outcome), {
      state: 'pending',
      reason: kept,
      due: TICK,
      refused: false,
      maybeSent: true,
      failed: TICK,
    });
    assert.deepEqual(it.waits(), { [HERE]: wait });
    assert.deepEqual(await it.counted('failed'), [[outcome.kind, 1]]);
    assert.deepEqual(it.said, []);
  });
}

for (const [attempts, seconds] of [
  [1, 2],
  [2, 4],
  [5, 32],
  [6, 60],
  [1_000, 60],
] as const) {
  test(`outcome: after ${attempts} failures while GitHub takes others of its lane, a change alone waits ${seconds} s`, async () => {
    const it = scene();
    it.lanes.accepted(HERE, undefined);
    const settlement = it.judge({ kind: 'unknown', words }, { failed: TICK - MINUTE, attempts });
    assert.deepEqual(settlement, {
      state: 'pending',
      reason: kept,
      due: TICK + seconds * SECOND,
      refused: false,
      maybeSent: true,
      failed: TICK,
    });
    assert.deepEqual(it.waits(), {});
    assert.deepEqual(await it.counted('failed'), [['unknown', 1]]);
    assert.match(
      it.said.join(),
      /^debug: GitHub said no to \*\*\*\. acme\/events takes others; .* again in (\d+|1 min)/,
    );
    assert.match(it.said.join(), /\(id-1\)\.$/);
  });
}

for (const [before, dead] of [
  [0, false],
  [1, false],
  [2, true],
  [3, true],
] as const) {
  test(`outcome: an event that GitHub refuses after ${before} refusals is ${dead ? 'given up' : 'tried again in an hour'}`, async () => {
    const it = scene();
    const settlement = it.judge(refused('event', 422), { refused: before });
    const again = { state: 'pending', reason: kept, due: TICK + HOUR, maybeSent: false, refused: true };
    assert.deepEqual(settlement, dead ? { state: 'dead', reason: kept, cause: 'event' } : again);
    assert.deepEqual(it.said, [
      dead
        ? `warning: apps of one is given up (id-1): ${kept}`
        : `warning: apps of one is tried again in an hour (id-1): ${kept}`,
    ]);
    assert.deepEqual(await it.counted('failed'), [['event', 1]]);
    assert.deepEqual(await it.counted('dead'), dead ? [['event', 1]] : []);
    assert.deepEqual(it.waits(), {}, 'no lane waits for one event');
  });
}

test('outcome: an event that is too large is given up at once', () => {
  assert.deepEqual(scene().judge(refused('event', 413)), { state: 'dead', reason: kept, cause: 'event' });
});

for (const [fault, status, lane] of [
  ['credential', 401, ''],
  ['repository', 404, HERE],
  ['repository', 403, HERE],
] as const) {
  test(`outcome: a ${status} is about the ${fault}: ${lane === '' ? 'every lane' : 'its lane'} waits, and the change is kept`, async () => {
    const it = scene();
    assert.deepEqual(it.judge(refused(fault, status)), {
      state: 'pending',
      reason: kept,
      due: TICK,
      refused: false,
      maybeSent: false,
    });
    assert.deepEqual(it.waits(), { [lane]: 30 * SECOND });
    assert.equal(it.lanes.book().lanes[lane]?.reason, kept);
    assert.deepEqual(await it.counted('failed'), [[fault, 1]]);
    assert.deepEqual(it.said, []);
  });
}

test('outcome: a 403 of a second repository in the same minute stops all', () => {
  const it = scene();
  it.judge(refused('repository', 403));
  it.judge(refused('repository', 403), { repository: THERE });
  assert.deepEqual(Object.keys(it.waits()).sort(), ['', HERE, THERE]);
});
