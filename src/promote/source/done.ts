import { messageOf } from '../../base/errors.ts';
import { findApps, readApp } from '../../qrs/apps/find.ts';
import { updateApp, updateAsSeen } from '../../qrs/apps/update.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { App, Tag } from '../../qrs/entities.ts';
import { equalsId } from '../../qrs/filter.ts';
import type { AppOutcome } from '../outcome.ts';
import type { AppPlan } from '../plan/planned.ts';
import type { RunContext } from '../run-context.ts';
import type { Spec } from '../spec.ts';
import { wishesOf } from '../survey/wish.ts';
import { notDue, withoutSurveyed } from './not-due.ts';
import { isSourceUnchanged } from './source-now.ts';
import { unpublishApp } from './unpublish.ts';

/**
 * Does what `done` says to the source app, after every target has the app. Where a target lacks it, or the app has
 * changed since the survey, the next run does it. `lastRead` is the last reading of the app. `confirmDone` reads back
 * all written apps at once.
 */
export async function finish(
  outcome: AppOutcome,
  context: RunContext,
  lastRead: App | undefined,
): Promise<AppOutcome> {
  const { tag, properties, unpublish } = outcome.plan.done;
  if (!tag && properties.length === 0 && !unpublish) return outcome;
  if (outcome.targets.some(({ failure }) => failure !== undefined)) {
    return tag ? { ...outcome, tag: 'not due' } : outcome;
  }
  try {
    const set = tag && { id: await context.sourceTag(tag.name), name: tag.name };
    if (unpublish) return await unpublishApp(outcome, set, context);
    const written = await writeDone(outcome.plan, set, context.source, lastRead);
    if (!written) return notDue(outcome);
    const removed = properties.map(name => `property ${name} removed`);
    return { ...outcome, done: removed, tag: set ? 'set' : 'none', written: written.modifiedDate };
  } catch (error) {
    return { ...outcome, tag: tag ? 'failed' : 'none', failure: messageOf(error) };
  }
}

/** The most readings of an app that changes between each reading and the write, such as by frequent reloads. */
const READINGS = 5;

/** Resolves to the written app; to undefined where the app is no longer the surveyed one. */
async function writeDone(
  plan: AppPlan,
  tag: Tag | undefined,
  source: Qrs,
  lastRead: App | undefined,
): Promise<App | undefined> {
  const { app } = plan;
  let seen = lastRead;
  for (let count = 1; count <= READINGS; count += 1) {
    seen ??= await readApp(source, app.id);
    if (!seen) throw new Error(`App "${app.name}" was deleted while it was being promoted.`);
    if (!(await isSourceUnchanged(plan, seen, source))) return undefined;
    const written = await writeTo(seen, plan, tag, source);
    if (written) return written;
    seen = undefined;
  }
  throw new Error(`App "${app.name}" was changed at every one of ${READINGS} tries to change it.`);
}

async function writeTo(
  seen: App,
  plan: AppPlan,
  tag: Tag | undefined,
  source: Qrs,
): Promise<App | undefined> {
  const { app } = plan;
  const { properties } = plan.done;
  const what = [
    tag && `tag it "${tag.name}"`,
    properties.length > 0 && `remove ${properties.join(', ')} from it`,
  ];
  const title = `change app "${app.name}": ${what.filter(Boolean).join(', ')}`;
  const now = await updateAsSeen(source, seen, title, read => {
    if (isDone(plan, read, tag)) return undefined;
    const tags = !tag || read.tags.some(({ id }) => id === tag.id) ? read.tags : [...read.tags, tag];
    return { ...read, tags, customProperties: withoutSurveyed(plan, read) };
  });
  if (!now) return undefined;
  if (tag) source.log.info(`${source.site.name}: tagged "${app.name}" as "${tag.name}".`);
  for (const name of properties) source.log.info(`${source.site.name}: removed ${name} from "${app.name}".`);
  return now;
}

function isDone(plan: AppPlan, now: App, tag: { name: string } | undefined): boolean {
  const tagged = !tag || now.tags.some(({ name }) => name === tag.name);
  return tagged && withoutSurveyed(plan, now).length === now.customProperties.length;
}

/** Reads back the written source apps in a few requests; a difference is a failure of its app. */
export async function confirmDone(outcomes: readonly AppOutcome[], source: Qrs): Promise<AppOutcome[]> {
  const written = new Set(
    outcomes.filter(
      ({ plan, tag, done }) =>
        !plan.done.unpublish && (tag === 'set' || tag === 'removed' || done.length > 0),
    ),
  );
  const ids = [...written].map(({ plan }) => equalsId('id', plan.app.id));
  const read = await findApps(source, 'read back what was written', ids).catch(messageOf);
  if (typeof read === 'string') {
    return outcomes.map(one => (written.has(one) ? { ...one, tag: 'failed' as const, failure: read } : one));
  }
  const seen = new Map(read.map(app => [app.id, app]));
  return outcomes.map(one => (written.has(one) ? confirmed(one, seen.get(one.plan.app.id), source) : one));
}

function confirmed(outcome: AppOutcome, now: App | undefined, { site }: Qrs): AppOutcome {
  const { plan, tag, untagged, written } = outcome;
  const shown =
    tag === 'removed'
      ? !now?.tags.some(({ name }) => name === untagged)
      : now && isDone(plan, now, plan.done.tag);
  if (shown) return outcome;
  // Somebody who changed it right after keeps the last word.
  if (now && written !== undefined && now.modifiedDate !== written) {
    if (tag !== 'removed') return { ...notDue(outcome), done: [] };
    const note = `somebody has set the tag "${untagged}" again since it was removed`;
    return { ...outcome, tag: 'none', notes: [...outcome.notes, note] };
  }
  const failure =
    `Site "${site.name}" accepted the change of app "${plan.app.name}" ` +
    '(its tags or properties), but does not show it.';
  return { ...outcome, tag: 'failed', failure };
}

/** Removes the tag from an app that no longer asks, unless it asks again by now. */
export async function untag(outcome: AppOutcome, { done, to }: Spec, source: Qrs): Promise<AppOutcome> {
  const { app, sites } = outcome.plan;
  const name = done.tag ?? '';
  let asks = false;
  try {
    const written = await updateApp(source, app, `remove tag "${name}" from app "${app.name}"`, now => {
      asks = wishesOf(now, to, sites).asks;
      const tags = now.tags.filter(tag => tag.name !== name);
      return asks || tags.length === now.tags.length ? undefined : { ...now, tags };
    });
    if (asks) return { ...outcome, notes: [`It asks again by now, so the tag "${name}" stays.`] };
    source.log.info(`${source.site.name}: removed tag "${name}" from "${app.name}".`);
    return { ...outcome, tag: 'removed', untagged: name, written: written.modifiedDate };
  } catch (error) {
    return { ...outcome, tag: 'failed', failure: messageOf(error) };
  }
}
