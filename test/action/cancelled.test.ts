import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Stage, shelf, tagsOf } from '../sites-for-tests.ts';
import { until } from './runner.ts';
import { on, step } from './scene.ts';

test('step: cancelled while a site imports, the copy that may appear is named', () =>
  on({ testSwitches: { importTakes: 8_000 } }, async set => {
    const { code, summary } = await step(
      set,
      {},
      {
        meanwhile: async action => {
          await until(() => set.test.counters.bytesReceived >= 300_000);
          action.kill('SIGINT');
        },
      },
    );
    assert.equal(code, 1);
    assert.match(summary, /A working copy may have stayed on test, called &quot;qrs-action working copy of/);
  }));

test('step: a site that hardly answers does not keep a cancelled job past its ten seconds', () =>
  on({}, async set => {
    set.test.faults.add({ path: /replace/, fault: { delay: 30_000 } });
    set.test.faults.add({ method: 'DELETE', times: Number.POSITIVE_INFINITY, fault: { delay: 30_000 } });
    let cancelled = 0;
    const { code, outputs } = await step(
      set,
      {},
      {
        meanwhile: async action => {
          await until(() => asked(set.test, /replace/));
          cancelled = Date.now();
          action.kill('SIGINT');
        },
      },
    );
    assert.ok(Date.now() - cancelled < 9_000, `took ${Date.now() - cancelled} ms`);
    assert.deepEqual([code, outputs.outcome], [1, 'failed']);
  }));

for (const moment of ['upload', 'export', 'publish']) {
  test(`step: a job cancelled during ${moment} ends in order within its ten seconds`, () =>
    on({}, async set => {
      const path = moment === 'export' ? /tempcontent/ : new RegExp(moment);
      const slow = moment === 'export' ? { stall: 100_000 } : { delay: 30_000 };
      const side = moment === 'export' ? set.dev : set.test;
      side.faults.add({ path, fault: slow });
      let cancelled = 0;
      const { code, log, outputs, summary, files } = await step(
        set,
        {},
        {
          meanwhile: async action => {
            await until(() => set.test.counters.count('POST', /upload/) > 0 || asked(side, path));
            if (moment === 'publish') await until(() => asked(side, path));
            cancelled = Date.now();
            action.kill('SIGINT');
          },
        },
      );
      assert.ok(Date.now() - cancelled < 9_000, `took ${Date.now() - cancelled} ms`);
      assert.deepEqual([code, outputs.outcome], [1, 'failed'], log);
      assert.match(summary, /Stopped/);
      assert.deepEqual(
        shelf(set.test).filter(name => name.startsWith('qrs-action')),
        [],
      );
      const left = files.filter(name => !name.startsWith('qrs-action-result-'));
      assert.deepEqual(left, [], 'only the result stays');
      assert.deepEqual(tagsOf(set.dev, set.app), []);
    }));
}

function asked(simulator: Stage['dev'], path: RegExp): boolean {
  return simulator.counters.requests.some(request => path.test(request.path));
}
