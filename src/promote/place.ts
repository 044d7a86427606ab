import { messageOf, RemoteError } from '../base/errors.ts';
import { copyApp } from '../qrs/apps/copy.ts';
import { findApps, readApp } from '../qrs/apps/find.ts';
import { publishApp } from '../qrs/apps/publish.ts';
import { removeApp } from '../qrs/apps/remove.ts';
import { replaceApp } from '../qrs/apps/replace.ts';
import { updateApp } from '../qrs/apps/update.ts';
import { uploadApp } from '../qrs/apps/upload.ts';
import type { Qrs } from '../qrs/connection.ts';
import type { App } from '../qrs/entities.ts';
import { startsWith } from '../qrs/filter.ts';
import type { StreamOutcome, TargetOutcome } from './outcome.ts';
import type { Step, TargetPlan } from './plan.ts';
import { stamp } from './stamp.ts';
import type { Transfer } from './transfer.ts';
import { verify } from './verify.ts';
import { isWorkingCopy, workingName, workingPrefix } from './working-copy.ts';

export interface Placing {
  target: Qrs;
  /** The app as it was surveyed on the source site. */
  app: App;
  transfer: Transfer;
  /** Names this run in stamps and in the names of working copies. */
  run: string;
  /** This run's working copies here, by name; without an id as long as the site has not said that it is there. */
  copies: Map<string, string | undefined>;
  /** Gives the signal under which things may still be put in order after a failure or a cancellation. */
  cleanUp: () => AbortSignal;
}

/**
 * Brings an app to the streams of one target site: one upload, whatever the number of streams. What users see
 * changes in single calls of the site, from the old app to the new one; everything before happens to a working
 * copy. Never throws: what went wrong is in the outcome.
 */
export async function place(plan: TargetPlan, placing: Placing): Promise<TargetOutcome> {
  const { target } = placing;
  const started = target.clock.now();
  const done = new Map<Step, StreamOutcome>();
  const end = (): Pick<TargetOutcome, 'plan' | 'streams' | 'took'> => ({
    plan,
    streams: plan.steps.map(step => done.get(step) ?? { stream: step.stream, did: 'not done' }),
    took: target.clock.now() - started,
  });
  try {
    await carryOut(plan, placing, done);
    return { ...end(), left: [] };
  } catch (error) {
    if (error instanceof RemoteError && !error.mayBeDone) settleUnclear(done);
    const left = await sweep(placing);
    return { ...end(), left, failure: messageOf(error) };
  }
}

/** A site that refuses has not done it. */
function settleUnclear(done: Map<Step, StreamOutcome>): void {
  for (const [step, { stream, did }] of done) {
    if (did === 'unclear') done.set(step, { stream, did: 'not done' });
  }
}

async function carryOut(plan: TargetPlan, placing: Placing, done: Map<Step, StreamOutcome>): Promise<void> {
  const { target } = placing;
  for (const { name, id } of plan.leftovers) placing.copies.set(name, id);
  for (const leftover of plan.leftovers) {
    await removeApp(target, leftover);
    placing.copies.delete(leftover.name);
    target.log.info(`${target.site.name}: removed a working copy that an earlier run left (${leftover.id}).`);
  }
  for (const step of plan.steps) {
    if (step.do === 'keep') done.set(step, { stream: step.stream, did: 'kept', app: step.app });
  }
  const live = plan.steps.filter(step => step.do !== 'keep');
  if (live.length === 0) return;
  const working = await makeWorkingCopy(plan, placing);
  await goLive(plan, placing, working, done);
  await verify(plan, placing, [...done.values()]);
}

async function makeWorkingCopy(plan: TargetPlan, placing: Placing): Promise<App> {
  const { target, app, transfer } = placing;
  const uploaded = await made(placing, 1, name => uploadApp(target, name, transfer.open));
  target.log.info(`${target.site.name}: uploaded "${app.name}" as a working copy (${uploaded.id}).`);
  return describe(plan, placing, uploaded, app.description);
}

