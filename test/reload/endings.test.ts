import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SwitchesInput } from '../../simulator/site/switches.ts';
import { type ReloadStageOptions, resultsOf, stage } from './stage.ts';

/**
 * Every way in which a run can end, a row each, for reload tasks, for an app's own task and for external program
 * tasks: earlier tools called most of these a success, or polled for ever.
 */
interface Row {
  name: string;
  run: NonNullable<ReloadStageOptions['tasks'][number]['runs']>[number];
  outcome: 'reloaded' | 'failed';
  verdict: string;
  status?: string;
  attempts?: number;
  why?: RegExp;
  switches?: SwitchesInput;
}

const failed = (status: string): Pick<Row, 'outcome' | 'verdict' | 'status' | 'why'> => ({
  outcome: 'failed',
  verdict: 'failed',
  status,
  why: new RegExp(`ended as ${status}`),
});
const reloaded = { outcome: 'reloaded', verdict: 'succeeded', status: 'FinishedSuccess' } as const;

const ENDINGS: Row[] = [
  { name: '7 FinishedSuccess', run: { ends: 'FinishedSuccess' }, ...reloaded },
  { name: '7 at once, gone before the first look', run: { takes: 10 }, ...reloaded },
  { name: '8 FinishedFail', run: { ends: 'FinishedFail' }, ...failed('FinishedFail') },
  { name: '6 Aborted', run: { ends: 'Aborted' }, ...failed('Aborted') },
  { name: '11 Error', run: { ends: 'Error' }, ...failed('Error') },
  { name: '4 AbortInitiated, then 7', run: { takes: '9s', through: ['AbortInitiated'] }, ...reloaded },
  {
    name: '5 Aborting, then 6',
    run: { takes: '9s', through: ['Aborting'], ends: 'Aborted' },
    ...failed('Aborted'),
  },
  {
    name: '10 Retry, then 7',
    run: { attempts: [{ ends: 'FinishedFail' }, { takes: '5s' }] },
    ...reloaded,
    attempts: 2,
  },
  {
    name: '10 Retry, then 8 again',
    run: { attempts: [{ ends: 'FinishedFail' }, { ends: 'FinishedFail' }] },
    ...failed('FinishedFail'),
    attempts: 2,
    why: /ended as FinishedFail after 2 attempts/,
  },
  { name: '3 Queued for ten minutes, then 7', run: { queued: '10m', takes: '1m' }, ...reloaded },
  { name: '9 Skipped', run: { ends: 'Skipped' }, ...failed('Skipped') },
  { name: '12 Reset', run: { ends: 'Reset' }, ...failed('Reset') },
  { name: '0 NeverStarted', run: { ends: 'NeverStarted' }, ...failed('NeverStarted') },
  {
    name: '7 of the run before still shown, ours fails',
    run: { takes: '3s', ends: 'FinishedFail' },
    ...failed('FinishedFail'),
    switches: { staleLastResult: 60_000 },
  },
  { name: 'a record that comes late', run: { takes: '3s' }, ...reloaded, switches: { resultLate: 20_000 } },
  {
    name: 'a session that lingers',
    run: { takes: '3s', ends: 'FinishedFail' },
    ...failed('FinishedFail'),
    switches: { sessionLingers: 20_000 },
  },
  {
    name: 'the start gives an empty id',
    run: { startRefused: true },
    outcome: 'failed',
    verdict: 'not started',
    attempts: 0,
    why: /did not start task .* and does not say why\. Is a scheduler running/,
  },
];

const KINDS = [
  { kind: 'reload task', type: 'reload', ask: 'task: Nightly' },
  { kind: 'external program task', type: 'external', ask: 'task: Nightly' },
  { kind: 'app', type: 'reload', ask: 'app: Sales' },
] as const;

for (const { kind, type, ask } of KINDS) {
  for (const row of ENDINGS) {
    test(`${kind}: ${row.name}`, async () => {
      const name = kind === 'app' ? 'Manually triggered reload of Sales' : 'Nightly';
      const on = await stage({
        tasks: [
          {
            name,
            type,
            ...(type === 'reload' ? { app: 'Sales' } : {}),
            last: { ends: 'FinishedSuccess', ago: '1h', takes: '5m' },
            runs: [row.run],
          },
        ],
        ...(row.switches ? { switches: row.switches } : {}),
      });
      try {
        const report = await on.run(`${ask}\nlog: never`);
        const [result] = resultsOf(report);
        assert.deepEqual(
          [report.outcome, result?.verdict, result?.status, result?.attempts],
          [row.outcome, row.verdict, row.status, row.attempts ?? 1],
          result?.why,
        );
        if (row.why) assert.match(report.failures.join('\n'), row.why);
        else assert.deepEqual(report.failures, []);
      } finally {
        await on.stop();
      }
    });
  }
}
