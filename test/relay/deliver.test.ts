import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import type { Dispatch, DispatchOutcome } from '../../src/github/dispatch.ts';
import type { Subscription } from '../../src/relay/config/settings.ts';
import { type Delivering, deliver } from '../../src/relay/deliver/deliver.ts';
import { createMetrics } from '../../src/relay/metrics.ts';
import { StoreError } from '../../src/relay/store/sql.ts';
import { openStore, type Store } from '../../src/relay/store/store.ts';
import { plainSite } from '../plain-site.ts';
import { keepingLog } from '../sites-for-tests.ts';
import { createBell } from './bell.ts';
import { change, moment } from './changes.ts';
import { storePlace } from './store-place.ts';
import { createTime } from './time.ts';

/** In which order, how fast and how often GitHub is called, on a real store (docs/relay.md). */

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000] as const;
/** Longer than a loop pauses that has nothing to do. */
const SOON = 5 * SECOND;

const subscription = (name: string, repository: string): Subscription => ({
  name,
  site: plainSite('dev'),
  entity: 'App',
  changes: ['update'],
  when: { properties: {}, tags: { has: [], lacks: [] } },
  ignoreUsers: [],
  send: { repository, event: 'qlik-app-updated' },
  quiet: 0,
  maxWait: 0,
});
const SUBSCRIPTIONS = [subscription('apps', 'Acme/Events'), subscription('others', 'acme/others')];
const OTHERS = { subscription: 'others', repository: 'acme/others' };

interface Call extends Dispatch {
  at: number;
  signal: AbortSignal;
}
type Answer = (call: Call) => DispatchOutcome | Promise<DispatchOutcome>;

const accepted: DispatchOutcome = { kind: 'accepted', budget: undefined, wait: undefined };
const yes: Answer = () => accepted;
const refused = (status = 404): DispatchOutcome => ({
  kind: 'refused',
  fault: 'repository',
  status,
  words: 'GitHub refused.',
});
const unknown: DispatchOutcome = { kind: 'unknown', words: 'No answer.' };

const endings: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** A store, and GitHub as the test has it answer; no relay yet. */
async function scene() {
  const folder = mkdtempSync(join(tmpdir(), 'qrs-relay-deliver-'));
  endings.push(() => rmSync(folder, { recursive: true }));
  const store = await openStore(await storePlace(join(folder, 'relay.db')));
  endings.push(store.close);
  const time = createTime();
  const calls: Call[] = [];
  const log = keepingLog();
  const metrics = createMetrics();
  const it = {
    store,
    time,
    calls,
    metrics,
    lines: log.lines,
    answer: yes,
    /** Entities that GitHub was called for, in order. */
    sent: () => calls.map(({ payload }) => payload.object),
    /** Puts a change into the store that waits to be sent, with this payload. */
    put: async (object: string, more = {}, payload: string = JSON.stringify({ object })) => {
      await store.accept([change({ object, quiet: 0, maxWait: 0, ...more })], moment(time.now()), 100);
      const [delivery] = await store.toRead(time.now(), { site: 'dev' }, 1);
      assert.ok(delivery);
      const memory = { modified: time.now(), mark: '', sent: true, name: object, met: true };
      await store.conclude([{ kind: 'wanted', delivery, payload, memory }], moment(time.now()));
      return delivery.id;
    },
    row: async (id: string) => (await store.list({ ids: [id], limit: 1 }))[0] ?? assert.fail('no row'),
    /** A relay on the store; returns what stops it. */
    start: (given: Partial<Delivering> = {}, own: Partial<Store> = {}) => {
      const stop = new AbortController();
      const loop = deliver(
        {
          store: { ...store, ...own },
          clock: time.clock,
          log,
          metrics,
          redact: text => text,
          share: 100,
          signal: stop.signal,
        },
        {
          subscriptions: SUBSCRIPTIONS,
          interval: SECOND,
          agrees: () => true,
          random: () => 0,
          send: async (dispatch, signal) => {
            const call = { ...dispatch, at: time.now(), signal };
            calls.push(call);
            return it.answer(call);
          },
          ...given,
        },
      );
      time.loops += 1;
      const end = async () => {
        if (stop.signal.aborted) return;
        stop.abort();
        time.loops -= 1;
        await loop.done;
      };
      endings.push(end);
      return { end, stop, loop };
    },
  };
  return it;
}

