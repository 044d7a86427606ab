import { messageOf } from '../base/errors.ts';
import { removeApp } from '../qrs/apps/remove.ts';
import { replaceApp } from '../qrs/apps/replace.ts';
import { updateApp } from '../qrs/apps/update.ts';
import { uploadApp } from '../qrs/apps/upload.ts';
import type { Qrs } from '../qrs/connection.ts';
import type { App } from '../qrs/entities.ts';
import { opener } from './backup.ts';
import { made, type Placing, type Progress } from './placing.ts';
import type { Step, TargetPlan } from './planned.ts';

/** Parts of a run's working copies from here on are those that a rollback needs. */
const FIRST_PART = 1000;

/**
 * Puts back what the target had: a replaced app gets its old content, text, owner, tags and properties, and a
 * newly published one is removed. Returns a sentence for each thing that was put back or could not be.
 */
export async function rollBack(plan: TargetPlan, placing: Placing, done: Progress): Promise<string[]> {
  const target = placing.target.under(placing.cleanUp());
  const sentences: string[] = [];
  for (const [index, step] of [...plan.steps].reverse().entries()) {
    const outcome = done.get(step);
    if (!outcome?.app || !['replaced', 'published', 'amended', 'unclear'].includes(outcome.did)) continue;
    const what = `"${plan.name}" in stream "${step.stream.name}"`;
    try {
      if (step.do === 'replace') await putBack(step, { ...placing, target }, FIRST_PART + index);
      else if (step.do === 'keep') await takeOff(step.app, target);
      else await removeApp(target, outcome.app);
      done.set(step, { ...outcome, did: 'rolled back' });
      sentences.push(`${what} was rolled back.`);
      target.log.info(`${target.site.name}: rolled back ${what} (${outcome.app.id}).`);
    } catch (error) {
      sentences.push(`${what} could not be rolled back: ${messageOf(error)}`);
    }
  }
  return sentences;
}

async function putBack(
  step: Extract<Step, { do: 'replace' }>,
  placing: Placing,
  part: number,
): Promise<void> {
  const { target, backups, before } = placing;
  const backup = backups.get(step.app.id);
  if (!backup) throw new Error(`there is no backup of app ${step.app.id}`);
  const options = { keepData: true, excludeConnections: false };
  const old = await made(placing, part, name => uploadApp(target, name, opener(backup), options));
  await replaceApp(target, old, step.app);
  const was = before.get(step.app.id) ?? step.app;
  await updateApp(target, was, `put back app "${was.name}"`, now => asItWas(now, was));
  await removeApp(target, old);
}

/** What was there already was given attributes, and nothing else. */
async function takeOff(app: App, target: Qrs): Promise<void> {
  const { tags, customProperties, owner } = app;
  await updateApp(target, app, `put back app "${app.name}"`, now => ({
    ...now,
    tags,
    customProperties,
    ...(owner ? { owner } : {}),
  }));
}

/** Everything that a promotion writes, as it was right before; the rest as it is. */
function asItWas(now: App, before: App): App {
  const { name, description, tags, customProperties, owner } = before;
  return { ...now, name, description, tags, customProperties, ...(owner ? { owner } : {}) };
}
