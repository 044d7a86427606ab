import { messageOf } from '../../base/errors.ts';
import { updateApp } from '../../qrs/apps/update.ts';
import type { App } from '../../qrs/entities.ts';
import type { WorkingCopy } from './ledger.ts';
import type { Placing } from './target-run.ts';

/** A run that holds a working copy touches it this often, so that no other run takes it for nobody's. Ms. */
const EVERY = 5 * 60_000;

/** Signs of life of a working copy, until the work is done. */
export async function keptAlive<T>(
  { target }: Placing,
  copy: WorkingCopy,
  work: () => Promise<T>,
): Promise<T> {
  const done = new AbortController();
  const beating = beat(target.under(AbortSignal.any([target.signal, done.signal])), copy);
  try {
    return await work();
  } finally {
    done.abort();
    await beating;
  }
}

/** One small write every five minutes; that one fails is not worth a run. */
async function beat(target: Placing['target'], copy: WorkingCopy): Promise<void> {
  const { clock, signal, site, log } = target;
  while (!signal.aborted) {
    try {
      await clock.sleep(EVERY, signal);
      if (!copy.app) continue;
      const description = `In use by a run of qrs-action, ${new Date(clock.now()).toISOString()}.`;
      const touch = (now: App) => (now.published ? undefined : { ...now, description });
      copy.app = await updateApp(target, copy.app, `touch the working copy ${copy.app.id}`, touch);
    } catch (error) {
      if (!signal.aborted) log.debug(`${site.name}: ${messageOf(error)}`);
    }
  }
}