/** Makes a working copy; its name is on record from before the site is asked until it has clearly said no. */
async function made(
  { app, run, copies }: Placing,
  part: number,
  make: (name: string) => Promise<App>,
): Promise<App> {
  const name = workingName(app.id, run, part);
  copies.set(name, undefined);
  try {
    const copy = await make(name);
    copies.set(name, copy.id);
    return copy;
  } catch (error) {
    if (error instanceof RemoteError && !error.mayBeDone) copies.delete(name);
    throw error;
  }
}

/** Replaces come first: they leave the working copy as it is, and the last publish makes it the live app. */
async function goLive(
  plan: TargetPlan,
  placing: Placing,
  working: App,
  done: Map<Step, StreamOutcome>,
): Promise<void> {
  const { target, app } = placing;
  const tell = (did: string, step: Step, id: string) =>
    target.log.info(`${target.site.name}: ${did} stream "${step.stream.name}" (${id}).`);
  for (const step of plan.steps) {
    if (step.do !== 'replace') continue;
    const { stream } = step;
    const before = await lookAgain(target, step);
    done.set(step, { stream, did: 'unclear', app: before });
    await replaceApp(target, working, before);
    done.set(step, { stream, did: 'replaced', app: before });
    await confirmReplaced(plan, placing, working, before);
    tell(`replaced "${plan.name}" in`, step, before.id);
  }
  const publishes = plan.steps.filter(step => step.do === 'publish');
  for (const [index, step] of publishes.entries()) {
    const last = index === publishes.length - 1;
    const copy = last ? working : await made(placing, index + 2, name => copyApp(target, working, name));
    const ready = last ? working : await describe(plan, placing, copy, app.description);
    const live = { id: ready.id, name: plan.name };
    done.set(step, { stream: step.stream, did: 'unclear', app: live });
    await publishApp(target, ready, step.stream, plan.name);
    placing.copies.delete(copy.name);
    done.set(step, { stream: step.stream, did: 'published', app: live });
    tell(`published "${plan.name}" to`, step, ready.id);
  }
  if (publishes.length === 0) await removeApp(target, working);
}

/**
 * Stamps an app that nobody sees yet, so that a run that breaks off after the publish is known to have been
 * there. `text` is the author's description, which may or may not have travelled (docs/qrs.md 9).
 */
function describe(plan: TargetPlan, { target, run }: Placing, copy: App, text: string): Promise<App> {
  const wanted = plan.origin ? stamp(text, plan.origin, run) : text;
  return updateApp(
    target,
    copy,
    `describe the working copy ${copy.id}`,
    now => (now.description === wanted ? undefined : { ...now, description: wanted }),
    copy,
  );
}

/** Reads the app that is about to be replaced once more: the upload took its time, and people work meanwhile. */
async function lookAgain(target: Qrs, step: Extract<Step, { do: 'replace' }>): Promise<App> {
  const now = await readApp(target, step.app.id);
  if (now?.published && now.stream?.id === step.stream.id && now.name === step.app.name) return now;
  throw new RemoteError({
    site: target.site.name,
    attempt: `keep app "${step.app.name}" (${step.app.id}) in stream "${step.stream.name}"`,
    answer: 'it was moved, renamed or deleted while the new one was uploaded',
    mayBeDone: false,
    final: true,
  });
}

/**
 * Reads a replaced app: was it touched at all? Where the site gave it the name or the text of the working copy
 * (docs/qrs.md 9), it gets its own back, and the new stamp.
 */
async function confirmReplaced(
  plan: TargetPlan,
  { target, run }: Placing,
  working: App,
  before: App,
): Promise<void> {
  await updateApp(target, before, `describe app "${plan.name}"`, now => {
    const moved = now.modifiedDate !== before.modifiedDate;
    const same = now.fileSize === working.fileSize && now.lastReloadTime === working.lastReloadTime;
    if (!moved && !same) throw unchanged(target, before);
    const text = now.description === working.description ? before.description : now.description;
    const description = plan.origin ? stamp(text, plan.origin, run) : text;
    const name = now.name === working.name ? plan.name : now.name;
    return now.description === description && now.name === name ? undefined : { ...now, description, name };
  });
}

function unchanged(target: Qrs, app: App): RemoteError {
  return new RemoteError({
    site: target.site.name,
    attempt: `replace app "${app.name}" (${app.id})`,
    answer: 'it answered that this was done, but the app is as it was before',
    mayBeDone: true,
    final: true,
  });
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
