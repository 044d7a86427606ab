import { messageOf } from '../../base/errors.ts';
import { formatDuration } from '../../base/units.ts';
import { whileWaiting } from '../../base/waiting.ts';
import { readApp } from '../../qrs/apps/find.ts';
import { updateApp } from '../../qrs/apps/update.ts';
import type { App } from '../../qrs/entities.ts';
import { removeTask, tasksOfApps } from '../../qrs/tasks.ts';
import { reloadApp } from '../../reload/app.ts';
import { inPlace } from '../plan/place.ts';
import { reloaded } from '../stamp.ts';
import type { TargetRun } from './target-run.ts';

/**
 * Reloads the working copy. It goes live only if the reload succeeds, so that nobody sees an app with old data or none.
 * Resolves to the copy after the reload. Removes the task in any case, because it has the copy's name.
 */
export async function reloadWorkingCopy(run: TargetRun, working: App): Promise<App> {
  const { target, logs } = run;
  try {
    await reloadApp(target, working, logs);
  } catch (error) {
    await removeTasks(run, working).catch(left => target.log.warning(messageOf(left)));
    throw error;
  }
  await removeTasks(run, working);
  target.log.info(`${target.site.name}: reloaded the working copy ${working.id}.`);
  return (await readApp(target, working.id)) ?? working;
}

/** All tasks of a working copy belong to this run. */
async function removeTasks({ target, cleanUp }: TargetRun, working: App): Promise<void> {
  const late = target.signal.aborted ? target.under(cleanUp(false)) : target;
  for (const task of await tasksOfApps(late, [working.id])) await removeTask(late, task);
}

/** The longest wait for reloads of apps before a replace, and the pause between two looks. Ms. */
export const LONGEST_RELOAD = 6 * 3_600_000;
const PAUSE = 15_000;

/**
 * Waits until no task is reloading these apps, for `patience` ms at most: it is unknown what a replace does to a
 * reload. Resolves to how long it waited.
 */
export async function waitForReloads(
  { target, reloading }: TargetRun,
  apps: readonly App[],
  patience: number,
): Promise<number> {
  let waited = 0;
  while (apps.length > 0 && waited < patience) {
    const running = await reloading();
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
 * Reloads the apps that this run made live, and those of an earlier run that did not get so far: until the reload, the
 * stamp says "not yet reloaded". Resolves to the ids of the reloaded apps.
 */
export async function reloadLive({ plan, target, logs, ledger, slot }: TargetRun): Promise<Set<string>> {
  const done = new Set<string>();
  if (plan.options.reload !== 'after') return done;
  for (const place of ledger.places) {
    const { step, state, does, app } = place;
    const due = does !== 'kept' || (step.do === 'keep' && step.reload);
    if (state !== 'confirmed' || !app || !due) continue;
    await slot(() => reloadApp(target, app, logs));
    const now = await updateApp(target, app, `stamp app "${app.name}" as reloaded`, read => {
      const description = reloaded(read.description);
      return description === read.description ? undefined : { ...read, description };
    });
    place.confirmed({ app: now, wrote: now });
    done.add(app.id);
    target.log.info(`${target.site.name}: reloaded "${app.name}" ${inPlace(step.stream)} (${app.id}).`);
  }
  return done;
}
