import { messageOf, RemoteError } from '../base/errors.ts';
import { copyApp } from '../qrs/apps/copy.ts';
import { findApps, readApp } from '../qrs/apps/find.ts';
import { removeApp } from '../qrs/apps/remove.ts';
import { updateApp } from '../qrs/apps/update.ts';
import type { Qrs } from '../qrs/connection.ts';
import type { App, Tag } from '../qrs/entities.ts';
import { equals, equalsId, startsWith } from '../qrs/filter.ts';
import type { AppOutcome } from './outcome.ts';
import type { DonePlan } from './planned.ts';
import { isMarkedCopy, markCopy } from './stamp.ts';
import { isWorkingCopy, workingName, workingPrefix } from './working-copy.ts';

export interface Finishing {
  source: Qrs;
  run: string;
  /** The id of `done.tag` on the source site; made once, if it is not there. */
  tagId: (name: string) => Promise<string>;
}

/**
 * What becomes of the source app. It says that every target is done; one that is not keeps all of it back, and
 * the next run does the rest. What was written is read back for all apps at once, in `confirmDone`.
 */
export async function finish(outcome: AppOutcome, finishing: Finishing): Promise<AppOutcome> {
  const { app, done } = outcome.plan;
  const { tag, properties, unpublish } = done;
  if (!tag && properties.length === 0 && !unpublish) return outcome;
  if (outcome.targets.some(({ failure }) => failure !== undefined)) {
    return tag ? { ...outcome, tag: 'not due' } : outcome;
  }
  try {
    const id = tag ? await finishing.tagId(tag.name) : undefined;
    const set = tag && id !== undefined ? { id, name: tag.name } : undefined;
    if (unpublish) return await unpublishApp(outcome, set, finishing);
    const notes = await write(finishing.source, app, done, set);
    const removed = properties.map(name => `property ${name} removed`);
    return { ...outcome, notes, done: removed, tag: set ? 'set' : 'none' };
  } catch (error) {
    return { ...outcome, tag: tag ? 'failed' : 'none', failure: messageOf(error) };
  }
}

async function write(
  source: Qrs,
  app: App,
  { properties }: DonePlan,
  tag: Tag | undefined,
): Promise<string[]> {
  const notes: string[] = [];
  const what = [
    tag && `tag it "${tag.name}"`,
    properties.length > 0 && `remove ${properties.join(', ')} from it`,
  ];
  await updateApp(source, app, `change app "${app.name}": ${what.filter(Boolean).join(', ')}`, now => {
    const tagged = !tag || now.tags.some(({ id }) => id === tag.id);
    const rows = now.customProperties.filter(row => !properties.includes(row.definition.name));
    if (tagged && rows.length === now.customProperties.length) return undefined;
    if (now.lastReloadTime !== app.lastReloadTime || now.modifiedDate !== app.modifiedDate) {
      notes.splice(0, notes.length, `It was changed on ${source.site.name} while it was being promoted.`);
    }
    return { ...now, tags: tagged || !tag ? now.tags : [...now.tags, tag], customProperties: rows };
  });
  if (tag) source.log.info(`${source.site.name}: tagged "${app.name}" as "${tag.name}".`);
  for (const name of properties) source.log.info(`${source.site.name}: removed ${name} from "${app.name}".`);
  return notes;
}

/**
 * Gives the owner an unpublished copy with all that the app had, and only when that was read back removes the
 * published app. Until then a line in its description marks the copy, so that a run that finds one beside the
 * app begins anew.
 */
async function unpublishApp(
  outcome: AppOutcome,
  tag: Tag | undefined,
  { source, run }: Finishing,
): Promise<AppOutcome> {
  const { done } = outcome.plan;
  // The promotion took its time, and people work meanwhile.
  const app = await readApp(source, outcome.plan.app.id);
  if (!app) throw new Error(`App "${outcome.plan.app.name}" was deleted while it was being promoted.`);
  await removeLeftCopies(source, app);
  const name = workingName(app.id, run, 0);
  const copy = await copyApp(source, app, name).catch(error => lostCopy(source, app, name, error));
  try {
    const wanted = ownersCopy(app, done, tag);
    await updateApp(source, copy, `give the copy of app "${app.name}" to its owner`, now => ({
      ...now,
      ...wanted,
    }));
    const now = await readApp(source, copy.id);
    if (now?.name !== app.name || now.owner?.id !== app.owner?.id) {
      throw new Error(`App "${app.name}" was not unpublished: the copy is not as it should be.`);
    }
    await removeApp(source, app);
  } catch (error) {
    await takeBack(source, app, copy, error);
  }
  const notes = await unmark(source, app, copy);
  source.log.info(`${source.site.name}: unpublished "${app.name}"; its owner has it as ${copy.id}.`);
  const removed = done.properties.map(property => `property ${property} removed`);
  const told = [...removed, `unpublished; its owner has it as ${copy.id}`];
  return { ...outcome, notes, done: told, tag: tag ? 'set' : 'none' };
}

