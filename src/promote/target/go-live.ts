import { copyApp } from '../../qrs/apps/copy.ts';
import { readApp } from '../../qrs/apps/find.ts';
import { publishApp } from '../../qrs/apps/publish.ts';
import { hasContentOf, replaceApp } from '../../qrs/apps/replace.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { App } from '../../qrs/entities.ts';
import type { Action } from './decide-place.ts';
import { describeCopy } from './describe.ts';
import type { Deed } from './ledger.ts';
import { made, type Placing, surelyNot } from './target-run.ts';

/** A place and what is to happen there. */
export interface Act {
  deed: Deed;
  action: Action;
}

/**
 * Makes the working copy live. Replaces come first: they leave it as it is, and the last publish makes it the live
 * app itself. Each copy that is published is described before, so that a run that breaks off after the publish is
 * known to have been there.
 */
export async function goLive(placing: Placing, working: App, acts: readonly Act[]): Promise<void> {
  for (const { deed, action } of acts) {
    if (action.do === 'replace') await replace(placing, working, deed, action.app);
  }
  const publishes = acts.filter(({ action }) => action.do === 'publish');
  for (const [index, { deed }] of publishes.entries()) {
    const last = index === publishes.length - 1;
    const copy = last ? working : await copyOf(placing, working, index + 2);
    const described = await describeCopy(placing, copy);
    await publish(placing, described, deed);
  }
}

async function copyOf(placing: Placing, working: App, part: number): Promise<App> {
  return made(placing, part, (name, lost) => copyApp(placing.target, working, name, lost));
}

async function replace(placing: Placing, working: App, { step }: Deed, before: App): Promise<void> {
  const { target, plan, ledger, giving } = placing;
  giving(working.name, true);
  ledger.begun(step, { does: 'replaced', app: before, before });
  try {
    const now = await replaceApp(target, working, before);
    ledger.confirmed(step, now ? { wrote: now } : {});
  } catch (error) {
    await learnReplace(placing, working, step, before, error);
  } finally {
    if (ledger.of(step).state !== 'unclear') giving(working.name, false);
  }
  const { name } = step.stream;
  target.log.info(`${target.site.name}: replaced "${plan.name}" in stream "${name}" (${before.id}).`);
}

/** After an error the app itself tells whether it was replaced; where it does not, that is not known. */
async function learnReplace(
  { target, ledger }: Placing,
  working: App,
  step: Deed['step'],
  before: App,
  error: unknown,
): Promise<void> {
  if (surelyNot(error)) {
    ledger.gone(step, 'not done');
    throw error;
  }
  ledger.unclear(step);
  if (target.signal.aborted || !(await tookOver(target, working, before))) {
    ledger.copy(working.name).gaveTo = before.id;
    throw error;
  }
  ledger.confirmed(step);
}

async function tookOver(target: Qrs, giver: App, before: App): Promise<boolean> {
  const now = await readApp(target, before.id).catch(() => undefined);
  return now !== undefined && hasContentOf(now, giver, before);
}

async function publish(placing: Placing, copy: App, { step, stream }: Deed): Promise<void> {
  const { target, plan, ledger } = placing;
  const { id, name } = stream;
  if (id === undefined) throw new Error(`Stream "${name}" was not made.`);
  ledger.begun(step, { does: 'published', app: { ...copy, name: plan.name }, before: undefined });
  try {
    const now = await publishApp(target, copy, { id, name }, plan.name);
    ledger.confirmed(step, now ? { app: now, wrote: now } : {});
  } catch (error) {
    await learnPublish(placing, copy, step, id, error);
  }
  ledger.copy(copy.name).state = 'live';
  target.log.info(`${target.site.name}: published "${plan.name}" to stream "${name}" (${copy.id}).`);
}

/** As for a replace. A copy that may yet be published is not removed: users would see it come and go. */
async function learnPublish(
  { target, ledger }: Placing,
  copy: App,
  step: Deed['step'],
  stream: string,
  error: unknown,
): Promise<void> {
  if (surelyNot(error)) {
    ledger.gone(step, 'not done');
    throw error;
  }
  ledger.unclear(step);
  const now = target.signal.aborted ? undefined : await readApp(target, copy.id).catch(() => undefined);
  if (!now?.published) {
    ledger.copy(copy.name).gaveTo = stream;
    throw error;
  }
  ledger.confirmed(step, { app: now, wrote: now });
}
