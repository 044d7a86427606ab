import { messageOf } from '../../base/errors.ts';
import { findApps } from '../../qrs/apps/find.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { App } from '../../qrs/entities.ts';
import { startsWith } from '../../qrs/filter.ts';
import type { TargetOutcome } from '../outcome.ts';
import { removeCopy } from '../remove-copy.ts';
import { isWorkingCopy, workingPrefix } from '../working-copy.ts';
import type { Ledger } from './ledger.ts';
import { surelyNot, type TargetRun } from './target-run.ts';

type Left = TargetOutcome['left'];

/** Whether working copies of this run are, or may be, on the target. */
export function needsSweep({ copies }: Ledger): boolean {
  return copies.some(({ state, lost }) => lost || (state !== 'gone' && state !== 'live'));
}

/**
 * Looks once more for this run's working copies, and removes them; one that the site may still be reading stays.
 * Resolves to the copies that stayed, may have stayed, or may still appear.
 */
export async function sweep(run: TargetRun): Promise<Left> {
  const { app, ledger, plan } = run;
  const target = run.target.under(run.cleanUp(plan.options.rollback));
  const left: Left[number][] = [];
  try {
    const prefix = startsWith('name', workingPrefix(app.id));
    const found = await findApps(target, 'look for working copies', [prefix]);
    // The run's other targets on this site have copies of their own.
    const asked = new Set(ledger.copies.map(({ name }) => name));
    const own = found.filter(one => isWorkingCopy(one, app.id) && asked.has(one.name));
    // The copy that the run worked with is another one than that of a lost answer: both have the name.
    const late = own.filter(({ id, name }) => ledger.copy(name).app?.id !== id);
    const seen = new Set(late.map(({ name }) => name));
    for (const copy of own) left.push(...(await removeOwn(target, ledger, copy)));
    for (const { name, lost } of ledger.copies) {
      if (lost && !seen.has(name)) left.push({ name, certain: false });
    }
  } catch (error) {
    target.log.warning(messageOf(error));
    for (const { name, app: copy, state, lost } of ledger.copies) {
      const isThere = state !== 'gone' && state !== 'live';
      if (isThere) left.push({ id: copy?.id, name, certain: false });
      // The copy that the run worked with is gone or live. One of a lost answer may appear beside it.
      else if (lost) left.push({ name, certain: false });
    }
  }
  return left;
}

async function removeOwn(target: Qrs, ledger: Ledger, copy: App): Promise<Left> {
  const { id } = copy;
  const record = ledger.copy(copy.name);
  try {
    const now = await removeCopy(target, copy, record.gaveTo);
    if (!now) record.removed();
    // The site has published it after all.
    else if (now.published) ledger.places.find(({ app }) => app?.id === id)?.confirmed({ app: now });
    else {
      target.log.info(
        `${target.site.name}: kept the working copy ${id}, as the site may still be at work on it.`,
      );
      return [{ id, name: now.name, certain: true }];
    }
    return [];
  } catch (error) {
    target.log.warning(messageOf(error));
    return [{ id, name: copy.name, certain: surelyNot(error) }];
  }
}