type Scene = Awaited<ReturnType<typeof scene>>;
const labelled = async (of: { get(): Promise<{ values: { labels: object; value: number }[] }> }) =>
  (await of.get()).values.map(({ labels, value }) => [...Object.values(labels), value]);
const gapsOf = ({ calls }: Scene) => calls.map(({ at }, index) => at - (calls[index - 1]?.at ?? at)).slice(1);

test('deliver: the oldest is sent first, a second apart, to the repository and event of its subscription', async () => {
  const it = await scene();
  const began = it.time.now();
  const ids = [await it.put('one'), await it.put('two', OTHERS), await it.put('three')];
  it.start();
  await it.time.pass(10 * SECOND);
  assert.deepEqual(it.sent(), ['one', 'two', 'three']);
  assert.deepEqual(
    it.calls.map(({ repository, event }) => [repository, event]),
    [
      ['Acme/Events', 'qlik-app-updated'],
      ['acme/others', 'qlik-app-updated'],
      ['Acme/Events', 'qlik-app-updated'],
    ],
  );
  assert.deepEqual(
    it.calls.map(({ at }) => at - began),
    [0, SECOND, 2 * SECOND],
  );
  for (const id of ids) assert.equal((await it.row(id)).state, 'delivered');
});

test('deliver: a relay that starts keeps the second since the last call of the one before', async () => {
  const it = await scene();
  await it.put('one');
  await it.put('two');
  const first = it.start();
  await it.time.settled();
  await first.end();
  it.start();
  await it.time.pass(10 * SECOND);
  assert.deepEqual(gapsOf(it), [SECOND]);
});

test('deliver: two relays on one store share the pace, and send nothing twice', async () => {
  const it = await scene();
  for (let number = 0; number < 6; number += 1) await it.put(`app ${number}`);
  it.start();
  it.start();
  await it.time.pass(20 * SECOND);
  assert.equal(new Set(it.sent()).size, 6);
  assert.ok(
    gapsOf(it).every(gap => gap >= SECOND),
    gapsOf(it).join(),
  );
  assert.equal(it.calls.length, 6);
});

test('deliver: an outcome leaves what another relay has learned of other lanes meanwhile', async () => {
  const it = await scene();
  await it.put('one');
  await it.put('two', OTHERS);
  const [called, answered] = [createBell(), Promise.withResolvers<DispatchOutcome>()];
  it.answer = ({ repository }) => {
    if (repository === 'acme/others') return refused();
    called.ring();
    return answered.promise;
  };
  it.start();
  await called.rung(MINUTE, () => 'GitHub was not called');
  // The first relay waits for GitHub's answer, and does not sleep.
  it.time.loops = 0;
  it.start();
  await it.time.pass(2 * SECOND);
  assert.deepEqual(it.sent(), ['one', 'two']);
  answered.resolve(accepted);
  it.time.loops = 2;
  await it.time.pass(20 * SECOND);
  assert.deepEqual(it.sent(), ['one', 'two'], 'the other lane waits for thirty seconds');
});

test('deliver: a change that another process puts into the store is found in five seconds', async () => {
  const it = await scene();
  it.start();
  await it.time.pass(MINUTE);
  await it.put('one');
  await it.time.pass(SOON);
  assert.deepEqual(it.sent(), ['one']);
});

test('deliver: a change for which the bell rings is sent at once, as an idle turn costs no second', async () => {
  const it = await scene();
  const { loop } = it.start();
  await it.time.pass(MINUTE);
  await it.put('one');
  loop.ring();
  await it.time.settled();
  assert.deepEqual(it.sent(), ['one']);
});

