import { messageOf } from '../../base/errors.ts';
import { updateApp } from '../../qrs/apps/update.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { App } from '../../qrs/entities.ts';
import type { WorkingCopy } from './ledger.ts';

/** A run touches its working copy this often, so that no other run takes the copy for abandoned. Ms. */
const EVERY = 5 * 60_000;

/** Touches a working copy while `work` goes on. */
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

/** A touch that fails is logged and no more: it is not worth a failed run. */
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
