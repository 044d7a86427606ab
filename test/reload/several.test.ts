import assert from 'node:assert/strict';
import { endless, NIGHTLY, on, sessionsEver, starts } from './scene.ts';
import { type ReloadStageOptions, resultsOf } from './stage.ts';

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
  [
    'task: Nightly Stok',
    /has no task called "Nightly Stok", or it may not be read\. Did you mean "Nightly Stock"\?/,
  ],
  [
    'task: Twice',
    /has 2 tasks called "Twice"; give one by id: [0-9a-f-]{36} \(reload of "Stock"\), [0-9a-f-]{36} \(external program\)/,
  ],
  ['task: 31ee79a6-0949-4175-ba0e-1866a60e3336', /has no task with id 31ee79a6/],
  ['task: Off', /"Off" on site "prod" is disabled/],
  ['app: Sales', /has 2 apps called "Sales"; give one by id/],
  ['app: Stoc', /has no app called "Stoc".* Did you mean "Stock"\?/],
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
  // One after the other they take a minute.
  assert.ok(set.time.now() - began < 60_000);
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
