import * as z from 'zod';
import type { Qrs } from './connection.ts';
import { deleteEntity } from './delete.ts';
import { type App, named, propertyValueSchema } from './entities.ts';
import { resultSchema } from './execution-results.ts';
import { sessionsOfTasks } from './executions.ts';
import { anyOf, equals, equalsId } from './filter.ts';
import { makeOnce } from './make-once.ts';
import { allOf, or, reference } from './shape.ts';

/** The fields that are read of a reload task or an external program task (docs/qrs.md 5.2). */
export const taskSchema = z.looseObject({
  id: z.guid(),
  name: z.string(),
  createdDate: or(z.string(), ''),
  modifiedDate: or(z.string(), ''),
  modifiedByUserName: or(z.string(), ''),
  enabled: z.boolean(),
  taskSessionTimeout: or(z.number(), 0),
  maxRetries: or(z.number(), 0),
  tags: or(z.array(named), []),
  customProperties: or(z.array(propertyValueSchema), []),
  app: reference(z.looseObject({ id: z.guid(), name: z.string(), availabilityStatus: z.number().nullish() })),
  isManuallyTriggered: z.boolean().nullish(),
  isPartialReload: z.boolean().nullish(),
  operational: z.looseObject({ lastExecutionResult: resultSchema.nullish() }).nullish(),
});

export interface Task extends z.infer<typeof taskSchema> {
  kind: 'reload' | 'external program';
}

const PATHS = { reload: '/qrs/reloadtask', 'external program': '/qrs/externalprogramtask' } as const;

/** The tasks of both kinds with one of the names or ids. Names are not unique; callers must compare exactly. */
export async function findTasks(
  qrs: Qrs,
  wanted: { ids: readonly string[]; names: readonly string[] },
): Promise<Task[]> {
  const conditions = [
    ...wanted.ids.map(id => equalsId('id', id)),
    ...wanted.names.map(name => equals('name', name)),
  ];
  const [reloads, programs] = [
    await readTasks(qrs, 'reload', anyOf(conditions)),
    await readTasks(qrs, 'external program', anyOf(conditions)),
  ];
  return [...reloads, ...programs];
}

/** All tasks of every type in short form, for a sentence about a missing one. */
export async function listTasks(qrs: Qrs): Promise<{ id: string; name: string }[]> {
  return (await qrs.list(named, { method: 'GET', path: '/qrs/task', attempt: 'list tasks', time: 'list' }))
    .found;
}

/** The reload tasks of these apps. Tasks of others are never among them, as callers may delete what they get. */
export async function tasksOfApps(qrs: Qrs, appIds: readonly string[]): Promise<Task[]> {
  const found = await readTasks(qrs, 'reload', anyOf(appIds.map(id => equalsId('app.id', id))));
  const wanted = new Set(appIds);
  return found.filter(({ app }) => app && wanted.has(app.id));
}

async function readTasks(qrs: Qrs, kind: Task['kind'], filters: readonly string[]): Promise<Task[]> {
  const attempt = `look up ${kind} tasks`;
  const found = new Map<string, Task>();
  for (const filter of filters) {
    const listed = await qrs.list(taskSchema, {
      method: 'GET',
      path: `${PATHS[kind]}/full`,
      query: { filter },
      attempt,
      time: 'list',
      hints: {
        403: `Has ${qrs.site.user} the right to read tasks (a repository or deployment administrator has)?`,
      },
    });
    for (const task of allOf(listed, qrs, attempt)) found.set(task.id, { ...task, kind });
  }
  return [...found.values()];
}

/** Deletes a reload task. Success if it is gone already. */
export function removeTask(qrs: Qrs, task: { id: string; name: string }): Promise<void> {
  return deleteEntity(qrs, { path: `/qrs/reloadtask/${task.id}`, attempt: `delete the task "${task.name}"` });
}

/** The name that QRS itself gives to the task of a reload by hand (docs/qrs.md 5.5). */
export function manualTaskName(app: { name: string }, partial: boolean): string {
  return `Manually triggered ${partial ? 'partial ' : ''}reload of ${app.name}`.slice(0, 500);
}

/** An app's task for reloads by hand; makes it where there is none. */
export function makeManualTask(qrs: Qrs, app: Pick<App, 'id' | 'name'>, partial: boolean): Promise<Task> {
  const name = manualTaskName(app, partial);
  return makeOnce(qrs, {
    what: `task "${name}"`,
    find: async () => (await tasksOfApps(qrs, [app.id])).filter(task => task.name === name),
    make: () => createTask(qrs, app, manualTask(name, partial), { schemaEvents: [], compositeEvents: [] }),
    inUse: async ({ id }) => (await sessionsOfTasks(qrs, [id])).length > 0,
    remove: task => removeTask(qrs, task),
  });
}

function manualTask(name: string, isPartialReload: boolean): NewTask {
  const limits = { enabled: true, taskSessionTimeout: 1440, maxRetries: 0 };
  return { name, ...limits, isManuallyTriggered: true, isPartialReload, tags: [], customProperties: [] };
}

/** A new task of an app, as QRS takes it. */
interface NewTask {
  name: string;
  enabled: boolean;
  /** Minutes. */
  taskSessionTimeout: number;
  maxRetries: number;
  isManuallyTriggered: boolean;
  isPartialReload: boolean;
  tags: readonly unknown[];
  customProperties: readonly unknown[];
}

/** Makes a reload task together with what starts it (docs/qrs.md 5.6). It starts nothing. */
export async function createTask(
  qrs: Qrs,
  app: Pick<App, 'id' | 'name'>,
  task: NewTask,
  triggers: { schemaEvents: readonly object[]; compositeEvents: readonly object[] },
): Promise<Task> {
  const made = await qrs.json(taskSchema, {
    method: 'POST',
    path: '/qrs/reloadtask/create',
    body: { task: { ...task, app: { id: app.id }, taskType: 0 }, ...triggers },
    attempt: `create the task "${task.name}"`,
    hints: { 403: `May ${qrs.site.user} create tasks, and has it the Update right on app "${app.name}"?` },
  });
  return { ...made, kind: 'reload' };
}
