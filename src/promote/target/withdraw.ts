import { messageOf } from '../../base/errors.ts';
import { readApp } from '../../qrs/apps/find.ts';
import { deleteApp } from '../../qrs/apps/remove.ts';
import type { App, AppFields } from '../../qrs/entities.ts';
import { removeTask, type Task, tasksOfApps } from '../../qrs/tasks.ts';
import { taskNameFor } from '../reload-task/task-name.ts';
import type { TargetRun } from './target-run.ts';

/**
 * Removes a published app that a run made, unless somebody else has changed it: the app is read again right before.
 * `known` is how it was last seen, `writer` who wrote to it last where that was a run. Resolves to whether it is gone.
 */
export async function withdraw(run: TargetRun, known: AppFields, writer: string): Promise<boolean> {
  const { target } = run;
  const now = await readApp(target, known.id);
  if (!now) return true;
  const there = now.published && now.name === known.name && now.stream?.id === known.stream?.id;
  if (!there || now.modifiedByUserName !== writer) return false;
  const tasks = await plannedTasks(run, now);
  const { error } = await deleteApp(target, now);
  if (error !== undefined) throw error;
  // QRS may delete the tasks of a deleted app, or leave them without an app (docs/qrs.md 9).
  for (const task of tasks) await removeTask(target, task).catch(left => target.log.warning(messageOf(left)));
  return true;
}

/** The app's tasks of the name that the spec gives them. */
async function plannedTasks({ target, plan }: TargetRun, app: App): Promise<Task[]> {
  if (!plan.reloadTask) return [];
  const name = taskNameFor(plan.reloadTask.options, plan.name, app.stream?.name ?? '');
  return (await tasksOfApps(target, [app.id])).filter(task => task.name === name);
}

/** Withdraws one of several apps in a stream. Resolves to whether it is gone. */
export async function withdrawTwin(run: TargetRun, twin: AppFields, writer: string): Promise<boolean> {
  if (!(await withdraw(run, twin, writer))) return false;
  const { log, site } = run.target;
  log.info(`${site.name}: withdrew "${twin.name}" (${twin.id}), a second one in its stream.`);
  return true;
}
