import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plan } from '../../src/reload/plan.ts';
import { reportOf } from '../../src/reload/report.ts';
import { readRequest } from '../../src/reload/request.ts';
import type { Survey } from '../../src/reload/survey.ts';

const SYNC = '41ee79a6-0949-4175-ba0e-1866a60e3336';
const SURVEY: Survey = {
  tasks: [],
  apps: [],
  sessions: [],
  history: [],
  others: [{ id: SYNC, name: 'AD sync' }],
};

for (const task of ['AD sync', SYNC]) {
  test(`reload: "${task}", which is another type of task, is told as what it is`, () => {
    const request = readRequest({ from: 'reload', text: `task: ${task}` });
    assert.deepEqual(plan(request, SURVEY, 'prod').refusals, [
      'Task "AD sync" on site "prod" is neither a reload task nor an external program task, or its details may not be ' +
        'read: other types, such as user synchronisation, are not started here.',
    ]);
  });
}

test('reload: a name of which only the case differs is told so, and each refusal once', () => {
  const request = readRequest({ from: 'reload', text: 'task: ad Sync' });
  const refused = plan(request, SURVEY, 'prod');
  const says =
    'Site "prod" has no task called "ad Sync", or it may not be read. Did you mean "AD sync"? Only the case differs.';
  assert.deepEqual(refused.refusals, [says]);
  const { lines, failures } = reportOf({ request, plan: refused });
  assert.deepEqual([lines, failures], [[], [says]]);
});