function ownersCopy(app: App, { properties }: DonePlan, tag: Tag | undefined): Partial<App> {
  const { name, owner } = app;
  const tags = tag && !app.tags.some(({ id }) => id === tag.id) ? [...app.tags, tag] : app.tags;
  const customProperties = app.customProperties
    .filter(row => !properties.includes(row.definition.name))
    .map(({ value, definition }) => ({ value, definition }));
  const description = markCopy(app.description, app.id);
  return { name, description, tags, customProperties, ...(owner ? { owner } : {}) };
}

/** The mark has done its service; that it stays is a blemish, no failure. */
async function unmark(source: Qrs, app: App, copy: App): Promise<string[]> {
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

/**
 * After a failure before or at the removal. The copy goes only when the published app is surely still there; when
 * that is surely gone, its removal was done though nobody said so, and all is well.
 */
async function takeBack(source: Qrs, app: App, copy: App, error: unknown): Promise<void> {
  const where = `A copy of it stayed on site "${source.site.name}" (id ${copy.id}).`;
  let there: App | undefined;
  try {
    there = await readApp(source, app.id);
  } catch {
    throw new Error(`${messageOf(error)} ${where}`);
  }
  if (!there) return;
  try {
    await removeApp(source, copy);
  } catch {
    throw new Error(`${messageOf(error)} ${where}`);
  }
  throw error;
}

/** A copy that nobody heard of goes again; where that cannot be seen to, it is named. */
async function lostCopy(source: Qrs, app: App, name: string, error: unknown): Promise<never> {
  if (error instanceof RemoteError && !error.mayBeDone) throw error;
  try {
    await removeLeftCopies(source, app);
  } catch {
    throw new Error(`${messageOf(error)} A copy may have stayed on site "${source.site.name}" ("${name}").`);
  }
  throw error;
}

/** What a run that broke off left beside the published app. */
async function removeLeftCopies(source: Qrs, app: App): Promise<void> {
  const left = await findApps(source, 'look for copies that an earlier run left', [
    startsWith('name', workingPrefix(app.id)),
    equals('name', app.name),
  ]);
  for (const copy of left) {
    const marked = !copy.published && isMarkedCopy(copy.description, app.id);
    if (marked || isWorkingCopy(copy, app.id)) await removeApp(source, copy);
  }
}

/** Reads back, in few requests, what was written to the source apps; what is not so is a failure of its app. */
export async function confirmDone(outcomes: readonly AppOutcome[], source: Qrs): Promise<AppOutcome[]> {
  const written = outcomes.filter(
    ({ plan, tag, done }) => !plan.done.unpublish && (tag === 'set' || tag === 'removed' || done.length > 0),
  );
  const ids = written.map(({ plan }) => equalsId('id', plan.app.id));
  const seen = await findApps(source, 'read back what was written', ids).catch(messageOf);
  return outcomes.map(outcome => {
    if (!written.includes(outcome)) return outcome;
    if (typeof seen === 'string') return { ...outcome, tag: 'failed' as const, failure: seen };
    const now = seen.find(({ id }) => id === outcome.plan.app.id);
    if (now && isDone(outcome, now)) return outcome;
    const failure =
      `Site "${source.site.name}" accepted the change of app "${outcome.plan.app.name}" ` +
      '(its tags or properties), but does not show it.';
    return { ...outcome, tag: 'failed' as const, failure };
  });
}

function isDone({ plan, tag, untagged }: AppOutcome, now: App): boolean {
  const has = (name: string | undefined) => now.tags.some(one => one.name === name);
  if (tag === 'removed') return !has(untagged);
  const gone = plan.done.properties.every(
    name => !now.customProperties.some(row => row.definition.name === name),
  );
  return gone && (plan.done.tag === undefined || has(plan.done.tag.name));
}

/** Takes the tag off an app that no longer asks. */
export async function untag(outcome: AppOutcome, name: string, source: Qrs): Promise<AppOutcome> {
  const { app } = outcome.plan;
  try {
    await updateApp(source, app, `remove tag "${name}" from app "${app.name}"`, now => {
      const tags = now.tags.filter(tag => tag.name !== name);
      return tags.length === now.tags.length ? undefined : { ...now, tags };
    });
    source.log.info(`${source.site.name}: removed tag "${name}" from "${app.name}".`);
    return { ...outcome, tag: 'removed', untagged: name };
  } catch (error) {
    return { ...outcome, tag: 'failed', failure: messageOf(error) };
  }
}
