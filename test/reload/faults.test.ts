import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fault } from '../../simulator/wire/faults.ts';
import type { Report } from '../../src/base/report.ts';
import { type ReloadStage, resultsOf, stage } from './stage.ts';

/** A failure at every single request of a reload: never two runs, never a success that is none. */
const FAULTS: [string, Fault, number][] = [
  ['hangs up before the work, once', { hangUp: 'before' }, 1],
  ['hangs up after the work, once', { hangUp: 'after' }, 1],
  ['answers 503, once', { status: 503 }, 1],
  ['answers 429, once', { status: 429, headers: { 'Retry-After': '1' } }, 1],
  ['answers 500 though it did the work, once', { refuse: 500, doneFirst: true }, 1],
  ['hangs up before the work, ten times', { hangUp: 'before' }, 10],
  ['hangs up after the work, always', { hangUp: 'after' }, Number.POSITIVE_INFINITY],
  ['answers 403, always', { status: 403 }, Number.POSITIVE_INFINITY],
];

const SCENARIOS = [
  {
    // A run that cannot be seen is waited for until its timeout.
    request: 'task: Nightly\nlog: always\ntimeout: 2m',
    tasks: [{ name: 'Nightly', app: 'Sales', last: { ago: '1h' }, runs: [{ takes: '5s' }] }],
  },
  { request: 'app: Sales\ntimeout: 2m', tasks: [] },
  {
    request: 'task: Nightly\ntimeout: 10s',
    tasks: [{ name: 'Nightly', app: 'Sales', runs: [{ never: true }] }],
  },
];

function told(on: ReloadStage, report: Report | undefined, sessions: readonly { status: string }[]): void {
  const [result] = report ? resultsOf(report) : [];
  assert.ok(sessions.length <= 1, 'never two runs');
  if (report?.outcome === 'reloaded') assert.equal(sessions[0]?.status, 'FinishedSuccess');
  if (!report || result?.verdict === 'not started') assert.equal(sessions.length, 0, result?.why);
  if (result?.status === 'Aborted') assert.equal(on.prod.site.sessions.size, 0, 'it was stopped');
}

for (const { request, tasks } of SCENARIOS) {
  test(`reload: a failure at any request of "${request.replaceAll('\n', ', ')}"`, async context => {
    const clean = await stage({ tasks });
    const expected = request.includes('timeout: 10s') ? 'failed' : 'reloaded';
    assert.equal((await clean.run(request)).outcome, expected);
    const count = clean.prod.counters.requests.length;
    const before = clean.prod.site.results.size - 1;
    await clean.stop();
    const cases = Array.from({ length: count }, (_, index) => FAULTS.map(fault => ({ index, fault }))).flat();
    for (const {
      index,
      fault: [name, fault, times],
    } of cases) {
      await context.test(`request ${index + 1} ${name}`, async () => {
        const on = await stage({ tasks });
        try {
          on.prod.faults.add({ after: index, times, fault });
          const report = await on.run(request).catch((error: Error) => {
            assert.equal(error.name, 'RemoteError');
            return undefined;
          });
          told(on, report, [...on.prod.site.results.values()].slice(before));
          if (times === 1) assert.equal(report?.outcome, expected, report?.failures.join('\n'));
        } finally {
          await on.stop();
        }
      });
    }
  });
}
