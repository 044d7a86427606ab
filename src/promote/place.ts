import { messageOf, RemoteError } from '../base/errors.ts';
import { withProgress } from '../base/progress.ts';
import { findApps } from '../qrs/apps/find.ts';
import { removeApp } from '../qrs/apps/remove.ts';
import { uploadApp } from '../qrs/apps/upload.ts';
import type { Qrs } from '../qrs/connection.ts';
import type { App } from '../qrs/entities.ts';
import { startsWith } from '../qrs/filter.ts';
import { backUp } from './backup.ts';
import { amend, describe, goLive } from './live.ts';
import type { StreamOutcome, TargetOutcome } from './outcome.ts';
import { made, type Placing, type Progress } from './placing.ts';
import type { Step, TargetPlan } from './planned.ts';
import { reloadFirst, reloadLive } from './reloading.ts';
import { rollBack } from './rollback.ts';
import type { Transfer } from './transfer.ts';
import { verify } from './verify.ts';
import { isWorkingCopy, workingPrefix } from './working-copy.ts';

/**
 * Brings an app to the streams of one target site: one upload, whatever the number of streams. What users see
 * changes in single calls of the site, from the old app to the new one; everything before happens to a working
 * copy. Never throws: what went wrong is in the outcome.
 */
export async function place(plan: TargetPlan, placing: Placing): Promise<TargetOutcome> {
  const { target } = placing;
  const started = target.clock.now();
  const done: Progress = new Map();
  const end = (): Pick<TargetOutcome, 'plan' | 'streams' | 'took'> => ({
    plan,
    streams: plan.steps.map(step => withBackup(step, done, placing)),
    took: target.clock.now() - started,
  });
  try {
    await carryOut(plan, placing, done);
    return { ...end(), left: [] };
  } catch (error) {
    if (error instanceof RemoteError && !error.mayBeDone) settleUnclear(done);
    const kept = plan.options.rollback ? await rollBack(plan, placing, done) : [];
    const left = await sweep(placing);
    return { ...end(), left, failure: [messageOf(error), ...kept].join(' ') };
  }
}

function withBackup(step: Step, done: Progress, { backups }: Placing): StreamOutcome {
  const outcome = done.get(step) ?? { stream: step.stream, did: 'not done' };
  const backup = step.do === 'replace' ? backups.get(step.app.id)?.file : undefined;
  return backup === undefined ? outcome : { ...outcome, backup };
}

/** A site that refuses has not done it. */
function settleUnclear(done: Progress): void {
  for (const [step, { stream, did }] of done) {
    if (did === 'unclear') done.set(step, { stream, did: 'not done' });
  }
}

async function carryOut(plan: TargetPlan, placing: Placing, done: Progress): Promise<void> {
  for (const step of plan.steps) if (step.do === 'keep') await keep(plan, placing, step, done);
  if (plan.steps.some(step => step.do !== 'keep')) {
    const working = await makeWorkingCopy(plan, placing);
    await backUpTargets(plan, placing);
    await goLive(plan, placing, working, done);
  }
  await verify(plan, placing, done);
  await reloadLive(plan, placing, done);
}

async function keep(
  plan: TargetPlan,
  placing: Placing,
  step: Extract<Step, { do: 'keep' }>,
  done: Progress,
): Promise<void> {
  const { stream, app, lacks } = step;
  if (lacks.length > 0) await amend(plan, placing, app);
  done.set(step, { stream, did: lacks.length > 0 ? 'amended' : 'kept', app });
}

async function makeWorkingCopy(plan: TargetPlan, placing: Placing): Promise<App> {
  const { target, app, transfer } = placing;
  const options = {
    keepData: plan.options.data === 'keep',
    excludeConnections: plan.options.connections === 'drop',
  };
  const open = watchedUpload(target, app, transfer);
  const uploaded = await made(placing, 1, name => uploadApp(target, name, open, options));
  target.log.info(`${target.site.name}: uploaded "${app.name}" as a working copy (${uploaded.id}).`);
  if (plan.options.reload === 'before') await reloadFirst(placing, uploaded);
  // Only what is published keeps its description: a replace leaves the target's own.
  const published = plan.steps.some(step => step.do === 'publish');
  const justRead = plan.options.reload === 'before' ? undefined : uploaded;
  return published ? describe(plan, placing, uploaded, justRead) : uploaded;
}

function watchedUpload(target: Qrs, app: App, transfer: Transfer): Transfer['open'] {
  return async () => {
    const { content, length } = await transfer.open();
    const what = `${target.site.name}: uploading "${app.name}"`;
    return { content: withProgress(content, { ...target, what, total: length }), length };
  };
}

/** All of them before the first replace: a backup that fails has changed nothing. */
async function backUpTargets(plan: TargetPlan, { target, backups }: Placing): Promise<void> {
  const { backup } = plan.options;
  if (backup === undefined) return;
  for (const step of plan.steps) {
    if (step.do !== 'replace') continue;
    const kept = await backUp(target, step.app, backup);
    backups.set(step.app.id, kept);
    target.log.info(`${target.site.name}: backed up "${step.app.name}" (${step.app.id}) to ${kept.file}.`);
  }
}

/** After a failure: removes every working copy of this app on the site. Returns those that had, or may have, to stay. */
async function sweep(placing: Placing): Promise<TargetOutcome['left']> {
  const { app, copies } = placing;
  const target = placing.target.under(placing.cleanUp());
  const left: TargetOutcome['left'][number][] = [];
  const prefix = workingPrefix(app.id);
  try {
    const named = await findApps(target, 'look for working copies', [startsWith('name', prefix)]);
    for (const copy of named.filter(one => isWorkingCopy(one, app.id))) {
      copies.delete(copy.name);
      try {
        await removeApp(target, copy);
        target.log.info(`${target.site.name}: removed the working copy ${copy.id}.`);
      } catch (error) {
        left.push({ id: copy.id, name: copy.name, certain: true });
        target.log.warning(messageOf(error));
      }
    }
    // What was there is gone or live; what was only asked for, the site may still be making.
    for (const [name, id] of copies) if (id === undefined) left.push({ name, certain: false });
  } catch (error) {
    target.log.warning(messageOf(error));
    for (const [name, id] of copies) left.push({ id, name, certain: false });
  }
  return left;
}
