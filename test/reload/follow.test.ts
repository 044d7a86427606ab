import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RemoteError, StoppedError } from '../../src/base/errors.ts';
import type { Qrs } from '../../src/qrs/connection.ts';
import { listIn } from '../../src/qrs/shape.ts';
import { watchRuns } from '../../src/reload/follow.ts';
import type { RunEnd } from '../../src/reload/judge-run.ts';
import { plainSite } from '../plain-site.ts';
import { keepingLog } from '../sites-for-tests.ts';

/** Until when a run is followed, at which pace, and what ends the wait (docs/qrs.md 5.3). */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const [ONE, TWO] = ['11111111-2222-4333-8444-555555555555', '22222222-2222-4333-8444-555555555555'] as const;
const [SUCCESS, FAIL, STARTED] = [7, 8, 2] as const;
/** More turns than any of these tests takes: a loop without an end is a failure. */
const TURNS = 5_000;

const record = (executionID: string, status: number) => ({
  id: '31ee79a6-0949-4175-ba0e-1866a60e3336',
  status,
  executionID,
});
/** What a session shows of its run. */
const SHOWN = { status: STARTED, startTime: new Date(0).toISOString(), executingNodeName: 'sched-01' };
const ofOne = { name: 'Nightly', usual: 58 * MINUTE };

interface Poll {
  at: number;
  filter: string;
  signal: AbortSignal;
}

/**
 * A site whose runs are the given ones, on a clock that stands still but for the product's own pauses. Both answers
 * may throw.
 */
function site({
  sessions,
  records = () => [],
  tick = 0,
}: {
  /** Ids of the runs in progress. */
  sessions: (poll: Poll) => readonly string[] | Promise<readonly string[]>;
  records?: (poll: Poll) => readonly object[];
  /** What passes between two looks at the clock, ms. */
  tick?: number;
}) {
  let now = 0;
  const stop = new AbortController();
  const [polls, looks, pauses]: [Poll[], Poll[], number[]] = [[], [], []];
  let isAsleep = false;
  const due = new Map<number, () => void>();
  const waits = new Set<(time: string) => string>();
  const lines: string[] = [];
  const never = () => assert.fail('no such call is made');

  function under(signal: AbortSignal): Qrs {
    return {
      site: plainSite('prod'),
      signal,
      log: {
        ...keepingLog(),
        debug: line => lines.push(line),
        waiting: what => {
          waits.add(what);
          return () => waits.delete(what);
        },
      },
      clock: {
        now: () => {
          now += tick;
          return now;
        },
        sleep: async (ms, until) => {
          assert.ok(pauses.push(ms) < TURNS, 'it never ends');
          assert.equal(isAsleep, false, 'one loop serves all runs');
          isAsleep = true;
          // What is under way comes first.
          await new Promise(resolve => setImmediate(resolve));
          isAsleep = false;
          now += ms;
          for (const [at, work] of [...due].filter(([at]) => at <= now)) [due.delete(at), work()];
          if (until.aborted) throw new StoppedError('Stopped while it waited.');
        },
      },
      list: async (schema, { path, query }) => {
        const poll = { at: now, filter: String(query?.filter), signal };
        const isSessions = path === '/qrs/executionsession/full';
        (isSessions ? polls : looks).push(poll);
        const rows = isSessions
          ? (await sessions(poll)).map(id => ({ id, executionResult: SHOWN }))
          : records(poll);
        const listed = listIn(schema, Buffer.from(JSON.stringify(rows)));
        return 'data' in listed ? listed.data : assert.fail(listed.problem);
      },
      under,
      ahead: () => 0,
      json: never,
      send: never,
      download: never,
      close: never,
    };
  }

  const watcher = watchRuns(under(stop.signal));
  return {
    polls,
    looks,
    pauses,
    lines,
    stop: () => stop.abort(),
    now: () => now,
    /** Does something once the clock has come so far. */
    later: (at: number, work: () => void) => void due.set(at, work),
    shown: () => [...waits].map(words => words('a while')),
    follow: (session: string, deadline = HOUR) => watcher.follow(session, deadline, ofOne),
  };
}

