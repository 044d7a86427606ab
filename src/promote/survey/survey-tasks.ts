import type { Qrs } from '../../qrs/connection.ts';
import type { App } from '../../qrs/entities.ts';
import { mayCreate } from '../../qrs/rights.ts';
import { manualTaskName, tasksOfApps } from '../../qrs/tasks.ts';
import type { Tasks } from './facts.ts';

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
