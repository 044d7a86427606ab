import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startSimulator } from '../../simulator/server.ts';
import type { Fault } from '../../simulator/wire/faults.ts';
import { connect } from '../../src/qrs/connection.ts';
import { resultSchema } from '../../src/qrs/execution-results.ts';
import { saveScriptLog } from '../../src/reload/script-log.ts';
import { onSite } from '../qrs/receiver.ts';
import { keepingLog, quickClock, siteOf } from '../sites-for-tests.ts';
import { NIGHTLY, on, starts } from './scene.ts';
import { resultsOf } from './stage.ts';

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

/** What becomes of a log that a site gives so, kept below that path. */
async function saved(download: Fault, folder: string) {
  const prod = await startSimulator({ name: 'prod' });
  const signal = new AbortController().signal;
  const qrs = connect(siteOf('prod', prod), { clock: quickClock(), log: keepingLog(), signal });
  const times = Number.POSITIVE_INFINITY;
  try {
    const ticket = { answer: JSON.stringify({ value: 'ticket' }), contentType: 'application/json' };
    prod.faults.add({ path: /scriptlog/, times, fault: ticket });
    prod.faults.add({ path: /download/, times, fault: download });
    const id = randomUUID();
    const result = resultSchema.parse({ id, status: 8, scriptLogAvailable: true });
    const log = await saveScriptLog(qrs, { id, name: 'Nightly' }, result, folder);
    return {
      missing: 'missing' in log ? log.missing : '',
      downloads: prod.counters.count('GET', /download/),
    };
  } finally {
    await qrs.close();
    await prod.stop();
  }
}

test('a folder that cannot be made is no reason to ask for a log, which nobody would read', async () => {
  const long = { answer: 'log '.repeat(100_000), contentType: 'text/plain' };
  const { missing, downloads } = await saved(long, join(import.meta.filename, 'logs'));
  assert.match(missing, /No script log: /);
  assert.equal(downloads, 0);
});

test('a log that is too large takes no connection from the calls that follow', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'qrs-action-logs-'));
  const id = randomUUID();
  const result = resultSchema.parse({ id, status: 8, scriptLogAvailable: true });
  await onSite(
    ({ url = '' }, response) => {
      if (!url.includes('/download/')) return response.end(JSON.stringify({ value: 'ticket' }));
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': 200_000_000 });
      response.write('log '.repeat(100_000));
    },
    async qrs => {
      const log = await saveScriptLog(qrs, { id, name: 'Nightly' }, result, folder);
      assert.match('missing' in log ? log.missing : '', /it is larger than/);
    },
  );
  rmSync(folder, { recursive: true });
});