const whyOf = (end: RunEnd) => ('why' in end ? end.why : assert.fail(`it ended as ${end.how}`));
const statusesOf = ({ records }: RunEnd) => records.map(({ status }) => status);
const refusal = (more: Partial<ConstructorParameters<typeof RemoteError>[0]> = {}) =>
  new RemoteError({
    site: 'prod',
    attempt: 'list the runs in progress',
    status: 403,
    answer: 'Forbidden by rule 7.5',
    mayBeDone: false,
    final: true,
    ...more,
  });
const away = (more = {}) => refusal({ status: 503, answer: 'starting', final: false, ...more });

test('follow: a run ends when its session is gone and its record is final', async () => {
  const it = site({
    sessions: ({ at }) => (at < 5_000 ? [ONE] : []),
    records: () => [record(ONE, SUCCESS)],
  });
  const end = await it.follow(ONE);
  assert.deepEqual([end.how, statusesOf(end), it.now()], ['final', ['FinishedSuccess'], 5_000]);
});

test('follow: a deadline may pass between two looks at the clock', async () => {
  for (let deadline = 2_000; deadline < 2_100; deadline += 1) {
    const it = site({ sessions: () => [ONE], tick: 7 });
    assert.equal((await it.follow(ONE, deadline)).how, 'timeout', `${deadline}`);
  }
});

test('follow: a final record ends nothing while the session continues, as with a retry', async () => {
  const it = site({
    sessions: ({ at }) => (at < 5_000 ? [ONE] : []),
    records: ({ at }) => (at < 5_000 ? [record(ONE, FAIL)] : [record(ONE, SUCCESS), record(ONE, FAIL)]),
  });
  assert.deepEqual(statusesOf(await it.follow(ONE)), ['FinishedSuccess', 'FinishedFail']);
  assert.equal(it.looks.length, 1, 'records are read once the session is gone');
});

test('follow: a session that comes back is not gone, and its minute begins anew', async () => {
  const it = site({ sessions: ({ at }) => (at < 5_000 || (at >= 30_000 && at < 40_000) ? [ONE] : []) });
  assert.equal(whyOf(await it.follow(ONE)), 'its session is gone, and QRS has no record of it');
  assert.equal(it.now(), 40_000 + MINUTE);
});

test('follow: a record that comes late is looked for each second, however long the run took', async () => {
  const gone = 10 * MINUTE;
  const it = site({
    sessions: ({ at }) => (at < gone ? [ONE] : []),
    records: ({ at }) => [record(ONE, at < gone + 30_000 ? STARTED : SUCCESS)],
  });
  await it.follow(ONE);
  const late = it.looks.map(({ at }) => at);
  assert.ok(late.length > 25, `${late.length} looks`);
  assert.ok(late.every((at, index) => index === 0 || at - (late[index - 1] ?? 0) === 1_000));
});

test('follow: polls come each second at first, then after a twelfth of the age, at most fifteen seconds', async () => {
  const it = site({ sessions: () => [ONE] });
  assert.deepEqual(await it.follow(ONE), { how: 'timeout', records: [] });
  assert.deepEqual(it.pauses.slice(0, 60), Array(60).fill(1_000));
  assert.deepEqual(it.pauses.slice(60, 63), [5_000, 5_417, 5_869]);
  const settled = it.polls.findIndex(({ at }) => at > 3 * MINUTE);
  assert.deepEqual(new Set(it.pauses.slice(settled + 1, -1)), new Set([15_000]));
  assert.equal(it.now(), HOUR, 'no pause passes the deadline');
});

test('follow: the youngest run decides the pace, and one request serves all of them', async () => {
  const it = site({ sessions: () => [ONE, TWO] });
  const second = new Promise<RunEnd>(resolve =>
    it.later(10 * MINUTE, () => void it.follow(TWO, 20 * MINUTE).then(resolve)),
  );
  const first = await it.follow(ONE, 30 * MINUTE);
  assert.deepEqual([first.how, (await second).how], ['timeout', 'timeout']);
  const both = it.polls.filter(({ filter }) => filter.includes(ONE) && filter.includes(TWO));
  const [began = 0, next = 0] = both.map(({ at }) => at);
  assert.equal(next - began, 1_000);
  assert.ok(both.every(({ at }) => at >= 10 * MINUTE && at < 20 * MINUTE));
  assert.equal(new Set(it.polls.map(({ at }) => at)).size, it.polls.length, 'one request at a time');
  assert.ok(!it.polls.at(-1)?.filter.includes(TWO), 'what has ended is not asked for');
});

