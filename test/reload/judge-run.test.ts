import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Result, Status } from '../../src/qrs/execution-results.ts';
import { judgeRun } from '../../src/reload/judge-run.ts';

/** When a run whose session is gone has ended, by its records (docs/qrs.md 5.3). */

const RUN = '11111111-2222-4333-8444-555555555555';
const OTHER = '22222222-2222-4333-8444-555555555555';
/** So long a record may come after the session's end. Ms. */
const MINUTE = 60_000;

const record = (status: Status, session = RUN): Result => ({
  id: '31ee79a6-0949-4175-ba0e-1866a60e3336',
  status,
  startTime: '',
  stopTime: '',
  duration: 0,
  fileReferenceID: undefined,
  scriptLogAvailable: false,
  details: [],
  taskID: undefined,
  executionID: session,
});
const seen = (gone: number | undefined = 1_000, odd = 0) => ({
  session: RUN,
  gone,
  records: [] as readonly Result[],
  odd,
});

for (const status of ['Aborted', 'FinishedSuccess', 'FinishedFail', 'Skipped', 'Error', 'Reset'] as const) {
  test(`a run ends at once with a record that is ${status}`, () => {
    const records = [record(status), record('FinishedFail')];
    assert.deepEqual(judgeRun(seen(), records, [], 1_000), { how: 'final', records });
  });
}

for (const status of ['NeverStarted', 'Triggered', 'Started', 'Queued', 'Retry', 'AbortInitiated'] as const) {
  test(`a record that is ${status} may still become another one, for a minute`, () => {
    const records = [record(status)];
    assert.equal(judgeRun(seen(), records, [], 1_000 + MINUTE - 1), undefined);
    const end = judgeRun(seen(), records, [], 1_000 + MINUTE);
    const why = `its session is gone, and the last that QRS showed of it is ${status}`;
    assert.deepEqual(
      end,
      status === 'NeverStarted' ? { how: 'final', records } : { how: 'unknown', records, why },
    );
  });
}

test('the newest record decides, and an earlier failure does not', () => {
  const records = [record('Started'), record('FinishedFail')];
  assert.equal(judgeRun(seen(), records, [], 2_000), undefined);
});

test('a run of which there is no record is unknown after a minute; another run has no part in it', () => {
  const run = seen();
  assert.equal(judgeRun(run, [record('FinishedSuccess', OTHER)], [], 1_000 + MINUTE - 1), undefined);
  assert.deepEqual(run.records, []);
  assert.deepEqual(judgeRun(seen(), [], [], 1_000 + MINUTE), {
    how: 'unknown',
    records: [],
    why: 'its session is gone, and QRS has no record of it',
  });
});

test('a record that cannot be used is looked at three times, and the count begins anew after a good one', () => {
  const odd = [{ id: 'x-1', session: RUN, name: undefined, problem: 'status: a text' }];
  const run = seen();
  assert.equal(judgeRun(run, [], odd, 2_000), undefined);
  assert.equal(judgeRun(run, [], odd, 3_000), undefined);
  assert.equal(judgeRun(run, [record('Started')], [], 4_000), undefined);
  assert.equal(run.odd, 0);
  for (const now of [5_000, 6_000]) assert.equal(judgeRun(run, [], odd, now), undefined);
  assert.deepEqual(judgeRun(run, [], odd, 7_000), {
    how: 'unknown',
    records: [],
    why: 'its session is gone, and its record x-1 cannot be used: status: a text',
  });
});

test('a record that cannot be used is that of the run where it names no other', () => {
  const of = (session: string | undefined, id: string | undefined = undefined) =>
    judgeRun(seen(1_000, 2), [], [{ id, session, name: undefined, problem: 'it is too long' }], 2_000);
  assert.equal(of(OTHER), undefined);
  const end = of(undefined);
  assert.equal(
    end && 'why' in end && end.why,
    'its session is gone, and its record cannot be used: it is too long',
  );
});

test('without a time of its end a run counts as gone long ago', () => {
  assert.equal(judgeRun({ ...seen(), gone: undefined }, [], [], MINUTE)?.how, 'unknown');
});