test('deliver: a relay whose configuration differs from that of the others sends nothing until it agrees', async () => {
  const it = await scene();
  await it.put('one');
  let agrees = false;
  it.start({ agrees: () => agrees });
  await it.time.pass(MINUTE);
  assert.deepEqual(it.sent(), []);
  agrees = true;
  await it.time.pass(SOON);
  assert.deepEqual(it.sent(), ['one']);
});

test('deliver: a change whose subscription left the configuration is given up without a call', async () => {
  const it = await scene();
  const id = await it.put('one', { subscription: 'gone' });
  it.start();
  await it.time.pass(SECOND);
  const { state, cause, reason } = await it.row(id);
  assert.deepEqual(
    [state, cause, reason],
    ['dead', 'configuration', 'its subscription is not in the configuration any more'],
  );
  assert.deepEqual(it.calls, []);
});

for (const payload of ['no JSON', '[]', '"text"', 'null']) {
  test(`deliver: a change whose payload is ${payload} is given up without a call, and holds up no other`, async () => {
    const it = await scene();
    const id = await it.put('one', {}, payload);
    await it.put('two');
    it.start();
    await it.time.pass(5 * SECOND);
    const { state, cause, reason } = await it.row(id);
    assert.deepEqual([state, cause, reason], ['dead', 'store', 'its payload in the store is damaged']);
    assert.deepEqual(it.sent(), ['two']);
    assert.deepEqual(await labelled(it.metrics.dead), [['store', 1]]);
  });
}

test('deliver: a call that throws counts as one without an answer, and is repeated and counted as a repeat', async () => {
  const it = await scene();
  const id = await it.put('one');
  it.answer = () => Promise.reject(new Error('The connection broke.'));
  it.start();
  await it.time.settled();
  const { state, reason, maybeSent } = await it.row(id);
  assert.deepEqual([state, reason, maybeSent], ['pending', 'The connection broke.', true]);
  assert.deepEqual(await labelled(it.metrics.repeated), [[0]]);
  assert.deepEqual(await labelled(it.metrics.failed), [['unknown', 1]]);
  it.answer = yes;
  await it.time.pass(MINUTE);
  assert.deepEqual(it.sent(), ['one', 'one']);
  assert.deepEqual(await labelled(it.metrics.repeated), [[1]]);
  assert.equal((await it.row(id)).state, 'delivered');
});

test('deliver: a call under way when the relay stops may end, and its outcome is kept', async () => {
  const it = await scene();
  const id = await it.put('one');
  const [called, answered] = [createBell(), Promise.withResolvers<DispatchOutcome>()];
  it.answer = () => {
    called.ring();
    return answered.promise;
  };
  const { stop, loop } = it.start();
  await called.rung(MINUTE, () => 'GitHub was not called');
  it.time.loops = 0;
  stop.abort();
  assert.equal(it.calls[0]?.signal.aborted, false);
  answered.resolve(accepted);
  await loop.done;
  assert.equal((await it.row(id)).state, 'delivered');
});

test('deliver: an outcome that cannot be written is tried each second until it is, with one warning', async () => {
  const it = await scene();
  const id = await it.put('one');
  await it.put('two');
  let fails = 0;
  const turn: Store['turn'] = async work => {
    if (it.calls.length === 1 && fails < 3) {
      fails += 1;
      throw new StoreError('The disk is full.');
    }
    return it.store.turn(work);
  };
  it.start({}, { turn });
  await it.time.pass(2_999);
  assert.equal((await it.row(id)).state, 'leased');
  await it.time.pass(1);
  assert.equal((await it.row(id)).state, 'delivered');
  assert.deepEqual(
    it.lines.filter(line => line.startsWith('Warning')),
    [`Warning: The outcome of dispatch ${id} cannot be written: The disk is full.`],
  );
  await it.time.pass(SECOND);
  assert.deepEqual(it.sent(), ['one', 'two'], 'nothing else is sent before');
});

