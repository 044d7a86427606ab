import { messageOf } from '../base/errors.ts';
import { findApps } from '../qrs/apps/find.ts';
import { appsInReload } from '../qrs/apps/reloading.ts';
import { removeApp } from '../qrs/apps/remove.ts';
import type { Qrs } from '../qrs/connection.ts';
import { equalsId } from '../qrs/filter.ts';
import type { Leftovers } from './plan/planned.ts';
import { isNobodys, siteTime } from './working-copy.ts';

/**
 * Removes abandoned working copies. It reads each one again right before: since the survey the copy may have gone live,
 * or its run may have touched it. Resolves to a sentence for each failure.
 */
export async function removeLeftovers(
  { removable }: Leftovers,
  target: Qrs,
  leftoverAge: number,
): Promise<string[]> {
  if (removable.length === 0) return [];
  const failures: string[] = [];
  try {
    const reloading = await appsInReload(target);
    for (const { id } of removable) {
      const [copy] = await findApps(target, `look at the working copy ${id} again`, [equalsId('id', id)]);
      if (!copy || !isNobodys(copy, { now: siteTime(target), leftoverAge, reloading })) continue;
      await removeApp(target, copy);
      target.log.info(`${target.site.name}: removed a working copy that an earlier run left (${copy.id}).`);
    }
  } catch (error) {
    failures.push(messageOf(error));
  }
  return failures;
}
