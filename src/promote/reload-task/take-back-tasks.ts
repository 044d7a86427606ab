import { messageOf } from '../../base/errors.ts';
import { asNew } from '../../qrs/reload-tasks/triggers.ts';
import { type TriggeredTask, updateReloadTask } from '../../qrs/reload-tasks/update.ts';
import { removeTask, tasksOfApps } from '../../qrs/tasks.ts';
import type { Place } from '../target/ledger.ts';
import type { TargetRun } from '../target/target-run.ts';
import type { TaskRecord } from './task-record.ts';

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
  if (own && id !== undefined) {
    await removeTask(target, { id, name });
    return undefined;
  }
  // The app goes away with this rollback, so nobody else needs a task of it.
  if (place.does !== 'published' || !place.app) return 'whether this run made it is not known.';
  const all = await tasksOfApps(target, [place.app.id]);
  for (const task of all.filter(one => one.name === name)) await removeTask(target, task);
  return undefined;
}

/** Puts an updated task back, unless somebody has changed it since. Resolves to why it stays as it is. */
async function putBack(
  target: TargetRun['target'],
  { task, triggers }: TriggeredTask,
  wrote: string | undefined,
): Promise<string | undefined> {
  let kept: string | undefined;
  await updateReloadTask(target, task, now => {
    const { modifiedDate } = now.task;
    if (modifiedDate === task.modifiedDate) return undefined;
    if (wrote !== undefined && modifiedDate !== wrote) {
      kept = 'somebody has changed it since.';
      return undefined;
    }
    return {
      task: { ...task, modifiedDate },
      schedules: sameIds(now.triggers.schedules, triggers.schedules)
        ? undefined
        : triggers.schedules.map(asNew),
      chains: sameIds(now.triggers.chains, triggers.chains) ? undefined : triggers.chains.map(asNew),
    };
  });
  return kept;
}

function sameIds(some: readonly { id: string }[], others: readonly { id: string }[]): boolean {
  return some.length === others.length && some.every(({ id }) => others.some(other => other.id === id));
}
