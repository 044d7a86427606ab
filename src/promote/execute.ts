import { abortedAfter } from '../base/deadline.ts';
import { messageOf } from '../base/errors.ts';
import { readApp } from '../qrs/apps/find.ts';
import { updateApp } from '../qrs/apps/update.ts';
import type { Qrs } from '../qrs/connection.ts';
import type { App } from '../qrs/entities.ts';
import { createTag } from '../qrs/tags.ts';
import type { Site } from '../sites/sites.ts';
import type { AppOutcome } from './outcome.ts';
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

/** Time to put a target in order after a failure. Ms. */
const CLEAN_UP = 60_000;
/** The same once the job is cancelled, from that moment: the runner ends the process after ten seconds. */
const CLEAN_UP_WHEN_CANCELLED = 6_500;

/** Does what the plan says, app by app, and nothing else. Never throws for one app what would stop the others. */
export async function execute(
  plan: Plan,
  doneTag: string | undefined,
  execution: Execution,
): Promise<AppOutcome[]> {
  const { source } = execution;
  const late = abortedAfter(source.signal, CLEAN_UP_WHEN_CANCELLED);
  const cleanUp = () => AbortSignal.any([late, AbortSignal.timeout(CLEAN_UP)]);
  let tag: Promise<string> | undefined;
  const context: Context = {
    ...execution,
    cleanUp,
    // One tag for all apps: it is made once.
    tagId: ({ id, name }) => {
      tag ??= id === undefined ? createTag(source, name).then(made => made.id) : Promise.resolve(id);
      return tag;
    },
  };
  const outcomes: AppOutcome[] = [];
  for (const app of plan.apps) outcomes.push(await executeApp(app, doneTag, context));
  return outcomes;
}

interface Context extends Execution {
  cleanUp: () => AbortSignal;
  tagId: (tag: NonNullable<AppPlan['tag']>) => Promise<string>;
}

async function executeApp(plan: AppPlan, doneTag: string | undefined, context: Context): Promise<AppOutcome> {
  const idle: AppOutcome = { plan, targets: [], tag: 'none', notes: [] };
  if (plan.verdict === 'skip' || plan.verdict === 'refuse') return idle;
  if (context.source.signal.aborted) return { ...idle, failure: 'Not started: the run was cancelled.' };
  if (plan.verdict === 'promote') return promoteApp(plan, context);
  try {
    await untag(context.source, plan.app, doneTag ?? '');
    return { ...idle, tag: 'removed' };
  } catch (error) {
    return { ...idle, tag: 'failed', failure: messageOf(error) };
  }
}

async function promoteApp(plan: AppPlan, context: Context): Promise<AppOutcome> {
  const { source, open, folder, run, cleanUp } = context;
  const transfer = transferOf(source, plan.app, folder);
  try {
    const targets = await Promise.all(
      plan.targets.map(target =>
        place(target, {
          target: open(target.site),
          app: plan.app,
          transfer,
          run,
          copies: new Map(),
          cleanUp,
        }),
      ),
    );
    const needed = targets.some(({ failure }) => failure === undefined);
    const file = needed ? await transfer.whole() : undefined;
    const outcome: AppOutcome = { plan, targets, tag: 'none', notes: [], ...(file ? { file } : {}) };
    return await tagIfDue(outcome, context);
  } finally {
    await transfer.close();
  }
}

/** The tag says that every target is done; one that is not keeps it off, and the next run does the rest. */
async function tagIfDue(outcome: AppOutcome, { source, tagId }: Context): Promise<AppOutcome> {
  const { app, tag } = outcome.plan;
  if (!tag) return outcome;
  if (outcome.targets.some(({ failure }) => failure !== undefined)) return { ...outcome, tag: 'not due' };
  try {
    const notes = await putTag(source, app, { id: await tagId(tag), name: tag.name });
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
