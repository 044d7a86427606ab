import { RemoteError } from '../base/errors.ts';
import { limiter } from '../base/limit.ts';
import type { Qrs } from '../qrs/connection.ts';
import type { AppFields } from '../qrs/entities.ts';
import type { Task } from '../qrs/tasks.ts';
import { watchRuns } from './follow.ts';
import { plan } from './plan.ts';
import type { ReloadRequest } from './request.ts';
import { runTask } from './run.ts';
import { runStopper } from './stop.ts';
import { survey } from './survey.ts';

/**
 * Reloads one app by its task for reloads by hand, and follows the run to its end, as a reload request for the app
 * does. Resolves to the task; throws RemoteError when the reload fails. `logs` is the folder for the script log of a
 * failure.
 */
export async function reloadApp(
  qrs: Qrs,
  app: { id: string; name: string },
  logs: string,
): Promise<Task | undefined> {
  const planned = plan(REQUEST([app.id]), await survey(REQUEST([app.id]), qrs), qrs.site.name);
  const [run] = planned.runs;
  if (!run) throw notReloaded(qrs, app, planned.refusals.join(' '));
  const { verdict, why, task, log } = await runTask(run, {
    qrs,
    watcher: watchRuns(qrs),
    stopRun: runStopper(qrs),
    slot: limiter(1),
    request: REQUEST([app.id]),
    until: Number.POSITIVE_INFINITY,
    logs,
  });
  if (verdict === 'succeeded') return task;
  const error = log?.error === undefined ? '' : ` Its script log says: ${log.error}`;
  throw notReloaded(qrs, app, `${why ?? verdict}${error}`);
}

/** Sentences that say why the app's reload failed, as far as its tasks show. Pure. */
export function reloadRefusals(app: AppFields, tasks: readonly Task[], site: string): readonly string[] {
  const facts = {
    apps: [app],
    tasks: tasks.filter(task => task.app?.id === app.id),
    sessions: [],
    history: [],
    others: [],
  };
  return plan(REQUEST([app.id]), facts, site).refusals;
}

const REQUEST = (ids: readonly string[]): ReloadRequest => ({
  site: undefined,
  tasks: [],
  apps: ids.map(id => ({ by: 'id', id })),
  partial: false,
  order: 'parallel',
  // A run that began earlier may have read the earlier script.
  whenRunning: 'wait',
  wait: true,
  timeout: 6 * 3_600_000,
  totalTimeout: undefined,
  onTimeout: 'stop',
  onCancel: 'stop',
  log: 'on-failure',
});

function notReloaded(qrs: Qrs, app: { name: string }, answer: string): RemoteError {
  const attempt = `reload app "${app.name}"`;
  return new RemoteError({
    site: qrs.site.name,
    attempt,
    answer,
    failed: true,
    mayBeDone: false,
    final: true,
  });
}
