import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../../base/errors.ts';
import { lookUntilGone } from '../../qrs/look-until-gone.ts';
import { asNew, type ScheduleEvent, withoutOwnFields } from '../../qrs/reload-tasks/triggers.ts';
import { readReloadTask, type TriggeredTask, updateReloadTask } from '../../qrs/reload-tasks/update.ts';
import { removeTask, tasksOfApps } from '../../qrs/tasks.ts';
import type { Place } from '../target/ledger.ts';
import type { TargetRun } from '../target/target-run.ts';
import { siteTime } from '../working-copy.ts';
import { fromNextStart } from './first-start.ts';
import type { TaskRecord } from './task-record.ts';

const CHANGED = 'somebody has changed it since.';
const NO_ANSWER = 'whether it was, or will be, changed is not known.';

/**
 * Takes back what this run did about reload tasks: removes those that it made, and puts back what it changed in others.
 * Resolves to a sentence for each.
 */
export async function takeBackTasks(run: TargetRun): Promise<string[]> {
  const { ledger } = run;
  const sentences: string[] = [];
  for (const [place, record] of [...ledger.tasks].reverse()) {
    if (record.did === 'left' || record.did === 'not done') continue;
    try {
      const kept = await undo(run, place, record);
      if (kept === undefined) ledger.tasks.set(place, { ...record, did: 'rolled back' });
      const end = kept === undefined ? 'was rolled back.' : `was not rolled back: ${kept}`;
      sentences.push(`The task "${record.name}" ${end}`);
    } catch (error) {
      sentences.push(`The task "${record.name}" could not be rolled back: ${messageOf(error)}`);
    }
  }
  return sentences;
}

/** Resolves to why the task stays as it is; undefined when it is undone. */
async function undo({ target }: TargetRun, place: Place, record: TaskRecord): Promise<string | undefined> {
  const { name, id, own, before } = record;
  if (before) return putBack(target, before, record.wrote);
  if (own && id !== undefined) return removeOwn(target, { id, name }, record);
  // The app goes away with this rollback, so nobody else needs a task of it.
  if (place.does !== 'published' || !place.app) return 'whether this run made it is not known.';
  const all = await tasksOfApps(target, [place.app.id]);
  for (const task of all.filter(one => one.name === name)) await remove(target, task);
  return undefined;
}

/** Removes a task, and looks whether it is gone. */
async function remove(target: TargetRun['target'], task: { id: string; name: string }): Promise<void> {
  await removeTask(target, task);
  await lookUntilGone(target, `delete the task "${task.name}"`, () => readReloadTask(target, task));
}

/** Removes a task that this run made, unless somebody has changed it since. Resolves to why it stays. */
async function removeOwn(
  target: TargetRun['target'],
  task: { id: string; name: string },
  { wrote, writer }: TaskRecord,
): Promise<string | undefined> {
  const now = await readReloadTask(target, task);
  // The date alone may also move because the site ends its own work late.
  if (now && now.task.modifiedDate !== wrote && (!writer || now.task.modifiedByUserName !== writer))
    return CHANGED;
  await remove(target, task);
  return undefined;
}

/** Puts an updated task back, unless somebody has changed it since. Resolves to why it stays as it is. */
async function putBack(
  target: TargetRun['target'],
  { task, triggers }: TriggeredTask,
  wrote: string | undefined,
): Promise<string | undefined> {
  let kept: string | undefined;
  let asked = false;
  await updateReloadTask(target, task, now => {
    const { modifiedDate } = now.task;
    // The site may still make the update.
    if (modifiedDate === task.modifiedDate) {
      kept = NO_ANSWER;
      return undefined;
    }
    // The answer to the first try may have got lost.
    if (asked && isDeepStrictEqual(withoutOwnFields(now.task), withoutOwnFields(task))) return undefined;
    asked = true;
    if (wrote !== undefined && modifiedDate !== wrote) {
      kept = CHANGED;
      return undefined;
    }
    const replaced = !sameIds(now.triggers.schedules, triggers.schedules);
    const old = replaced ? schedulesAgain(triggers.schedules, siteTime(target)) : undefined;
    if (replaced && !old)
      kept = 'its settings were, but its old schedule cannot be made again; set it in the QMC.';
    return {
      task: { ...task, modifiedDate },
      schedules: old,
      chains: sameIds(now.triggers.chains, triggers.chains) ? undefined : triggers.chains.map(asNew),
    };
  });
  return kept;
}

/** With starts in the future: QRS might start the task at once for one in the past (docs/qrs.md 5.6). */
function schedulesAgain(schedules: readonly ScheduleEvent[], now: number): object[] | undefined {
  const again = schedules.flatMap(event => fromNextStart(event, now) ?? []);
  return again.length === schedules.length ? again.map(asNew) : undefined;
}

function sameIds(some: readonly { id: string }[], others: readonly { id: string }[]): boolean {
  return some.length === others.length && some.every(({ id }) => others.some(other => other.id === id));
}
