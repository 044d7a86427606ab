import { messageOf } from '../../base/errors.ts';
import { findApps } from '../../qrs/apps/find.ts';
import { removeApp } from '../../qrs/apps/remove.ts';
import { updateApp } from '../../qrs/apps/update.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { App } from '../../qrs/entities.ts';
import { startsWith } from '../../qrs/filter.ts';
import type { TargetOutcome } from '../outcome.ts';
import { giverName, isWorkingCopy, readWorkingName, workingPrefix } from '../working-copy.ts';
import type { Ledger } from './ledger.ts';
import type { Placing } from './target-run.ts';

type Left = TargetOutcome['left'];

/** Whether working copies of this run are, or may be, on the target. */
export function needsSweep({ copies }: Ledger): boolean {
  return copies.some(({ state, lost }) => lost || (state !== 'gone' && state !== 'live'));
}

/**
 * Looks once more for this run's working copies and removes them. One that the site may still be at work on
 * stays. Returns those that had, or may have, to stay, and those that may yet appear.
 */
export async function sweep(placing: Placing): Promise<Left> {
  const { app, run, ledger } = placing;
  const target = placing.target.under(placing.cleanUp());
  const left: Left[number][] = [];
  try {
    const named = await findApps(target, 'look for working copies', [
      startsWith('name', workingPrefix(app.id)),
    ]);
    const own = named.filter(one => isWorkingCopy(one, app.id) && readWorkingName(one.name)?.run === run);
    for (const copy of own) left.push(...(await letGo(target, ledger, copy)));
    const seen = new Set(own.map(({ name }) => name));
    for (const { name, state, lost } of ledger.copies) {
      if (lost && state !== 'live' && !seen.has(name)) left.push({ name, certain: false });
    }
  } catch (error) {
    target.log.warning(messageOf(error));
    for (const { name, app: copy, state } of ledger.copies) {
      if (state !== 'gone' && state !== 'live') left.push({ id: copy?.id, name, certain: false });
    }
  }
  return left;
}

async function letGo(target: Qrs, ledger: Ledger, copy: App): Promise<Left> {
  const known = ledger.copy(copy.name);
  try {
    if (known.gaveTo !== undefined) return await keepGiver(target, ledger, copy, known.gaveTo);
    await removeApp(target, copy);
    if (known.app?.id === copy.id) known.state = 'gone';
    target.log.info(`${target.site.name}: removed the working copy ${copy.id}.`);
    return [];
  } catch (error) {
    target.log.warning(messageOf(error));
    return [{ id: copy.id, name: copy.name, certain: true }];
  }
}

/** The site may still be at work on it: its name says so, and it stays for a day. */
async function keepGiver(target: Qrs, ledger: Ledger, copy: App, gaveTo: string): Promise<Left> {
  const name = giverName(copy.name, gaveTo);
  const rename = (now: App) => (now.published ? undefined : { ...now, name });
  const now = await updateApp(target, copy, `say of the working copy ${copy.id} what it is for`, rename);
  if (!now.published) {
    target.log.info(
      `${target.site.name}: kept the working copy ${copy.id}, as the site may still be at work on it.`,
    );
    return [{ id: copy.id, name, certain: true }];
  }
  // It has been published after all.
  const late = ledger.deeds.find(({ app }) => app?.id === now.id);
  if (late) ledger.confirmed(late.step, { app: now });
  return [];
}
