import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import { runStep, type StepOptions, sitesInput, until } from './runner.ts';

async function withSite(check: (prod: Simulator) => Promise<void>): Promise<void> {
  const log = 'Error: Field not found - <Amount> ##[error]x';
  const prod = await startSimulator({
    name: 'prod',
    data: {
      apps: [{ name: 'Sales', size: '10 KB' }],
      tasks: [
        { name: 'Good', app: 'Sales', runs: [{ takes: 300 }] },
        { name: 'Bad', app: 'Sales', runs: [{ takes: 300, ends: 'FinishedFail', log }] },
        { name: 'Endless', app: 'Sales', runs: [{ never: true }] },
      ],
    },
  });
  try {
    await check(prod);
  } finally {
    await prod.stop();
  }
}

function step(prod: Simulator, reload: string, more: Partial<StepOptions> = {}) {
  const { sites, env } = sitesInput({ prod });
  return runStep({ inputs: { reload, sites }, env, ...more });
}

test('step: a reload is followed to its end', () =>
  withSite(async prod => {
    const { code, outputs, summary, log } = await step(prod, 'task: Good');
    assert.equal(code, 0, log);
    assert.equal(outputs.outcome, 'reloaded');
    assert.equal(outputs['log-path'], undefined);
    assert.match(summary, /<h3>Reloaded<\/h3>[\s\S]*<td>Good<\/td><td>Sales<\/td><td>FinishedSuccess<\/td>/);
    const [run] = JSON.parse(outputs.result ?? '').runs;
    assert.equal(run.session, [...prod.site.results.values()][0]?.executionID);
  }));

test('step: a failed reload fails the step, with its script log', () =>
  withSite(async prod => {
    const { code, outputs, summary, log, files } = await step(prod, 'task: Bad');
    assert.deepEqual([code, outputs.outcome], [1, 'failed']);
    assert.match(log, /^::error::Task "Bad" ended as FinishedFail\. Its script log says: .*Field not found/m);
    assert.doesNotMatch(log, /##\[/);
    assert.match(
      summary,
      /<details><summary>The end of the script log of &quot;Bad&quot;<\/summary><pre>.*&lt;Amount&gt;/,
    );
    assert.ok(outputs['log-path']?.includes(files[0] ?? '?'));
  }));

for (const policy of ['stop', 'leave'] as const) {
  test(`step: cancelled by signal, on-cancel: ${policy}`, () =>
    withSite(async prod => {
      let cancelled = 0;
      const { code, outputs, log } = await step(prod, `task: Endless\non-cancel: ${policy}`, {
        meanwhile: async (action, printed) => {
          await until(() => printed().includes('started task'));
          cancelled = Date.now();
          action.kill('SIGINT');
          // The second signal must not meet a process that has said all and is about to end.
          action.kill('SIGTERM');
        },
      });
      assert.ok(Date.now() - cancelled < 9_000);
      assert.deepEqual([code, outputs.outcome], [1, 'failed'], log);
      assert.match(log, policy === 'stop' ? /it was stopped and ended as Aborted/ : /it goes on \(session/);
      assert.equal(prod.site.sessions.size, policy === 'stop' ? 0 : 1);
    }));
}

/** Cancels as the runner does, once the condition holds; resolves with the milliseconds it took to end. */
async function cancelWhen(prod: Simulator, reload: string, condition: () => boolean) {
  let cancelled = 0;
  const ended = await step(prod, reload, {
    meanwhile: async action => {
      await until(condition);
      cancelled = Date.now();
      action.kill('SIGINT');
      setTimeout(() => action.kill('SIGTERM'), 7_500).unref();
    },
  });
  return { ...ended, took: Date.now() - cancelled };
}

test('step: cancelled while a start is not answered, the run is found and stopped', () =>
  withSite(async prod => {
    prod.faults.add({ path: /start/, fault: { delay: 20_000 } });
    const { code, took, log } = await cancelWhen(prod, 'task: Endless', () => prod.site.sessions.size > 0);
    assert.ok(took < 9_900, `took ${took} ms`);
    assert.equal(code, 1);
    assert.match(log, /it was stopped and ended as Aborted/);
    assert.equal(prod.site.sessions.size, 0);
  }));

test('step: cancelled while a stop after a timeout takes its time', () =>
  withSite(async prod => {
    prod.site.switches.stopTakes = 60_000;
    const asked = () => prod.counters.count('POST', /stop/) > 0;
    const { code, took, outputs } = await cancelWhen(prod, 'task: Endless\ntimeout: 1s', asked);
    assert.ok(took < 9_000, `took ${took} ms`);
    assert.deepEqual([code, outputs.outcome], [1, 'failed']);
    assert.equal(JSON.parse(outputs.result ?? '').runs[0].verdict, 'unknown');
  }));

test('step: both inputs, and a request with several problems', () =>
  withSite(async prod => {
    const { log } = await step(prod, 'taks: Good\ntimeout: soon\non-cancel: kill\n');
    assert.match(log, /reload:1:1: unknown key "taks"\. Did you mean "task"\?/);
    assert.match(log, /reload:2:1: "timeout" must be a duration such as 90s, 30m or 2h; found "soon"/);
    assert.match(log, /reload:3:1: "on-cancel" must be stop or leave; found "kill"/);
    const { sites, env } = sitesInput({ prod });
    const both = await runStep({ inputs: { reload: 'task: Good', promote: 'to: []', sites }, env });
    assert.match(both.log, /Both of the inputs "promote" and "reload" are given/);
  }));
