import { messageOf } from '../base/errors.ts';
import { readApp } from '../qrs/apps/find.ts';
import { updateApp } from '../qrs/apps/update.ts';
import type { Qrs } from '../qrs/connection.ts';
import type { App } from '../qrs/entities.ts';
import { createTag } from '../qrs/tags.ts';
import type { Site } from '../sites/sites.ts';
import type { AppOutcome, TargetOutcome } from './outcome.ts';
import { place } from './place.ts';
import type { AppPlan, Plan } from './plan.ts';
import { transferOf } from './transfer.ts';

export interface Execution {
  source: Qrs;
  open: (site: Site) => Qrs;
  /** Where files are kept while they travel. */
  folder: string;
  /** Names this run. */
  run: string;
}

/** Time to put a target in order after a failure; less when the whole job is being cancelled. Ms. */
const CLEAN_UP = 60_000;
const CLEAN_UP_WHEN_CANCELLED = 4_000;

/** Does what the plan says, app by app, and nothing else. Never throws for one app what would stop the others. */
export async function execute(plan: Plan, doneTag: string | undefined, execution: Execution) {
  const outcomes: AppOutcome[] = [];
  for (const app of plan.apps) outcomes.push(await executeApp(app, doneTag, execution));
  return outcomes;
}

async function executeApp(
  plan: AppPlan,
  doneTag: string | undefined,
  execution: Execution,
): Promise<AppOutcome> {
  const idle: AppOutcome = { plan, targets: [], tag: 'none', notes: [] };
  if (plan.verdict === 'skip' || plan.verdict === 'refuse') return idle;
  if (execution.source.signal.aborted) return { ...idle, failure: 'Not started: the run was cancelled.' };
  if (plan.verdict === 'promote') return promoteApp(plan, execution);
  try {
    await untag(execution.source, plan.app, doneTag ?? '');
    return { ...idle, tag: 'removed' };
  } catch (error) {
    return { ...idle, tag: 'failed', failure: messageOf(error) };
  }
}

async function promoteApp(plan: AppPlan, { source, open, folder, run }: Execution): Promise<AppOutcome> {
  const transfer = transferOf(source, plan.app, folder);
  const cleanUp = () => AbortSignal.timeout(source.signal.aborted ? CLEAN_UP_WHEN_CANCELLED : CLEAN_UP);
  try {
    const targets = await Promise.all(
      plan.targets.map(target =>
        place(target, { target: open(target.site), app: plan.app, transfer, run, cleanUp }),
      ),
    );
    const file = await transfer.whole().catch(() => undefined);
    const outcome: AppOutcome = { plan, targets, tag: 'none', notes: [], ...(file ? { file } : {}) };
    return await tagIfDue(outcome, targets, source);
  } finally {
    await transfer.close();
  }
}

/** The tag says that every target is done; one that is not keeps it off, and the next run does the rest. */
async function tagIfDue(
  outcome: AppOutcome,
  targets: readonly TargetOutcome[],
  source: Qrs,
): Promise<AppOutcome> {
  const { app, tag } = outcome.plan;
  if (!tag) return outcome;
  if (targets.some(({ failure }) => failure !== undefined)) return { ...outcome, tag: 'not due' };
  try {
    const id = tag.id ?? (await createTag(source, tag.name)).id;
    const notes = await putTag(source, app, { id, name: tag.name });
    return { ...outcome, tag: 'set', notes };
  } catch (error) {
    return { ...outcome, tag: 'failed', failure: messageOf(error) };
  }
}

async function putTag(source: Qrs, app: App, tag: { id: string; name: string }): Promise<string[]> {
  const notes: string[] = [];
  await updateApp(source, app, `tag app "${app.name}" as "${tag.name}"`, now => {
    if (now.tags.some(({ id }) => id === tag.id)) return undefined;
    if (now.lastReloadTime !== app.lastReloadTime || now.modifiedDate !== app.modifiedDate) {
      notes.splice(0, notes.length, `It was changed on ${source.site.name} while it was being promoted.`);
    }
    return { ...now, tags: [...now.tags, tag] };
  });
  await expectTags(source, app, tags => tags.some(({ id }) => id === tag.id));
  source.log.info(`${source.site.name}: tagged "${app.name}" as "${tag.name}".`);
  return notes;
}

async function untag(source: Qrs, app: App, name: string): Promise<void> {
  await updateApp(source, app, `remove tag "${name}" from app "${app.name}"`, now => {
    const tags = now.tags.filter(tag => tag.name !== name);
    return tags.length === now.tags.length ? undefined : { ...now, tags };
  });
  await expectTags(source, app, tags => tags.every(tag => tag.name !== name));
  source.log.info(`${source.site.name}: removed tag "${name}" from "${app.name}".`);
}

async function expectTags(source: Qrs, app: App, right: (tags: App['tags']) => boolean): Promise<void> {
  const now = await readApp(source, app.id);
  if (now && right(now.tags)) return;
  throw new Error(
    `Site "${source.site.name}" accepted the change of the tags of app "${app.name}", but does not show it.`,
  );
}
