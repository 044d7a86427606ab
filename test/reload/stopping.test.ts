import assert from 'node:assert/strict';
import { endless, NIGHTLY, on, stops } from './scene.ts';
import { resultsOf } from './stage.ts';

on(
  'a restart of the repository service is waited out',
  { tasks: [{ ...NIGHTLY, runs: [{ takes: '10m' }] }] },
  async set => {
    set.time.later(120_000, () => void set.prod.restart());
    const report = await set.run('task: Nightly');
    assert.equal(report.outcome, 'reloaded', report.failures.join());
  },
);

on(
  'an end that is never recorded is unknown, and fails',
  { tasks: [{ ...NIGHTLY, runs: [{ takes: '5s' }] }], switches: { resultLate: 3_600_000 } },
  async set => {
    const report = await set.run('task: Nightly');
    const [result] = resultsOf(report);
    assert.deepEqual([report.outcome, result?.verdict], ['failed', 'unknown']);
    assert.match(
      report.failures.join(),
      /How task "Nightly" ended could not be learnt: its session is gone, and QRS has no record/,
    );
  },
);

on(
  'a site that refuses to be asked is not asked for ever',
  { tasks: [{ ...NIGHTLY, runs: [{ never: true }] }] },
  async set => {
    set.prod.faults.add({
      method: 'GET',
      path: /executionsession/i,
      after: 2,
      times: Number.POSITIVE_INFINITY,
      fault: { status: 401 },
    });
    const report = await set.run('task: Nightly');
    assert.equal(resultsOf(report)[0]?.verdict, 'unknown');
    assert.match(report.failures.join(), /401/);
  },
);

// Giving up

on('a timeout stops the run, and waits for QRS to say so', endless, async set => {
  const report = await set.run('task: Nightly\ntimeout: 90s');
  const [result] = resultsOf(report);
  assert.deepEqual([report.outcome, result?.status], ['failed', 'Aborted']);
  assert.match(report.failures.join(), /did not end within 1 min 30 s; it was stopped and ended as Aborted/);
  assert.equal(set.prod.site.sessions.size, 0);
});

on('a timeout leaves the run, if so wished', endless, async set => {
  const report = await set.run('task: Nightly\ntimeout: 90s\non-timeout: leave');
  assert.match(report.failures.join(), /did not end within 1 min 30 s; it goes on \(session [0-9a-f-]{36}\)/);
  assert.deepEqual([stops(set), set.prod.site.sessions.size], [0, 1]);
});

on(
  'a stop that does not come about is unknown',
  { ...endless, switches: { stopTakes: 3_600_000 } },
  async set => {
    const report = await set.run('task: Nightly\ntimeout: 90s');
    assert.equal(resultsOf(report)[0]?.verdict, 'unknown');
    assert.match(report.failures.join(), /asked to stop, but QRS did not say in time that it has/);
  },
);

for (const policy of ['stop', 'leave'] as const) {
  on(`a cancelled job: ${policy}`, endless, async set => {
    const cancelled = new AbortController();
    set.time.later(30_000, () => cancelled.abort());
    const report = await set.run(`task: Nightly\non-cancel: ${policy}`, { signal: cancelled.signal });
    assert.equal(report.outcome, 'failed');
    assert.equal(set.prod.site.sessions.size, policy === 'stop' ? 0 : 1);
    assert.match(
      report.failures.join(),
      policy === 'stop' ? /was stopped and ended as Aborted/ : /it goes on/,
    );
  });
}

on('what others started is never stopped', endless, async set => {
  set.prod.runTask(set.task('Nightly'));
  const report = await set.run('task: Nightly\ntimeout: 90s');
  assert.match(report.failures.join(), /it goes on, as others started it/);
  assert.deepEqual([stops(set), set.prod.site.sessions.size], [0, 1]);
});

for (const [what, fault] of [
  ['hangs up before', { hangUp: 'before' }],
  ['hangs up after', { hangUp: 'after' }],
  ['answers 503', { status: 503 }],
] as const) {
  on(`a stop at which the site ${what} is made good`, endless, async set => {
    set.prod.faults.add({ path: /stop/, fault });
    const report = await set.run('task: Nightly\ntimeout: 90s');
    assert.match(report.failures.join(), /was stopped and ended as Aborted/);
    assert.equal(set.prod.site.sessions.size, 0);
  });
}

on('"it goes on" is said of a run only that was just seen', endless, async set => {
  set.prod.faults.add({
    method: 'GET',
    path: /executionsession/i,
    after: 3,
    times: Number.POSITIVE_INFINITY,
    fault: { hangUp: 'before' },
  });
  const report = await set.run('task: Nightly\ntimeout: 90s\non-timeout: leave');
  assert.equal(resultsOf(report)[0]?.verdict, 'unknown');
  assert.match(report.failures.join(), /what became of it is not known/);
});

on(
  'a run that ended by itself just at the timeout is told as it ended',
  { tasks: [{ ...NIGHTLY, runs: [{ takes: 89_700 }] }] },
  async set => {
    const report = await set.run('task: Nightly\ntimeout: 90s');
    assert.equal(report.outcome, 'reloaded', report.failures.join());
  },
);

on('a site that asks for patience does not make a timeout late', endless, async set => {
  set.prod.faults.add({
    method: 'GET',
    path: /executionsession/i,
    after: 2,
    times: 3,
    fault: { status: 503, headers: { 'Retry-After': '60' } },
  });
  const began = set.time.now();
  await set.run('task: Nightly\ntimeout: 30s');
  assert.ok(set.time.now() - began < 35_000, `${set.time.now() - began} ms`);
});

on(
  'a site that says no while it starts is waited out',
  { tasks: [{ ...NIGHTLY, runs: [{ takes: '10m' }] }] },
  async set => {
    set.prod.faults.add({
      method: 'GET',
      path: /executionsession/i,
      after: 3,
      times: 60,
      fault: { status: 404 },
    });
    const report = await set.run('task: Nightly');
    assert.equal(report.outcome, 'reloaded', report.failures.join());
  },
);
