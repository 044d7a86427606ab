import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ReloadStage, type ReloadStageOptions, resultsOf, stage } from './stage.ts';

const NIGHTLY = { name: 'Nightly', app: 'Sales' } as const;

function on(what: string, options: ReloadStageOptions, check: (on: ReloadStage) => Promise<void>): void {
  test(`reload: ${what}`, async () => {
    const set = await stage(options);
    try {
      await check(set);
    } finally {
      await set.stop();
    }
  });
}

const starts = ({ prod }: ReloadStage) => prod.counters.count('POST', /start\/synchronous/i);
const stops = ({ prod }: ReloadStage) => prod.counters.count('POST', /\/stop/i);
const sessionsEver = ({ prod }: ReloadStage) =>
  new Set([...prod.site.results.values()].map(one => one.executionID));
const endless = { tasks: [{ ...NIGHTLY, runs: [{ never: true }] }] };
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

const MANY = Array.from({ length: 60 }, (_, index) => `T${index}`);
on(
  'sixty cancelled runs are all stopped, by one call',
  { tasks: MANY.map(name => ({ name, app: 'Sales', runs: [{ never: true }] })) },
  async set => {
    const cancelled = new AbortController();
    set.time.later(30_000, () => cancelled.abort());
    const report = await set.run(`tasks: [${MANY.join(', ')}]`, { signal: cancelled.signal });
    assert.equal(report.failures.length, 60);
    assert.match(report.failures[0] ?? '', /was stopped and ended as Aborted/);
    assert.deepEqual([set.prod.site.sessions.size, set.prod.counters.count('POST', /stop\/many/)], [0, 1]);
  },
);

on(
  'nothing is started after the cancellation',
  { tasks: MANY.map(name => ({ name, app: 'Sales', runs: [{ never: true }] })) },
  async set => {
    const cancelled = new AbortController();
    set.prod.faults.add({ method: 'POST', path: /start/, after: 9, fault: { run: () => cancelled.abort() } });
    const report = await set.run(`tasks: [${MANY.join(', ')}]\non-cancel: leave`, {
      signal: cancelled.signal,
    });
    const verdicts = resultsOf(report).map(({ verdict }) => verdict);
    assert.ok(starts(set) <= 14, `${starts(set)} starts`);
    assert.equal(verdicts.filter(verdict => verdict === 'not started').length, 60 - starts(set));
  },
);

// Script logs

const failing = {
  ...NIGHTLY,
  runs: [
    {
      takes: '5s',
      ends: 'FinishedFail' as const,
      log: 'Error: Field not found - <Amount>\nExecution Failed',
    },
  ],
};

for (const scriptLog of ['both', 'old', 'new'] as const) {
  for (const scriptLogLate of [0, 4_000]) {
    on(
      `the script log comes by the ${scriptLog} call, ${scriptLogLate} ms late`,
      { tasks: [failing], switches: { scriptLog, scriptLogLate } },
      async set => {
        const report = await set.run('task: Nightly');
        const [result] = resultsOf(report);
        assert.match(result?.error ?? '', /Field not found - <Amount>/);
        assert.match(
          report.failures.join(),
          /ended as FinishedFail\. Its script log says: .*Field not found/,
        );
        const [[file, text] = ['', '']] = Object.entries(set.logs());
        assert.match(file, /^Nightly-[0-9a-f-]{36}\.log$/);
        assert.match(text, /Execution Failed/);
        assert.ok(report.paths['log-path']);
        assert.match(report.excerpts[0]?.text ?? '', /Execution Failed/);
      },
    );
  }
}

on(
  'a script log that does not come changes no ending',
  { tasks: [failing], switches: { scriptLogLate: 3_600_000 } },
  async set => {
    const report = await set.run('task: Nightly');
    assert.deepEqual([report.outcome, resultsOf(report)[0]?.status], ['failed', 'FinishedFail']);
    assert.match(report.warnings.join(), /No script log: Site "prod"/);
  },
);

