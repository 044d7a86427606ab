import { messageOf } from '../../base/errors.ts';
import { readApp } from '../../qrs/apps/find.ts';
import { type AppObject, findObjects } from '../../qrs/apps/objects.ts';
import { deleteApp } from '../../qrs/apps/remove.ts';
import { updateApp } from '../../qrs/apps/update.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { App, Tag } from '../../qrs/entities.ts';
import type { AppOutcome } from '../outcome.ts';
import { othersObjects } from '../plan/plan-done.ts';
import type { AppPlan } from '../plan/planned.ts';
import type { RunContext } from '../run-context.ts';
import { isPublic, sourceDigest } from '../version.ts';
import { notDue } from './not-due.ts';
import { isRival, makeOwnersCopy, removeDeadCopies, takeBack } from './owners-copy.ts';
import { isSourceUnchanged } from './source-now.ts';

/** The published app at the time of the copy. */
interface Copied {
  app: App;
  objects: readonly AppObject[];
  copy: App;
}

/**
 * Gives the owner an unpublished copy with everything that the app had, and removes the published app only after
 * reading the copy back. Until then a line in its description marks the copy. A change by somebody between the copy and
 * the removal invalidates the copy: the run makes a new one, once.
 */
export async function unpublishApp(
  outcome: AppOutcome,
  tag: Tag | undefined,
  context: RunContext,
): Promise<AppOutcome> {
  const { source } = context;
  const { plan } = outcome;
  for (let tries = 1; ; tries += 1) {
    const read = await readBoth(plan, source);
    if (!(await isSourceUnchanged(plan, read.app, source))) return notDue(outcome);
    refuseOthers(plan, read);
    const copied = { ...read, copy: await makeOwnersCopy(read.app, plan, tag, context) };
    const after = await removePublished(copied, plan, context);
    if (after === 'changed' && tries < 2) continue;
    if (after === 'changed') return notDue(outcome);
    return { ...outcome, ...after, tag: after.done.length > 0 && tag ? 'set' : 'none' };
  }
}

async function readBoth({ app: { id, name } }: AppPlan, source: Qrs): Promise<Omit<Copied, 'copy'>> {
  // Read the app last: an edit of an object in between changes the app's date, too.
  const objects = (await findObjects(source, [id])).get(id) ?? [];
  const app = await readApp(source, id);
  if (!app) throw new Error(`App "${name}" was deleted while it was being promoted.`);
  return { app, objects };
}

/** Since the plan, somebody may have made a sheet, which no copy would have. */
function refuseOthers({ done }: AppPlan, { app, objects }: Omit<Copied, 'copy'>): void {
  const others = done.loseOthers ? [] : othersObjects(objects);
  if (others.length === 0) return;
  throw new Error(
    `App "${app.name}" was not unpublished: users have ${others.length} objects in it by now that a copy does not have.`,
  );
}

type After = 'changed' | { notes: readonly string[]; done: readonly string[] };

async function removePublished(copied: Copied, plan: AppPlan, context: RunContext): Promise<After> {
  const { source, lateSource: late } = context;
  const { app, copy } = copied;
  const looked = await lookAgain(copied, plan, context).catch(async error => {
    throw new Error([messageOf(error), await takeBack(late, copy)].filter(Boolean).join(' '));
  });
  if ('rival' in looked) {
    const left = `Another run is unpublishing it (working copy ${looked.rival}); this one left that to it.`;
    const stayed = await takeBack(late, copy);
    return { notes: [left, ...(stayed === undefined ? [] : [stayed])], done: [] };
  }
  const { kept, changed } = looked;
  if (changed) {
    const stayed = await takeBack(late, copy);
    if (stayed === undefined) return 'changed';
    throw new Error(`App "${app.name}" was not unpublished: it has changed meanwhile. ${stayed}`);
  }
  await remove(copied, late, source);
  const notes = [...kept, ...(await unmark(app, copy, source))];
  source.log.info(`${source.site.name}: unpublished "${app.name}"; its owner has it as ${copy.id}.`);
  const removed = plan.done.properties.map(property => `property ${property} removed`);
  return { notes, done: [...removed, `unpublished; its owner has it as ${copy.id}`] };
}

/** The last look at the copy, at other runs and at the app. */
async function lookAgain(
  copied: Copied,
  plan: AppPlan,
  context: RunContext,
): Promise<{ rival: string } | { kept: string[]; changed: boolean }> {
  const { app, copy } = copied;
  await checkCopy(copied, context.source);
  const rival = await isRival(app, copy, context);
  if (rival) return { rival: rival.id };
  const kept = await removeDeadCopies(app, copy, context);
  return { kept, changed: await hasChanged(copied, plan, context.source) };
}

/** Reads the copy back, and compares name, owner, and everything that users of the published app saw. */
async function checkCopy({ app, objects, copy }: Copied, source: Qrs): Promise<void> {
  const now = await readApp(source, copy.id);
  const title = `App "${app.name}" was not unpublished: the copy is not as it should be`;
  if (!now) {
    const owner = app.owner ? ` to ${app.owner.userDirectory}\\${app.owner.userId}` : '';
    throw new Error(
      `App "${app.name}" was not unpublished: site "${source.site.name}" does not show its copy, which was given${owner}. ` +
        `Before the next run, give ${source.site.user} the right to read unpublished apps of other owners.`,
    );
  }
  if (now.name !== app.name || now.owner?.id !== app.owner?.id || now.published) throw new Error(`${title}.`);
  const has = new Set(
    ((await findObjects(source, [copy.id])).get(copy.id) ?? []).map(({ engineObjectId }) => engineObjectId),
  );
  const lacks = objects.filter(object => isPublic(object) && !has.has(object.engineObjectId));
  if (lacks.length > 0) throw new Error(`${title}: it lacks ${lacks.length} of the app's objects.`);
}

/** Whether the published app, read right before its removal, differs from the copied one. */
async function hasChanged({ app, objects }: Copied, plan: AppPlan, source: Qrs): Promise<boolean> {
  const now = await readBoth(plan, source);
  if (now.app.modifiedDate !== app.modifiedDate) return true;
  refuseOthers(plan, now);
  return sourceDigest(now.app, now.objects, true) !== sourceDigest(app, objects, true);
}

/** After a DELETE that the site did not clearly refuse, the copy may be all that is left of the app, so it stays. */
async function remove({ app, copy }: Copied, late: Qrs, source: Qrs): Promise<void> {
  const removal = await deleteApp(source, app);
  if (removal.error === undefined) return;
  if (!removal.mayBeDone) {
    throw new Error([messageOf(removal.error), await takeBack(late, copy)].filter(Boolean).join(' '));
  }
  const there = await readApp(late, app.id).catch(() => app);
  if (!there) return;
  throw new Error(
    `${messageOf(removal.error)} Whether the site still deletes it is not known, so the copy of it stayed on site ` +
      `"${source.site.name}" (id ${copy.id}).`,
  );
}

/** The mark is no longer needed; if it stays, that is no failure. */
async function unmark(app: App, copy: App, source: Qrs): Promise<string[]> {
  try {
    await updateApp(source, copy, `describe the copy of app "${app.name}"`, now => ({
      ...now,
      description: app.description,
    }));
    return [];
  } catch (error) {
    return [`The mark in the description of its owner's copy stayed. ${messageOf(error)}`];
  }
}
