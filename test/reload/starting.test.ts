import assert from 'node:assert/strict';
import { endless, NIGHTLY, on, sessionsEver, starts, stops } from './scene.ts';
import { resultsOf } from './stage.ts';

const long = { tasks: [{ ...NIGHTLY, runs: [{ takes: '1h' }] }] };

// Somebody else's runs

on("somebody else's run is joined, and not taken for ours", long, async set => {
  const theirs = set.prod.runTask(set.task('Nightly'));
  const report = await set.run('task: Nightly');
  const [result] = resultsOf(report);
  assert.equal(report.outcome, 'reloaded');
  assert.equal(result?.session, theirs);
  assert.match(result?.notes.join() ?? '', /running already; that run was followed/);
  assert.equal(starts(set), 0);
});

on("somebody else's run is a refusal, if so wished", long, async set => {
  const theirs = set.prod.runTask(set.task('Nightly'));
  const report = await set.run('task: Nightly\nwhen-running: fail');
  assert.equal(report.outcome, 'failed');
  assert.match(report.failures.join(), new RegExp(`running already \\(session ${theirs}\\)`));
  assert.equal(starts(set), 0);
});

on("somebody else's run is waited for, and then ours is made", long, async set => {
  const theirs = set.prod.runTask(set.task('Nightly'));
  const report = await set.run('task: Nightly\nwhen-running: wait');
  const [result] = resultsOf(report);
  assert.equal(report.outcome, 'reloaded');
  assert.notEqual(result?.session, theirs);
  assert.equal(sessionsEver(set).size, 2);
});

const theirsFails = {
  tasks: [
    {
      ...NIGHTLY,
      runs: [
        { takes: '20s', ends: 'FinishedFail' as const },
        { takes: '30s' },
        { takes: '5s', ends: 'Error' as const },
      ],
    },
  ],
};

on('runs of somebody else before and beside ours do not count', theirsFails, async set => {
  set.prod.runTask(set.task('Nightly'));
  // While ours runs, from the 20th second to the 50th, a schedule starts another run of the task, which fails.
  set.time.later(30_000, () => set.prod.runTask(set.task('Nightly')));
  const report = await set.run('task: Nightly\nwhen-running: wait');
  assert.equal(report.outcome, 'reloaded', report.failures.join());
  assert.equal(sessionsEver(set).size, 3);
});

on(
  'a run by schedule long after the survey is not taken for one whose start was lost',
  {
    tasks: [
      { name: 'A', app: 'Sales', runs: [{ takes: '1h' }] },
      { ...NIGHTLY, last: { ago: '5h' }, runs: [{ takes: '1m' }] },
    ],
  },
  async set => {
    set.time.later(600_000, () => set.prod.runTask(set.task('Nightly')));
    set.prod.faults.add({ method: 'POST', path: /start/, after: 1, fault: { hangUp: 'before' } });
    const report = await set.run('tasks: [A, Nightly]\norder: sequence');
    assert.equal(report.outcome, 'reloaded', report.failures.join());
    assert.equal(sessionsEver(set).size, 4, 'one before, A, the one by schedule, and ours');
  },
);

for (const user of ['INTERNAL\\sa_scheduler', 'COMPANY\\sa_api_anna']) {
  on(`a run of ${user} that begins when our start is lost is not ours to stop`, endless, async set => {
    set.prod.faults.add({
      method: 'POST',
      path: /start/,
      fault: {
        run: () => {
          set.prod.runTask(set.task('Nightly'), user);
        },
      },
    });
    set.prod.faults.add({ method: 'POST', path: /start/, fault: { hangUp: 'before' } });
    const report = await set.run('task: Nightly\ntimeout: 90s');
    assert.match(report.failures.join(), /it goes on, as others started it/);
    assert.deepEqual([stops(set), set.prod.site.sessions.size], [0, 1]);
  });
}

for (const startRefused of [true, false]) {
  on(
    `a run that began between our look and our start is joined (startRefused: ${startRefused})`,
    { ...long, switches: { startRefused } },
    async set => {
      let theirs = '';
      set.prod.faults.add({
        method: 'POST',
        path: /start/,
        fault: {
          run: () => {
            theirs = set.prod.runTask(set.task('Nightly'));
          },
        },
      });
      const report = await set.run('task: Nightly');
      assert.equal(report.outcome, 'reloaded');
      assert.equal(resultsOf(report)[0]?.session, theirs);
      assert.equal(sessionsEver(set).size, 1);
    },
  );
}

// Starts whose answer is lost

for (const takes of ['1h', '10ms']) {
  on(
    `a start whose answer is lost is found again, never made twice (a run of ${takes})`,
    { tasks: [{ ...NIGHTLY, last: { ago: '1h' }, runs: [{ takes }] }] },
    async set => {
      set.prod.faults.add({ method: 'POST', path: /start/, fault: { hangUp: 'after' } });
      const report = await set.run('task: Nightly');
      assert.equal(report.outcome, 'reloaded', report.failures.join());
      assert.equal(sessionsEver(set).size, 2, 'one before, and ours');
      assert.equal(starts(set), 1);
    },
  );
}

on('a start that did not arrive is made again', long, async set => {
  set.prod.faults.add({ method: 'POST', path: /start/, fault: { hangUp: 'before' } });
  const report = await set.run('task: Nightly');
  assert.equal(report.outcome, 'reloaded');
  assert.equal(sessionsEver(set).size, 1);
});

on('a start that is refused is not repeated, and says so', long, async set => {
  set.prod.faults.add({
    method: 'POST',
    path: /start/,
    times: Number.POSITIVE_INFINITY,
    fault: { status: 403, body: 'Forbidden' },
  });
  const report = await set.run('task: Nightly');
  assert.equal(report.outcome, 'failed');
  assert.match(
    report.failures.join(),
    /Site "prod" refused to start task "Nightly": 403 Forbidden\. Has INTERNAL\\sa_api the right to run tasks\?/,
  );
  assert.equal(starts(set), 1);
});

// Following through trouble

for (const [trouble, fault] of [
  ['503', { status: 503 }],
  ['no answer', { hangUp: 'before' }],
  ['answers that are not JSON', { answer: 'starting', contentType: 'text/plain' }],
] as const) {
  on(
    `a site that gives ${trouble} for minutes is waited out`,
    { tasks: [{ ...NIGHTLY, runs: [{ takes: '10m' }] }] },
    async set => {
      set.prod.faults.add({ method: 'GET', path: /executionsession/i, after: 4, times: 60, fault });
      const report = await set.run('task: Nightly');
      assert.equal(report.outcome, 'reloaded', report.failures.join());
    },
  );
}
