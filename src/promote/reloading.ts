import { updateApp } from '../qrs/apps/update.ts';
import type { App } from '../qrs/entities.ts';
import { removeTask } from '../qrs/tasks.ts';
import { reloadApp } from '../reload/app.ts';
import type { Placing, Progress } from './placing.ts';
import type { TargetPlan } from './planned.ts';
import { reloaded } from './stamp.ts';

/**
 * Reloads the working copy, so that nobody ever meets an app with old data or none: it goes live only when this
 * succeeded. The task that the reload needs is removed again, as the app's name is not to stay.
 */
export async function reloadFirst({ target, logs }: Placing, working: App): Promise<void> {
  const task = await reloadApp(target, working, logs);
  if (task) await removeTask(target, task);
  target.log.info(`${target.site.name}: reloaded the working copy ${working.id}.`);
}

/**
 * Reloads what was made live, and what an earlier run made live without getting this far: until then its stamp
 * says that it is not yet reloaded.
 */
export async function reloadLive(plan: TargetPlan, { target, logs }: Placing, done: Progress): Promise<void> {
  if (plan.options.reload !== 'after') return;
  for (const step of plan.steps) {
    const outcome = done.get(step);
    if (!outcome?.app || (step.do === 'keep' && !step.reload)) continue;
    const { app } = outcome;
    await reloadApp(target, app, logs);
    await updateApp(target, app, `stamp app "${app.name}" as reloaded`, now => {
      const description = reloaded(now.description);
      return description === now.description ? undefined : { ...now, description };
    });
    done.set(step, { ...outcome, reloaded: true });
    target.log.info(
      `${target.site.name}: reloaded "${app.name}" in stream "${step.stream.name}" (${app.id}).`,
    );
  }
}
