import { messageOf } from '../../base/errors.ts';
import { updateApp } from '../../qrs/apps/update.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { App } from '../../qrs/entities.ts';
import type { WorkingCopy } from './ledger.ts';

/** How often a run touches its working copy, so that other runs do not think it abandoned. Ms. */
const EVERY = 5 * 60_000;

/** Touches a working copy while `work` runs. */
export async function keptAlive<T>(target: Qrs, copy: WorkingCopy, work: () => Promise<T>): Promise<T> {
  const done = new AbortController();
  const beating = beat(target.under(AbortSignal.any([target.signal, done.signal])), copy);
  try {
    return await work();
  } finally {
    done.abort();
    await beating;
  }
}

/** A failed touch is only logged: it must not fail the run. */
async function beat(target: Qrs, copy: WorkingCopy): Promise<void> {
  const { clock, signal, site, log } = target;
  while (!signal.aborted) {
    try {
      await clock.sleep(EVERY, signal);
      if (!copy.app) continue;
      const description = `In use by a run of qrs-action, ${new Date(clock.now()).toISOString()}.`;
      const touch = (now: App) => (now.published ? undefined : { ...now, description });
      copy.shown(await updateApp(target, copy.app, `touch the working copy ${copy.app.id}`, touch));
    } catch (error) {
      if (!signal.aborted) log.debug(`${site.name}: ${messageOf(error)}`);
    }
  }
}
