import * as z from 'zod';
import type { Qrs } from './connection.ts';
import { anyOf, equalsId } from './filter.ts';
import { each, type Listed, maybe, maybeId, NO_ID, or, reference } from './shape.ts';

/** Names of the numbers of an execution's status (docs/qrs.md 5.4). */
export const STATUS = [
  'NeverStarted',
  'Triggered',
  'Started',
  'Queued',
  'AbortInitiated',
  'Aborting',
  'Aborted',
  'FinishedSuccess',
  'FinishedFail',
  'Skipped',
  'Retry',
  'Error',
  'Reset',
  'DistributionQueue',
  'DistributionRunning',
] as const;

export type Status = (typeof STATUS)[number] | `status ${number}`;

/** Nothing comes after these; every other one is a stage. The order of the numbers means nothing. */
const FINAL: ReadonlySet<Status> = new Set([
  'Aborted',
  'FinishedSuccess',
  'FinishedFail',
  'Skipped',
  'Error',
  'Reset',
]);

export function isFinal(status: Status): boolean {
  return FINAL.has(status);
}

const statusSchema = z
  .number()
  .int()
  .transform((number): Status => STATUS[number] ?? `status ${number}`);

/** A record of one attempt of a run (docs/qrs.md 5.3). Duration in ms. */
export const resultSchema = z.looseObject({
  id: z.guid(),
  status: statusSchema,
  startTime: or(z.string(), ''),
  stopTime: or(z.string(), ''),
  duration: or(z.number(), 0),
  executingNodeName: z.string().nullish(),
  fileReferenceID: maybeId(),
  scriptLogAvailable: or(z.boolean(), false),
  details: or(z.array(or(z.looseObject({ message: or(z.string(), '') }), { message: '' })), []),
  taskID: maybeId(),
  executionID: maybeId(),
});
export type Result = z.infer<typeof resultSchema>;

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
  /** How far it is, as far as QRS shows it: its stage, since when (as the site writes dates), and where. */
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
  // Runs in progress are few on any site: past a request or two, all of them are the shorter answer.
  const few = filters.length <= 2 ? filters : [undefined];
  const found: ExecutionSession[] = [];
  for (const filter of few) found.push(...(await readSessions(qrs, filter)));
  return found.filter(({ task }) => task !== undefined && taskIds.includes(task));
}

/** Which of these runs are still in progress: one request, however many they are, that is not tried again. */
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
  // The name behind a token is not known here.
  return !user || !site.user.includes('\\') || user.toLowerCase() === site.user.toLowerCase();
}

async function readSessions(qrs: Qrs, filter: string | undefined, once = false): Promise<ExecutionSession[]> {
  const attempt = 'list the runs in progress';
  const path = '/qrs/executionsession/full';
  const call = { method: 'GET', path, query: { filter }, attempt, once, time: 'poll' } as const;
  return (await qrs.json(each(sessionSchema), call)).found.map(session => ({
    id: session.id,
    task: session.reloadTask?.id ?? session.externalProgramTask?.id,
    user: session.user ?? undefined,
    status: session.executionResult?.status,
    startTime: session.executionResult?.startTime ?? '',
    node: session.executionResult?.executingNodeName,
  }));
}

/** How many runs' records one request can ask for without too long a URL. */
export const RESULTS_AT_ONCE = 90;

/**
 * The records of these runs, newest first; with retries a run has several. At most RESULTS_AT_ONCE runs. What a record
 * lacks, where it cannot be used, is apart.
 */
export async function resultsOfSessions(qrs: Qrs, sessionIds: readonly string[]): Promise<Listed<Result>> {
  const [filter] = anyOf(sessionIds.slice(0, RESULTS_AT_ONCE).map(id => equalsId('executionID', id)));
  return filter === undefined ? { found: [], odd: [] } : readResults(qrs, filter, true);
}

/** The runs of a task that were recorded at or after a date, also those whose records cannot be used. */
export async function recordedRuns(qrs: Qrs, taskId: string, since: string): Promise<string[]> {
  const filter = `${equalsId('taskID', taskId)} and startTime ge '${since}'`;
  const { found, odd } = await readResults(qrs, filter);
  return [...found.map(({ executionID }) => executionID), ...odd.map(({ session }) => session)].filter(
    id => id !== undefined,
  );
}

/** The records of these tasks that began at or after a date, newest first. */
export async function resultsOfTasks(qrs: Qrs, taskIds: readonly string[], since: string): Promise<Result[]> {
  const found: Result[] = [];
  for (const filter of anyOf(taskIds.map(id => equalsId('taskID', id)))) {
    found.push(...(await readResults(qrs, `${filter} and startTime ge '${since}'`)).found);
  }
  return found;
}

async function readResults(qrs: Qrs, filter: string, once = false): Promise<Listed<Result>> {
  const attempt = 'read execution results';
  const query = { filter, orderby: 'startTime desc' };
  const path = '/qrs/executionresult/full';
  const call = { method: 'GET', path, query, attempt, once, time: 'poll' } as const;
  const { found, odd } = await qrs.json(each(resultSchema), call);
  return { found: found.sort((one, other) => other.startTime.localeCompare(one.startTime)), odd };
}

const wrapped = z.union([z.string(), z.looseObject({ value: z.string() }).transform(({ value }) => value)]);

/** Starts a task: its session's id; undefined when QRS says, by an empty id, that it did not start (docs/qrs.md 5.3). */
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

/** Asks running tasks to stop; that they have stopped shows later, in their sessions and records. */
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