on(
  'a run that was skipped has no script log to wait for',
  { tasks: [{ ...NIGHTLY, runs: [{ ends: 'Skipped' }] }] },
  async set => {
    const report = await set.run('task: Nightly');
    assert.deepEqual([report.outcome, report.warnings.length], ['failed', 0]);
    assert.equal(set.prod.counters.count('GET', /scriptlog/i), 0);
  },
);

on(
  'what the script says of errors is no error',
  {
    tasks: [
      {
        ...NIGHTLY,
        runs: [{ ends: 'FinishedFail', log: '0007 TRACE no error so far\nError: Field not found' }],
      },
    ],
  },
  async set => {
    const [result] = resultsOf(await set.run('task: Nightly'));
    assert.match(result?.error ?? '', /Error: Field not found$/);
  },
);

on(
  'a name that is too long for a file is shortened',
  { tasks: [{ ...NIGHTLY, name: '夜'.repeat(100), runs: [{ ends: 'FinishedFail' }] }] },
  async set => {
    await set.run(`task: ${'夜'.repeat(100)}`);
    assert.equal(Object.keys(set.logs()).length, 1);
  },
);

for (const [log, saved] of [
  ['always', 1],
  ['on-failure', 0],
  ['never', 0],
] as const) {
  on(`log: ${log} after a success`, { tasks: [NIGHTLY] }, async set => {
    await set.run(`task: Nightly\nlog: ${log}`);
    assert.equal(Object.keys(set.logs()).length, saved);
  });
}

// Which task

const several: ReloadStageOptions = {
  apps: [{ name: 'Sales' }, { name: 'Sales' }, { name: 'Stock' }],
  tasks: [
    { name: 'Twice', app: 'Stock' },
    { name: 'Twice', type: 'external' },
    { name: 'Off', app: 'Stock', enabled: false },
    { name: 'Nightly Stock', app: 'Stock' },
  ],
};

for (const [request, says] of [
  ['task: Nightly Stok', /has no task called "Nightly Stok", or it may not be read\. It has "Nightly Stock"/],
  [
    'task: Twice',
    /has 2 tasks called "Twice"; give one by id: [0-9a-f-]{36} \(reload of "Stock"\), [0-9a-f-]{36} \(external program\)/,
  ],
  ['task: 31ee79a6-0949-4175-ba0e-1866a60e3336', /has no task with id 31ee79a6/],
  ['task: Off', /"Off" on site "prod" is disabled/],
  ['app: Sales', /has 2 apps called "Sales"; give one by id/],
  ['app: Stoc', /has no app called "Stoc".* It has "Stock"/],
  ['task: Nightly Stock\npartial: true', /does a full reload, and QRS keeps that in the task/],
] as const) {
  on(`refused: ${request.replace('\n', ', ')}`, several, async set => {
    const report = await set.run(request);
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join('\n'), says);
    assert.equal(starts(set), 0);
  });
}

on('one refusal holds back every task', several, async set => {
  const report = await set.run('tasks: [Nightly Stock, Off]');
  assert.equal(report.outcome, 'failed');
  assert.equal(starts(set), 0);
});

for (const partial of [false, true]) {
  on(`an app without a task of its own gets one, once (partial: ${partial})`, { tasks: [] }, async set => {
    const request = `app: Sales\npartial: ${partial}`;
    assert.equal((await set.run(request)).outcome, 'reloaded');
    assert.equal((await set.run(request)).outcome, 'reloaded');
    const tasks = [...set.prod.site.tasks.values()];
    assert.deepEqual(
      tasks.map(({ name }) => name),
      [`Manually triggered ${partial ? 'partial ' : ''}reload of Sales`],
    );
    assert.equal(sessionsEver(set).size, 2);
  });
}