test('deliver: a lane that waits and one that takes dispatches again are logged once each, with the reason', async () => {
  const it = await scene();
  await it.put('one');
  it.answer = () => refused();
  it.start();
  await it.time.pass(HOUR);
  assert.deepEqual(it.lines, ['Warning: GitHub refused. Changes for acme/events wait; tried again in 30 s.']);
  it.answer = yes;
  await it.time.pass(HOUR);
  assert.equal(it.lines[1], 'acme/events takes dispatches again.');
  assert.match(it.lines[2] ?? '', /^Dispatched apps of one/);
});

test('deliver: a limit makes every change wait, and is logged as that', async () => {
  const it = await scene();
  await it.put('one');
  await it.put('two', OTHERS);
  it.answer = () => ({ kind: 'limited', status: 429, wait: 2 * MINUTE, budget: 0, words: 'Too fast.' });
  it.start();
  await it.time.pass(SECOND);
  assert.deepEqual(it.lines, ['Warning: Too fast. Every change waits; tried again in 2 min 0 s.']);
  assert.deepEqual(await labelled(it.metrics.paused), [[1]]);
  it.answer = yes;
  await it.time.pass(2 * MINUTE - SECOND - 1);
  assert.equal(it.calls.length, 1);
  await it.time.pass(SOON);
  assert.deepEqual(it.sent(), ['one', 'one', 'two']);
  assert.equal(it.lines[1], 'GitHub takes calls again.');
  await it.time.pass(SOON);
  assert.deepEqual(await labelled(it.metrics.paused), [[0]]);
});

test('deliver: a lane that waits for another reason than before is logged again', async () => {
  const it = await scene();
  await it.put('one');
  it.answer = () => refused();
  it.start();
  await it.time.settled();
  it.answer = () => unknown;
  await it.time.pass(31 * SECOND);
  assert.deepEqual(it.lines, [
    'Warning: GitHub refused. Changes for acme/events wait; tried again in 30 s.',
    'Warning: No answer. Changes for acme/events wait; tried again in 1.0 s.',
  ]);
});

test('deliver: a repository that waits holds up no other, and the metrics show it', async () => {
  const it = await scene();
  await it.put('one');
  await it.put('two', OTHERS);
  it.answer = ({ repository }) => (repository === 'acme/others' ? accepted : refused());
  it.start();
  await it.time.pass(10 * SECOND);
  assert.deepEqual(it.sent(), ['one', 'two']);
  assert.deepEqual(await labelled(it.metrics.laneWaits), [
    ['acme/events', 1],
    ['acme/others', 0],
  ]);
  await it.time.pass(20 * SECOND);
  assert.deepEqual(it.sent(), ['one', 'two', 'one'], 'on time, though the loop may pause for five seconds');
});

test('deliver: a relay that starts again ends the wait of a lane, but not of a limit', async () => {
  for (const [outcome, calls] of [
    [refused(), 2],
    [{ kind: 'limited', status: 429, wait: HOUR, budget: 0, words: 'Too fast.' }, 1],
  ] as const) {
    const it = await scene();
    await it.put('one');
    it.answer = () => outcome;
    const first = it.start();
    await it.time.pass(2 * SECOND);
    await first.end();
    it.start();
    await it.time.pass(2 * SECOND);
    assert.equal(it.calls.length, calls);
    // It does so once, and not at each turn.
    await it.time.pass(20 * SECOND);
    assert.equal(it.calls.length, calls);
  }
});

test('deliver: after eight failures of the oldest change, the next one shows that the lane works', async () => {
  const it = await scene();
  await it.put('one');
  await it.put('two');
  it.answer = ({ payload }) => (payload.object === 'one' ? unknown : accepted);
  it.start();
  await it.time.pass(10 * MINUTE);
  assert.deepEqual(it.sent().slice(0, 9), [...Array(8).fill('one'), 'two']);
});

test('deliver: where no other change waits in its lane, the one that failed is tried on', async () => {
  const it = await scene();
  await it.put('one');
  it.answer = () => (it.calls.length < 12 ? unknown : accepted);
  it.start();
  await it.time.pass(10 * MINUTE);
  assert.equal(it.calls.length, 12);
});
