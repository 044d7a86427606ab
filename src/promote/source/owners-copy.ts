import { messageOf, RemoteError } from '../../base/errors.ts';
import { copyApp } from '../../qrs/apps/copy.ts';
import { findApps, readApp } from '../../qrs/apps/find.ts';
import { appsInReload } from '../../qrs/apps/reloading.ts';
import { deleteApp, removeApp } from '../../qrs/apps/remove.ts';
import { updateApp } from '../../qrs/apps/update.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { App, Tag } from '../../qrs/entities.ts';
import { equals, startsWith } from '../../qrs/filter.ts';
import type { AppPlan } from '../plan/planned.ts';
import type { RunContext } from '../run-context.ts';
import { isMarkedCopy, markCopy } from '../stamp.ts';
import { isOlder, isWorkingCopy, lastSign, siteTime, workingName, workingPrefix } from '../working-copy.ts';
import { withoutSurveyed } from './not-due.ts';

/** The number of the owner's copy among a run's working copies. */
const PART = 0;

/** Makes the owner's copy, with everything that the published app has, and a mark that names its purpose. */
export async function makeOwnersCopy(
  app: App,
  plan: AppPlan,
  tag: Tag | undefined,
  { source, run, lateSource: late }: RunContext,
): Promise<App> {
  const name = workingName(app.id, run, PART);
  const copy = await copyApp(source, app, { name, properties: 'dropped' }).catch(error =>
    lostCopy(error, name, late),
  );
  const { owner } = app;
  const tags = tag && !app.tags.some(({ id }) => id === tag.id) ? [...app.tags, tag] : app.tags;
  const rows = withoutSurveyed(plan, app).map(({ value, definition }) => ({ value, definition }));
  const wanted = {
    name: app.name,
    description: markCopy(app.description, app.id),
    tags,
    customProperties: rows,
  };
  try {
    const { modifiedByUserName } = await updateApp(
      source,
      copy,
      `give the copy of app "${app.name}" to its owner`,
      now => ({ ...now, ...wanted, ...(owner ? { owner } : {}) }),
    );
    return { ...copy, modifiedByUserName };
  } catch (error) {
    throw new Error([messageOf(error), await takeBack(late, copy)].filter(Boolean).join(' '));
  }
}

/** Removes a copy that a lost answer may have left. The error names one that stayed, and one that cannot be found. */
async function lostCopy(error: unknown, name: string, source: Qrs): Promise<never> {
  if (error instanceof RemoteError && !error.mayBeDone) throw error;
  const found = await findApps(source, `look for the copy "${name}"`, [equals('name', name)]).catch(() => []);
  const stayed: string[] = [];
  for (const copy of found) {
    const removal = copy.published ? undefined : await deleteApp(source, copy);
    if (removal && removal.error !== undefined) stayed.push(stayedOn(source, copy));
  }
  const where = `A copy may have stayed on site "${source.site.name}", or may yet appear ("${name}").`;
  throw new Error([messageOf(error), ...stayed, ...(found.length === 0 ? [where] : [])].join(' '));
}

function stayedOn({ site }: Qrs, { id }: App): string {
  return `A copy of it stayed on site "${site.name}" (id ${id}).`;
}

/**
 * Removes this run's own copy while it is unpublished. Returns a sentence about a copy that stayed, or that the site does
 * not show: its owner may have deleted it, or a site hides the apps of other owners (docs/qrs.md 9).
 */
export async function takeBack(source: Qrs, copy: App): Promise<string | undefined> {
  try {
    const now = await readApp(source, copy.id);
    if (!now)
      return `A copy of it (id ${copy.id}) may have stayed on site "${source.site.name}", which does not show it.`;
    if (now.published) return undefined;
    const { error } = await deleteApp(source, now);
    return error === undefined ? undefined : stayedOn(source, copy);
  } catch {
    return stayedOn(source, copy);
  }
}

/** The copies that runs made to unpublish an app, found by their name or their mark. */
async function copiesOf(app: App, source: Qrs): Promise<App[]> {
  const found = await findApps(source, 'look for copies of the app that runs made', [
    startsWith('name', workingPrefix(app.id)),
    equals('name', app.name),
  ]);
  return found.filter(
    copy => !copy.published && (isMarkedCopy(copy.description, app.id) || isWorkingCopy(copy, app.id)),
  );
}

/**
 * Removes copies that interrupted runs left. A copy stays where it may still be another run's, or where its owner has
 * worked in it since: its last writer is not that of `mine`. Resolves to a sentence for each of the latter.
 */
export async function removeDeadCopies(
  app: App,
  mine: App,
  { source, spec: { leftoverAge } }: RunContext,
): Promise<string[]> {
  const others = (await copiesOf(app, source)).filter(({ id }) => id !== mine.id);
  const old = others.filter(copy => siteTime(source) - lastSign(copy) >= leftoverAge);
  const reloading = old.length > 0 ? await appsInReload(source) : new Set<string>();
  const kept: string[] = [];
  for (const copy of old.filter(({ id }) => !reloading.has(id))) {
    const { id, modifiedByUserName: writer } = copy;
    const untouched = isWorkingCopy(copy, app.id) || (writer !== '' && writer === mine.modifiedByUserName);
    if (untouched) await removeApp(source, copy);
    else
      kept.push(`A copy that an earlier run made stays (${id}), as ${writer || 'somebody'} has changed it.`);
  }
  return kept;
}

/** An older copy of another run that is unpublishing the same app. */
export async function isRival(
  app: App,
  mine: App,
  { source, spec: { leftoverAge } }: RunContext,
): Promise<App | undefined> {
  const others = (await copiesOf(app, source)).filter(copy => copy.id !== mine.id);
  return others.find(copy => siteTime(source) - lastSign(copy) < leftoverAge && isOlder(copy, mine));
}