test('follow: each run has its own end', async () => {
  const it = site({
    sessions: ({ at }) => (at < 5_000 ? [ONE, TWO] : [TWO]),
    records: () => [record(ONE, FAIL)],
  });
  const [one, two] = await Promise.all([it.follow(ONE), it.follow(TWO, 9_500)]);
  assert.deepEqual(statusesOf(one), ['FinishedFail']);
  assert.deepEqual(two, { how: 'timeout', records: [] });
  assert.equal(it.now(), 9_500);
});

test('follow: a wait that ends by its deadline has the records that came until then', async () => {
  const it = site({ sessions: () => [], records: () => [record(ONE, STARTED)] });
  const end = await it.follow(ONE, 10_000);
  assert.deepEqual([end.how, statusesOf(end)], ['timeout', ['Started']]);
});

test('follow: no poll begins at the deadline, and a deadline in the past asks nothing', async () => {
  const it = site({ sessions: () => [ONE] });
  assert.deepEqual((await it.follow(ONE, 2_000)).how, 'timeout');
  assert.deepEqual(
    it.polls.map(({ at }) => at),
    [1_000],
  );
  assert.deepEqual((await it.follow(ONE, 1_000)).how, 'timeout');
  assert.equal(it.polls.length, 1);
});

test('follow: a poll that gets no answer ends with the wait', async () => {
  const calm = site({ sessions: () => [ONE, TWO] });
  await calm.follow(ONE);
  const late =
    calm.polls.find(({ at }) => at > 4 * MINUTE)?.at ?? assert.fail('it was not asked for so long');
  const it = site({
    sessions: ({ at, signal }) =>
      at < late
        ? [ONE, TWO]
        : new Promise((_, reject) => {
            // An open socket keeps the process alive, too.
            const socket = setInterval(() => {}, 1_000);
            const end = () => [clearInterval(socket), reject(new StoppedError('Stopped.'))];
            signal.addEventListener('abort', end, { once: true });
          }),
  });
  void it.follow(TWO);
  assert.equal((await it.follow(ONE, late + 20)).how, 'timeout');
  assert.equal(it.now(), late + 20);
  it.stop();
});

test('follow: a deadline that is years away is no limit of a poll', async () => {
  const it = site({
    sessions: ({ at }) => (at < 5_000 ? [ONE] : []),
    records: () => [record(ONE, SUCCESS)],
  });
  assert.equal((await it.follow(ONE, Number.MAX_SAFE_INTEGER)).how, 'final');
});

test('follow: a cancellation ends all waits at once', async () => {
  const it = site({ sessions: () => [ONE], records: () => [record(TWO, STARTED)] });
  it.later(5_000, it.stop);
  const [one, two] = await Promise.all([it.follow(ONE), it.follow(TWO)]);
  assert.deepEqual([one.how, two.how, statusesOf(two)], ['cancelled', 'cancelled', ['Started']]);
  assert.equal(it.now(), 5_000);
});

test('follow: a poll that is stopped is no trouble, and no end', async () => {
  const it = site({
    sessions: ({ at }) => {
      if (at < 5 * MINUTE) throw new StoppedError('Stopped.');
      return [];
    },
    records: () => [record(ONE, SUCCESS)],
  });
  assert.equal((await it.follow(ONE)).how, 'final');
  assert.deepEqual(it.lines, []);
});

test('follow: a site that refuses for two minutes ends the wait for all its runs, and the run may still be running', async () => {
  const it = site({
    sessions: ({ at }) => {
      if (at >= 5_000) throw refusal();
      return [TWO];
    },
    records: () => [record(ONE, STARTED)],
  });
  const ends = await Promise.all([it.follow(ONE), it.follow(TWO)]);
  assert.deepEqual(
    ends.map(whyOf),
    Array(2).fill(
      'Site "prod" refused to list the runs in progress: 403 Forbidden by rule 7.5; it may still be running',
    ),
  );
  assert.deepEqual(
    ends.map(({ how }) => how),
    ['unknown', 'unknown'],
  );
  assert.deepEqual(ends.map(statusesOf), [['Started'], []]);
  assert.equal(it.now(), 5_000 + 2 * MINUTE);
  assert.equal(
    it.lines[0],
    'Site "prod" refused to list the runs in progress: 403 Forbidden by rule 7.5. Asking again.',
  );
});

