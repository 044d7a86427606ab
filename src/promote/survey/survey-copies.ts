import { appsInReload } from '../../qrs/apps/reloading.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { App } from '../../qrs/entities.ts';
import { isNobodys, siteTime } from '../whose.ts';
import { readWorkingName } from '../working-copy.ts';
import type { Copies } from './facts.ts';

/** Sorts the working copies among apps of a site. Whether a reload is under way is asked only where it matters. */
export async function copiesOn(qrs: Qrs, apps: readonly App[], leftoverAge: number): Promise<Copies> {
  const copies = apps.filter(app => !app.published && readWorkingName(app.name) !== undefined);
  const look = { now: siteTime(qrs), leftoverAge };
  const old = copies.filter(copy => isNobodys(copy, { ...look, reloading: new Set() }));
  const reloading = old.length > 0 ? await appsInReload(qrs) : new Set<string>();
  const removable = old.filter(copy => isNobodys(copy, { ...look, reloading }));
  return { removable, held: copies.filter(copy => !removable.includes(copy)) };
}
