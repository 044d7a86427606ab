import { messageOf } from '../../base/errors.ts';
import { formatDuration } from '../../base/units.ts';
import { whileWaiting } from '../../base/waiting.ts';
import { readApp } from '../../qrs/apps/find.ts';
import { appsInReload } from '../../qrs/apps/reloading.ts';
import { updateApp } from '../../qrs/apps/update.ts';
import type { App } from '../../qrs/entities.ts';
import { removeTask, tasksOfApps } from '../../qrs/tasks.ts';
import { reloadApp } from '../../reload/app.ts';
import { reloaded } from '../stamp.ts';
import type { Placing } from './target-run.ts';

/**
 * Reloads the working copy, so that nobody ever meets an app with old data or none: it goes live only when this
 * succeeded. Resolves to the copy as it is then. The task that the reload needs is removed again in any case, as the app's name is not to stay.
 */
export async function reloadFirst(placing: Placing, working: App): Promise<App> {
  const { target, logs } = placing;
  try {
    await reloadApp(target, working, logs);
  } catch (error) {
    await removeTasks(placing, working).catch(left => target.log.warning(messageOf(left)));
    throw error;
  }
  await removeTasks(placing, working);
  target.log.info(`${target.site.name}: reloaded the working copy ${working.id}.`);
  return (await readApp(target, working.id)) ?? working;
}

/** The tasks of a working copy are this run's own. */
async function removeTasks({ target, cleanUp }: Placing, working: App): Promise<void> {
  const late = target.signal.aborted ? target.under(cleanUp()) : target;
  for (const task of await tasksOfApps(late, [working.id])) await removeTask(late, task);
}

/** Longest wait for a reload of an app that is to be replaced, and between two looks at it. Ms. */
export const LONGEST_RELOAD = 6 * 3_600_000;
const PAUSE = 15_000;

/**
 * Waits until none of these apps is being reloaded, for `patience` ms at most: what a replace does to a reload is not
 * known. Resolves to how long it had to wait.
 */
export async function waitForReloads(
  { target }: Placing,
  apps: readonly App[],
  patience: number,
): Promise<number> {
  let waited = 0;
  while (apps.length > 0 && waited < patience) {
    const running = await appsInReload(target);
    const [first] = apps.filter(({ id }) => running.has(id));
    if (!first) break;
    if (waited === 0) {
      target.log.info(
        `${target.site.name}: waiting for the end of a reload of "${first.name}" (${first.id}).`,
      );
    }
    const before = waited;
    await whileWaiting(
      target.log,
      () => `${target.site.name}: waiting for the reload of "${first.name}" for ${formatDuration(before)}`,
      () => target.clock.sleep(PAUSE, target.signal),
    );
    waited += PAUSE;
  }
  return waited;
}

/**
 * Reloads what was made live, and what an earlier run made live without getting this far: until then its stamp
 * says that it is not yet reloaded.
 */
export async function reloadLive({ plan, target, logs, ledger }: Placing): Promise<Set<string>> {
  const done = new Set<string>();
  if (plan.options.reload !== 'after') return done;
  for (const { step, state, does, app } of ledger.deeds) {
    const due = does === 'kept' ? step.do === 'keep' && step.reload : true;
    if (state !== 'confirmed' || !app || !due) continue;
    await reloadApp(target, app, logs);
    const now = await updateApp(target, app, `stamp app "${app.name}" as reloaded`, read => {
      const description = reloaded(read.description);
      return description === read.description ? undefined : { ...read, description };
    });
    ledger.confirmed(step, { app: now, wrote: now });
    done.add(app.id);
    target.log.info(
      `${target.site.name}: reloaded "${app.name}" in stream "${step.stream.name}" (${app.id}).`,
    );
  }
  return done;
}