on('a task whose making was not answered is not made twice', { tasks: [] }, async set => {
  set.prod.faults.add({ path: /reloadtask\/create/i, fault: { hangUp: 'after' } });
  assert.equal((await set.run('app: Sales')).outcome, 'reloaded');
  assert.equal(set.prod.site.tasks.size, 1);
});

// Several tasks

const three: ReloadStageOptions = {
  tasks: [
    { name: 'A', app: 'Sales', runs: [{ takes: '10s' }] },
    { name: 'B', app: 'Sales', runs: [{ takes: '20s', ends: 'FinishedFail' }] },
    { name: 'C', app: 'Sales', runs: [{ takes: '30s' }] },
  ],
};

on('several tasks run at the same time, and one failure fails the step', three, async set => {
  const began = set.time.now();
  const report = await set.run('tasks: [A, B, C, A]\nlog: never');
  assert.equal(report.outcome, 'failed');
  assert.deepEqual(
    resultsOf(report).map(({ name, verdict }) => `${name} ${verdict}`),
    ['A succeeded', 'B failed', 'C succeeded'],
  );
  assert.ok(set.time.now() - began < 45_000);
});

on('a sequence stops at the first failure and says what was not started', three, async set => {
  const report = await set.run('tasks: [A, B, C]\norder: sequence\nlog: never');
  assert.deepEqual(
    resultsOf(report).map(({ verdict }) => verdict),
    ['succeeded', 'failed', 'not started'],
  );
  assert.match(report.failures.join('\n'), /Task "C" was not started, as "B" before it did not succeed/);
  assert.equal(starts(set), 2);
});

on(
  'two hundred waiting tasks cost at most two requests a turn',
  {
    tasks: Array.from({ length: 200 }, (_, index) => ({
      name: `T${index}`,
      app: 'Sales',
      runs: [{ takes: '3m' as const }],
    })),
  },
  async set => {
    const names = Array.from({ length: 200 }, (_, index) => `T${index}`).join(', ');
    let polls = 0;
    let turns = 0;
    set.time.later(1, () => {});
    const report = await set.run(`tasks: [${names}]\nlog: never`);
    assert.equal(report.outcome, 'reloaded', report.failures[0]);
    const requests = set.prod.counters.requests.map(({ method, path }) => `${method} ${path.toLowerCase()}`);
    const first = requests.lastIndexOf(requests.findLast(one => one.startsWith('POST')) ?? '');
    for (const request of requests.slice(first + 1)) {
      if (request.includes('executionsession')) turns += 1;
      if (request.startsWith('GET')) polls += 1;
    }
    assert.ok(turns > 20 && polls <= turns * 2, `${polls} requests in ${turns} turns`);
  },
);

// Without waiting, without doing

on('wait: false starts and reports the session', endless, async set => {
  const report = await set.run('task: Nightly\nwait: false');
  assert.equal(report.outcome, 'started');
  assert.equal(resultsOf(report)[0]?.session, [...set.prod.site.sessions.keys()][0]);
});

on(
  'a dry run says what would be started, and how it ended before',
  { tasks: [{ ...NIGHTLY, last: { ends: 'FinishedFail', ago: '2h', takes: '5m' } }] },
  async set => {
    const report = await set.run('task: Nightly', { dryRun: true });
    assert.equal(report.outcome, 'planned');
    assert.match(
      report.lines.join(),
      /"Nightly": to start; last run .* ended as FinishedFail after 5 min 0 s/,
    );
    assert.equal(starts(set), 0);
  },
);

on(
  'the summary compares with the runs before',
  {
    tasks: [
      {
        ...NIGHTLY,
        last: [
          { takes: '5m', ago: '1h' },
          { takes: '4m', ago: '24h' },
          { takes: '6m', ago: '48h' },
        ],
        runs: [{ takes: '12m' }],
      },
    ],
  },
  async set => {
    const report = await set.run('task: Nightly');
    const [row] = report.table.rows;
    assert.deepEqual(row?.slice(2, 5), ['FinishedSuccess', '12 min 0 s', '5 min 0 s']);
  },
);
