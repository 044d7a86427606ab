import * as z from 'zod';
import type { Qrs } from './connection.ts';
import { type Status, statusSchema } from './execution-results.ts';
import { anyOf, equalsId } from './filter.ts';
import { maybe, NO_ID, or, reference } from './shape.ts';

const taskRef = reference(z.looseObject({ id: z.string() }));
const sessionSchema = z.looseObject({
  id: z.string(),
  user: z.string().nullish(),
  reloadTask: taskRef,
  externalProgramTask: taskRef,
  executionResult: maybe(
    z.looseObject({
      startTime: or(z.string(), ''),
      status: maybe(statusSchema),
      executingNodeName: maybe(z.string()),
    }),
  ),
});

/** A run in progress. */
export interface ExecutionSession {
  id: string;
  task: string | undefined;
  /** Who started it, as QRS writes it; not always known. */
  user: string | undefined;
  /** Its progress, as far as QRS shows it: the stage, since when (as the site writes dates), and the node. */
  status: Status | undefined;
  startTime: string;
  node: string | undefined;
}

/** The runs in progress of these tasks. */
export async function sessionsOfTasks(qrs: Qrs, taskIds: readonly string[]): Promise<ExecutionSession[]> {
  const conditions = taskIds.flatMap(id => [
    equalsId('reloadTask.id', id),
    equalsId('externalProgramTask.id', id),
  ]);
  const filters = anyOf(conditions);
  // Any site has few runs in progress: instead of many requests, ask for all of them.
  const few = filters.length <= 2 ? filters : [undefined];
  const found: ExecutionSession[] = [];
  for (const filter of few) found.push(...(await readSessions(qrs, filter)));
  return found.filter(({ task }) => task !== undefined && taskIds.includes(task));
}

/** Which of these runs are still in progress: one request for any number of them, not tried again. */
export async function stillRunning(
  qrs: Qrs,
  sessionIds: readonly string[],
): Promise<Map<string, ExecutionSession>> {
  const filters = anyOf(sessionIds.map(id => equalsId('id', id)));
  const sessions = await readSessions(qrs, filters.length === 1 ? filters[0] : undefined, true);
  return new Map(sessions.filter(({ id }) => sessionIds.includes(id)).map(session => [session.id, session]));
}

/** Whether a run is ours, as far as QRS shows who started it. */
export function isOurs({ user }: ExecutionSession, { site }: Qrs): boolean {
  // With a token, the user's name is not known here.
  return !user || !site.user.includes('\\') || user.toLowerCase() === site.user.toLowerCase();
}

async function readSessions(qrs: Qrs, filter: string | undefined, once = false): Promise<ExecutionSession[]> {
  const attempt = 'list the runs in progress';
  const path = '/qrs/executionsession/full';
  const call = { method: 'GET', path, query: { filter }, attempt, once, time: 'poll' } as const;
  return (await qrs.list(sessionSchema, call)).found.map(session => ({
    id: session.id,
    task: session.reloadTask?.id ?? session.externalProgramTask?.id,
    user: session.user ?? undefined,
    status: session.executionResult?.status,
    startTime: session.executionResult?.startTime ?? '',
    node: session.executionResult?.executingNodeName,
  }));
}

const wrapped = z.union([z.string(), z.looseObject({ value: z.string() }).transform(({ value }) => value)]);

/** Starts a task and returns its session's id; undefined for an empty id: QRS did not start it (docs/qrs.md 5.3). */
export async function startTask(qrs: Qrs, task: { id: string; name: string }): Promise<string | undefined> {
  const attempt = `start task "${task.name}"`;
  const session = await qrs.json(wrapped, {
    method: 'POST',
    path: `/qrs/task/${task.id}/start/synchronous`,
    attempt,
    hints: {
      400: 'Does the task still exist, and is it enabled?',
      403: `Has ${qrs.site.user} the right to run tasks?`,
      404: 'Does the task still exist?',
    },
  });
  return session === NO_ID || session === '' ? undefined : session;
}

/** Asks running tasks to stop; sessions and records show later that they did. */
export async function stopTasks(qrs: Qrs, tasks: readonly { id: string; name: string }[]): Promise<void> {
  const [only, another] = tasks;
  if (!only) return;
  const one = { path: `/qrs/task/${only.id}/stop`, attempt: `stop task "${only.name}"` };
  const many = { path: '/qrs/task/stop/many', attempt: 'stop tasks', body: tasks.map(({ id }) => id) };
  await qrs.send({
    method: 'POST',
    ...(another ? many : one),
    hints: { 403: `Has ${qrs.site.user} the right to stop tasks?` },
  });
}
