import type { App } from '../qrs/entities.ts';
import { removeTask } from '../qrs/tasks.ts';
import { reloadApp } from '../reload/app.ts';
import type { StreamOutcome } from './outcome.ts';
import type { Placing } from './placing.ts';

/**
 * Reloads the working copy, so that nobody ever meets an app with old data or none: it goes live only when this
 * succeeded. The task that the reload needs is removed again, as the app's name is not to stay.
 */
export async function reloadFirst({ target, logs }: Placing, working: App): Promise<void> {
  const task = await reloadApp(target, working, logs);
  if (task) await removeTask(target, task);
  target.log.info(`${target.site.name}: reloaded the working copy ${working.id}.`);
}

/** Reloads what was made live. */
export async function reloadLive(
  { target, logs }: Placing,
  outcomes: readonly StreamOutcome[],
): Promise<void> {
  for (const { app, did, stream } of outcomes) {
    if (!app || (did !== 'replaced' && did !== 'published')) continue;
    await reloadApp(target, app, logs);
    target.log.info(`${target.site.name}: reloaded "${app.name}" in stream "${stream.name}" (${app.id}).`);
  }
}
