import { removeApp } from '../qrs/apps/remove.ts';
import { updateApp } from '../qrs/apps/update.ts';
import type { Qrs } from '../qrs/connection.ts';
import type { App } from '../qrs/entities.ts';
import { giverName } from './working-copy.ts';

/**
 * Removes a run's own working copy. Where a change without an answer may still be reading it (`gaveTo` names the app or
 * stream), it gets a name that says so instead, and a later run removes it. Resolves to the app where it stayed: a
 * published copy is no longer a working copy.
 */
export async function removeCopy(qrs: Qrs, copy: App, gaveTo: string | undefined): Promise<App | undefined> {
  if (gaveTo === undefined) {
    await removeApp(qrs, copy);
    qrs.log.info(`${qrs.site.name}: removed the working copy ${copy.id}.`);
    return undefined;
  }
  const name = giverName(copy.name, gaveTo);
  const rename = (now: App) => (now.published ? undefined : { ...now, name });
  return updateApp(qrs, copy, `say of the working copy ${copy.id} what it is for`, rename);
}
