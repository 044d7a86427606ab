import { messageOf } from '../../base/errors.ts';
import { findApps, readApp } from '../../qrs/apps/find.ts';
import { updateApp } from '../../qrs/apps/update.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { App, Tag } from '../../qrs/entities.ts';
import { equalsId } from '../../qrs/filter.ts';
import type { AppOutcome } from '../outcome.ts';
import type { AppPlan } from '../plan/planned.ts';
import type { Spec } from '../spec.ts';
import { wishesOf } from '../survey/wish.ts';
import { isAsSurveyed } from './as-surveyed.ts';
import { type Finishing, notDue, withoutSurveyed } from './finishing.ts';
import { unpublishApp } from './unpublish.ts';

/**
 * What becomes of the source app. It says that every target is done; one that is not keeps all of it back, and
 * the next run does the rest. So does a change of the app that was not carried out. What was written is read back for
 * all apps at once, in `confirmDone`.
 */
export async function finish(outcome: AppOutcome, finishing: Finishing): Promise<AppOutcome> {
  const { tag, properties, unpublish } = outcome.plan.done;
  if (!tag && properties.length === 0 && !unpublish) return outcome;
  if (outcome.targets.some(({ failure }) => failure !== undefined)) {
    return tag ? { ...outcome, tag: 'not due' } : outcome;
  }
  try {
    const id = tag ? await finishing.tagId(tag.name) : undefined;
    const set = tag && id !== undefined ? { id, name: tag.name } : undefined;
    if (unpublish) return await unpublishApp(outcome, set, finishing);
    const written = await write(outcome.plan, set, finishing);
    if (!written) return notDue(outcome);
    const removed = properties.map(name => `property ${name} removed`);
    return { ...outcome, done: removed, tag: set ? 'set' : 'none', written: written.modifiedDate };
  } catch (error) {
    return { ...outcome, tag: tag ? 'failed' : 'none', failure: messageOf(error) };
  }
}

/** The app was changed between the look at it and the write. */
class Moved extends Error {}

/** How often a look and a write are tried while the app keeps changing, as by a reload every few minutes. */
const LOOKS = 5;

/** The app as it was written; undefined where it is another one than was surveyed. */
async function write(
  plan: AppPlan,
  tag: Tag | undefined,
  { source, lastRead }: Finishing,
): Promise<App | undefined> {
  const { app } = plan;
  let known = lastRead;
  for (let look = 1; look <= LOOKS; look += 1) {
    const now = known ?? (await readApp(source, app.id));
    known = undefined;
    if (!now) throw new Error(`App "${app.name}" was deleted while it was being promoted.`);
    if (!(await isAsSurveyed(plan, now, source))) return undefined;
    try {
      return await writeTo(now, plan, tag, source);
    } catch (error) {
      if (!(error instanceof Moved)) throw error;
    }
  }
  throw new Error(`App "${app.name}" was changed at every one of ${LOOKS} tries to change it.`);
}

async function writeTo(seen: App, plan: AppPlan, tag: Tag | undefined, source: Qrs): Promise<App> {
  const { app } = plan;
  const { properties } = plan.done;
  const what = [
    tag && `tag it "${tag.name}"`,
    properties.length > 0 && `remove ${properties.join(', ')} from it`,
  ];
  const change = (now: App) => {
    if (isDone(plan, now, tag)) return undefined;
    if (now.modifiedDate !== seen.modifiedDate) throw new Moved();
    const tags = !tag || now.tags.some(({ id }) => id === tag.id) ? now.tags : [...now.tags, tag];
    return { ...now, tags, customProperties: withoutSurveyed(plan, now) };
  };
  const title = `change app "${app.name}": ${what.filter(Boolean).join(', ')}`;
  const now = await updateApp(source, app, title, change, seen);
  if (tag) source.log.info(`${source.site.name}: tagged "${app.name}" as "${tag.name}".`);
  for (const name of properties) source.log.info(`${source.site.name}: removed ${name} from "${app.name}".`);
  return now;
}

function isDone(plan: AppPlan, now: App, tag: { name: string } | undefined): boolean {
  const tagged = !tag || now.tags.some(({ name }) => name === tag.name);
  return tagged && withoutSurveyed(plan, now).length === now.customProperties.length;
}

/** Reads back, in few requests, what was written to the source apps; what is not so is a failure of its app. */
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
  // Somebody who changed it right after had the last word.
  if (now && written !== undefined && now.modifiedDate !== written) {
    return { ...notDue(outcome), done: [] };
  }
  const failure =
    `Site "${site.name}" accepted the change of app "${plan.app.name}" ` +
    '(its tags or properties), but does not show it.';
  return { ...outcome, tag: 'failed', failure };
}

/** Takes the tag off an app that no longer asks, unless it asks again by now. */
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
