import { messageOf } from '../base/errors.ts';
import { copyApp } from '../qrs/apps/copy.ts';
import { findApps, readApp } from '../qrs/apps/find.ts';
import { removeApp } from '../qrs/apps/remove.ts';
import { updateApp } from '../qrs/apps/update.ts';
import type { Qrs } from '../qrs/connection.ts';
import type { App, Tag } from '../qrs/entities.ts';
import { equalsId } from '../qrs/filter.ts';
import type { AppOutcome } from './outcome.ts';
import type { DonePlan } from './plan.ts';
import { workingName } from './working-copy.ts';

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
 * Gives the owner an unpublished copy, and only when that was read back removes the published app. A copy that
 * did not come to that is removed again, so that the next run finds things as they were.
 */
async function unpublishApp(
  outcome: AppOutcome,
  tag: Tag | undefined,
  { source, run }: Finishing,
): Promise<AppOutcome> {
  const { app } = outcome.plan;
  const { owner } = app;
  const copy = await copyApp(source, app, workingName(app.id, run, 0));
  try {
    const tags = tag ? [tag] : [];
    const wanted = { name: app.name, tags, ...(owner ? { owner } : {}) };
    await updateApp(source, copy, `give the copy of app "${app.name}" to its owner`, now => ({
      ...now,
      ...wanted,
    }));
    const now = await readApp(source, copy.id);
    if (now?.name !== app.name || now.owner?.id !== owner?.id)
      throw new Error('the copy is not as it should be');
    await removeApp(source, app);
  } catch (error) {
    await removeApp(source, copy).catch(left => source.log.warning(messageOf(left)));
    throw error;
  }
  source.log.info(`${source.site.name}: unpublished "${app.name}"; its owner has it as ${copy.id}.`);
  const done = [`unpublished; its owner has it as ${copy.id}`];
  return { ...outcome, done, tag: tag ? 'set' : 'none' };
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
