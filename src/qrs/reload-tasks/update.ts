import * as z from 'zod';
import { RemoteError } from '../../base/errors.ts';
import { retry } from '../../base/retry.ts';
import type { Qrs } from '../connection.ts';
import { type Task, taskSchema } from '../tasks.ts';
import { type Triggers, triggersOf } from './triggers.ts';

/** A task whose last run is kept as QRS wrote it, because an update sends it back. */
const storedTaskSchema = taskSchema.extend({ operational: z.unknown().optional() });
export type StoredTask = z.infer<typeof storedTaskSchema> & Pick<Task, 'kind'>;

/** A reload task and what starts it, as read together. */
export interface TriggeredTask {
  task: StoredTask;
  triggers: Triggers;
}

/** How a task is to be: `schedules` and `chains` replace those of the task; undefined leaves them. */
export interface TaskChange {
  task: StoredTask;
  schedules?: readonly object[] | undefined;
  chains?: readonly object[] | undefined;
}

/** The reload task with that id and its triggers; undefined where there is none, or the user may not read it. */
export async function readReloadTask(qrs: Qrs, { id, name }: Named): Promise<TriggeredTask | undefined> {
  const { found } = await qrs.list(storedTaskSchema, {
    method: 'GET',
    path: '/qrs/reloadtask/full',
    query: { filter: `id eq ${id}` },
    attempt: `read the task "${name}"`,
  });
  const [task] = found;
  if (!task) return undefined;
  const triggers = (await triggersOf(qrs, [id])).get(id) ?? { schedules: [], chains: [] };
  return { task: { ...task, kind: 'reload' }, triggers };
}

interface Named {
  id: string;
  name: string;
}

/**
 * Reads a task, and sends it as `change` wants it, with the date just read. After a conflict or a lost answer it reads
 * again, so that nobody's edit is lost. Resolves to the task as it was read last; undefined where it is gone.
 */
export function updateReloadTask(
  qrs: Qrs,
  named: Named,
  change: (now: TriggeredTask) => TaskChange | undefined,
): Promise<TriggeredTask | undefined> {
  let sent = false;
  return retry(
    qrs,
    () => sent,
    async () => {
      sent = false;
      const now = await readReloadTask(qrs, named);
      const wanted = now && change(now);
      if (!wanted) return now;
      sent = true;
      await send(qrs, now, wanted);
      return readReloadTask(qrs, named);
    },
  );
}

async function send(qrs: Qrs, { triggers }: TriggeredTask, { task, schedules, chains }: TaskChange) {
  const { kind: _, ...body } = task;
  const reloadTask = { id: task.id };
  const ofTask = <T>(event: T) => ({ ...event, reloadTask });
  const attempt = `update the task "${task.name}"`;
  try {
    await qrs.json(storedTaskSchema, {
      method: 'POST',
      path: '/qrs/reloadtask/update',
      body: {
        task: body,
        schemaEvents: (schedules ?? []).map(ofTask),
        compositeEvents: (chains ?? []).map(ofTask),
        schemaEventsToDelete: schedules ? triggers.schedules.map(({ id }) => id) : [],
        compositeEventsToDelete: chains ? triggers.chains.map(({ id }) => id) : [],
      },
      attempt,
      hints: { 403: `Has ${qrs.site.user} the Update right on the task "${task.name}"?` },
    });
  } catch (error) {
    throw error instanceof RemoteError && error.status === 409
      ? error.but({ mayBeDone: false, final: false })
      : error;
  }
}
