import { RemoteError } from '../base/errors.ts';
import { copyApp } from '../qrs/apps/copy.ts';
import { readApp } from '../qrs/apps/find.ts';
import { publishApp } from '../qrs/apps/publish.ts';
import { removeApp } from '../qrs/apps/remove.ts';
import { replaceApp } from '../qrs/apps/replace.ts';
import { updateApp } from '../qrs/apps/update.ts';
import type { Qrs } from '../qrs/connection.ts';
import type { App } from '../qrs/entities.ts';
import { type Attributes, withAttributes } from './attributes.ts';
import { made, type Placing, type Progress } from './placing.ts';
import type { Step, TargetPlan } from './planned.ts';
import { stamp } from './stamp.ts';

/**
 * Makes the working copy live. Replaces come first: they leave it as it is, and the last publish makes it the
 * live app itself.
 */
export async function goLive(
  plan: TargetPlan,
  placing: Placing,
  working: App,
  done: Progress,
): Promise<void> {
  for (const step of plan.steps) if (step.do === 'replace') await replace(plan, placing, working, step, done);
  const publishes = plan.steps.filter(step => step.do === 'publish');
  for (const [index, step] of publishes.entries()) {
    const last = index === publishes.length - 1;
    await publish(
      plan,
      placing,
      last ? working : await copyOf(plan, placing, working, index + 2),
      step,
      done,
    );
  }
  if (publishes.length === 0) await removeApp(placing.target, working);
}

async function replace(
  plan: TargetPlan,
  placing: Placing,
  working: App,
  step: Extract<Step, { do: 'replace' }>,
  done: Progress,
): Promise<void> {
  const { target } = placing;
  const { stream } = step;
  const before = await lookAgain(target, step);
  placing.before.set(before.id, before);
  done.set(step, { stream, did: 'unclear', app: before });
  const now = await replaceApp(target, working, before);
  done.set(step, { stream, did: 'replaced', app: before });
  await confirmReplaced(plan, placing, working, before, now);
  target.log.info(`${target.site.name}: replaced "${plan.name}" in stream "${stream.name}" (${before.id}).`);
}

async function publish(
  plan: TargetPlan,
  { target, copies, streamId }: Placing,
  copy: App,
  step: Step,
  done: Progress,
): Promise<void> {
  const { name } = step.stream;
  const stream = { id: step.stream.id ?? (await streamId(name)), name };
  const live = { id: copy.id, name: plan.name };
  done.set(step, { stream, did: 'unclear', app: live });
  await publishApp(target, copy, stream, plan.name);
  copies.delete(copy.name);
  done.set(step, { stream, did: 'published', app: live });
  target.log.info(`${target.site.name}: published "${plan.name}" to stream "${name}" (${copy.id}).`);
}

async function copyOf(plan: TargetPlan, placing: Placing, working: App, part: number): Promise<App> {
  const copy = await made(placing, part, name => copyApp(placing.target, working, name));
  return describe(plan, placing, copy, copy);
}

/**
 * Stamps an app that nobody sees yet, so that a run that breaks off after the publish is known to have been
 * there. The author's text may or may not have travelled (docs/qrs.md 9). `justRead` spares a read.
 */
export async function describe(
  plan: TargetPlan,
  placing: Placing,
  copy: App,
  justRead: App | undefined,
): Promise<App> {
  const { target, app, credit } = placing;
  const attributes = await ready(plan.attributes, placing);
  const pending = plan.options.reload === 'after';
  const description = plan.origin
    ? stamp(app.description, { ...plan.origin, pending }, credit)
    : app.description;
  return updateApp(
    target,
    copy,
    `describe the working copy ${copy.id}`,
    now => changed(now, withAttributes({ ...now, description }, attributes)),
    justRead,
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
 * Looks at a replaced app: was it touched at all? Where the site gave it the name or the text of the working copy
 * (docs/qrs.md 9), it gets its own back, and the new stamp and attributes. `justRead` spares a read.
 */
async function confirmReplaced(
  plan: TargetPlan,
  placing: Placing,
  working: App,
  before: App,
  justRead: App | undefined,
): Promise<void> {
  const { target, credit } = placing;
  const attributes = await ready(plan.attributes, placing);
  const wanted = (now: App) => {
    const moved = now.modifiedDate !== before.modifiedDate;
    const same = now.fileSize === working.fileSize && now.lastReloadTime === working.lastReloadTime;
    if (!moved && !same) throw unchanged(target, before);
    const text = now.description === working.description ? before.description : now.description;
    const pending = plan.options.reload === 'after';
    const description = plan.origin ? stamp(text, { ...plan.origin, pending }, credit) : text;
    const name = now.name === working.name ? plan.name : now.name;
    return changed(now, withAttributes({ ...now, description, name }, attributes));
  };
  await updateApp(target, before, `describe app "${plan.name}"`, wanted, justRead);
}

/** Gives an app that is there already what the spec asks of it beside. */
export async function amend(plan: TargetPlan, placing: Placing, app: App): Promise<void> {
  const { target } = placing;
  const attributes = await ready(plan.attributes, placing);
  await updateApp(target, app, `bring app "${app.name}" up to date`, now =>
    changed(now, withAttributes(now, attributes)),
  );
  target.log.info(`${target.site.name}: brought "${app.name}" up to date (${app.id}).`);
}

/** The attributes with the ids of tags that had to be made. */
async function ready(attributes: Attributes, { tagId }: Placing): Promise<Attributes> {
  const tags = [];
  for (const { name, id } of attributes.tags) tags.push({ name, id: id ?? (await tagId(name)) });
  return { ...attributes, tags };
}

/** The wanted app, or undefined where it is so already. */
function changed(now: App, wanted: App): App | undefined {
  return JSON.stringify(now) === JSON.stringify(wanted) ? undefined : wanted;
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