for (const [what, sessions] of [
  ['does not answer', () => [ONE]],
  ['answers in between', () => [ONE]],
] as const) {
  test(`follow: a site that refuses now and then, and ${what}, gets time to come back`, async () => {
    const it = site({
      sessions: poll => {
        const second = poll.at / 1_000;
        if (poll.at > 10 * MINUTE) return [];
        if (Math.floor(second / 60) % 2 === 0) throw refusal();
        if (what === 'does not answer') throw away();
        return sessions();
      },
      records: () => [record(ONE, SUCCESS)],
    });
    assert.equal((await it.follow(ONE)).how, 'final');
  });
}

test('follow: a site that is away for an hour is asked until it is back', async () => {
  const it = site({
    sessions: ({ at }) => {
      if (at < HOUR) throw away();
      return [];
    },
    records: () => [record(ONE, SUCCESS)],
  });
  assert.equal((await it.follow(ONE, 2 * HOUR)).how, 'final');
  assert.ok(it.now() <= HOUR + 15_000);
});

test('follow: a site that asks for a pause gets it, once, but for the deadline', async () => {
  const it = site({
    sessions: ({ at }) => {
      if (at === 3_000 || at >= 40_000) throw away({ retryAfter: 30_000 });
      return [ONE];
    },
  });
  assert.equal((await it.follow(ONE, 50_000)).how, 'timeout');
  assert.deepEqual(it.pauses.slice(0, 6), [1_000, 1_000, 1_000, 30_000, 1_000, 1_000]);
  assert.deepEqual([it.pauses.at(-1), it.now()], [10_000, 50_000]);
});

test('follow: a fault of the program reaches every caller, and the next run is followed all the same', async () => {
  let isBroken = true;
  const it = site({
    sessions: () => {
      if (isBroken) throw new TypeError('a fault');
      return [];
    },
    records: () => [record(ONE, SUCCESS)],
  });
  const ends = await Promise.allSettled([it.follow(ONE), it.follow(TWO)]);
  assert.deepEqual(
    ends.map(end => end.status === 'rejected' && String(end.reason)),
    Array(2).fill('TypeError: a fault'),
  );
  isBroken = false;
  assert.equal((await it.follow(ONE)).how, 'final');
  assert.ok(
    it.polls.slice(1).every(({ filter }) => !filter.includes(TWO)),
    'the broken wait is over',
  );
});

test('follow: the records of more runs than one request can name come with the next ones', async () => {
  const ids = Array.from({ length: 200 }, (_, number) => `${String(number).padStart(8, '0')}${ONE.slice(8)}`);
  const it = site({
    sessions: () => [],
    records: ({ filter }) => ids.filter(id => filter.includes(id)).map(id => record(id, SUCCESS)),
  });
  const ends = await Promise.all(ids.map(id => it.follow(id)));
  assert.ok(ends.every(({ how }) => how === 'final'));
  assert.deepEqual(
    it.looks.map(({ filter }) => ids.filter(id => filter.includes(id)).length),
    [90, 90, 20],
  );
});

test('follow: a run is not called unknown before its records were asked for', async () => {
  const ids = Array.from({ length: 100 }, (_, number) => `${String(number).padStart(8, '0')}${ONE.slice(8)}`);
  const without = ids.slice(0, 90);
  const it = site({
    sessions: () => [],
    records: ({ filter }) =>
      ids.filter(id => filter.includes(id) && !without.includes(id)).map(id => record(id, SUCCESS)),
  });
  const ends = await Promise.all(ids.map(id => it.follow(id)));
  assert.deepEqual(
    ends.map(({ how }) => how),
    [...Array(90).fill('unknown'), ...Array(10).fill('final')],
  );
});

test('follow: the wait is shown until it ends: the run while it goes on, then the wait for its record', async () => {
  const it = site({
    sessions: ({ at }) => (at < 5_000 ? [ONE] : []),
    records: ({ at }) => (at < 8_000 ? [] : [record(ONE, SUCCESS)]),
  });
  const shown: string[][] = [];
  for (const at of [2_000, 7_000]) it.later(at, () => shown.push(it.shown()));
  await it.follow(ONE);
  assert.deepEqual(shown, [
    ['Nightly: started 2.0 s ago on sched-01, usually 58 min 0 s'],
    ['Nightly: ended; waiting for its record for a while'],
  ]);
  assert.deepEqual(it.shown(), []);
});
