import type { Qrs } from '../qrs/connection.ts';
import type { App } from '../qrs/entities.ts';
import { mayCreate } from '../qrs/rights.ts';
import { manualTaskName, type Task, tasksOfApps } from '../qrs/tasks.ts';

/** What a reload of live apps needs on a target site. */
export interface Tasks {
  /** The tasks of apps that are to be reloaded once they are live. */
  tasks: readonly Task[];
  /** Whether the user may make such a task where there is none; undefined where that is not known, or not needed. */
  mayMakeTasks: boolean | undefined;
}

/** The right to make a task is the user's, so it is asked for one app. A dry run may be made by a user who may only read. */
export async function surveyTasks(qrs: Qrs, apps: readonly App[], dryRun: boolean): Promise<Tasks> {
  const tasks = await tasksOfApps(qrs, [...new Set(apps.map(({ id }) => id))]);
  const having = new Set(tasks.map(({ app }) => app?.id));
  const app = apps.find(({ id }) => !having.has(id));
  if (!app || dryRun) return { tasks, mayMakeTasks: undefined };
  const task = {
    name: manualTaskName(app, false),
    app: { id: app.id },
    taskType: 0,
    isManuallyTriggered: true,
  };
  return { tasks, mayMakeTasks: await mayCreate(qrs, 'ReloadTask', task) };
}
