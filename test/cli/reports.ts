import type { Report } from '../../src/base/report.ts';
import { failureReport } from '../../src/entry/screen.ts';
import { stage as reloads } from '../reload/stage.ts';
import { stage } from '../sites-for-tests.ts';

/** Reports of real runs: a plan, a promotion, a refusal, a reload, and a failure before any of it. */
export async function onReports(check: (reports: readonly Report[]) => void): Promise<void> {
  const set = await stage();
  const reload = await reloads({ tasks: [{ name: 'Nightly', app: 'Sales', runs: [{ takes: '1s' }] }] });
  const spec = 'from: dev\napps: event\nto: [{ site: test, streams: [Everyone, Review] }]';
  try {
    check([
      await set.run(spec, { dryRun: true }),
      await set.run(spec),
      await set.run(spec.replace('Everyone, Review', 'Nowhere')),
      await reload.run('task: Nightly'),
      failureReport([{ text: 'Nothing is right.' }]),
    ]);
  } finally {
    await set.stop();
    await reload.stop();
  }
}
