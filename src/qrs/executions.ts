import { z } from 'zod';
import { RemoteError } from '../base/errors.ts';
import { settle } from '../base/retry.ts';
import type { Qrs } from './connection.ts';
import { checked } from './entities.ts';
import { anyOf, equalsId } from './filter.ts';

/** Names of the numbers of an execution's status (docs/qrs.md 5.4). */
const STATUS = [
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

const NO_ID = '00000000-0000-0000-0000-000000000000';

/** A record of one attempt of a run (docs/qrs.md 5.3). Duration in ms. */
export const resultSchema = z.looseObject({
  id: z.guid(),
  status: z
    .number()
    .int()
    .transform((number): Status => STATUS[number] ?? `status ${number}`),
  startTime: z.string().default(''),
  stopTime: z.string().default(''),
  duration: z.number().default(0),
  executingNodeName: z.string().nullish(),
  fileReferenceID: z.string().nullish(),
  scriptLogAvailable: z.boolean().default(false),
  details: z.array(z.looseObject({ message: z.string().default('') })).default([]),
  taskID: z.string().optional(),
  executionID: z.string().optional(),
});
export type Result = z.infer<typeof resultSchema>;

const taskRef = z.looseObject({ id: z.string() }).nullish();
const sessionSchema = z.looseObject({
  id: z.string(),
  user: z.string().nullish(),
  reloadTask: taskRef,
  externalProgramTask: taskRef,
  executionResult: z.looseObject({ startTime: z.string().optional() }).nullish(),
});

/** A run in progress. */
export interface Session {
  id: string;
  task: string | undefined;
  /** Who started it, as QRS writes it; not always known. */
  user: string | undefined;
}

/** The runs in progress of these tasks. */
export async function sessionsOfTasks(qrs: Qrs, taskIds: readonly string[]): Promise<Session[]> {
  const conditions = taskIds.flatMap(id => [
    equalsId('reloadTask.id', id),
    equalsId('externalProgramTask.id', id),
  ]);
  const filters = anyOf(conditions);
  // Runs in progress are few on any site: past a request or two, all of them are the shorter answer.
  const few = filters.length <= 2 ? filters : [undefined];
  const found: Session[] = [];
  for (const filter of few) found.push(...(await readSessions(qrs, filter)));
  return found.filter(({ task }) => task !== undefined && taskIds.includes(task));
}

/** Which of these runs are still in progress: one request, however many they are. */
export async function stillRunning(qrs: Qrs, sessionIds: readonly string[]): Promise<Set<string>> {
  const filters = anyOf(sessionIds.map(id => equalsId('id', id)));
  const sessions = await readSessions(qrs, filters.length === 1 ? filters[0] : undefined);
  return new Set(sessions.map(({ id }) => id));
}

async function readSessions(qrs: Qrs, filter: string | undefined): Promise<Session[]> {
  const attempt = 'list the runs in progress';
  const answer = await qrs.json({
    method: 'GET',
    path: '/qrs/executionsession/full',
    query: { filter },
    attempt,
  });
  return checked(z.array(sessionSchema), qrs, attempt, answer).map(session => ({
    id: session.id,
    task: session.reloadTask?.id ?? session.externalProgramTask?.id,
    user: session.user ?? undefined,
  }));
}

/** How many runs' records one request can ask for without too long a URL. */
export const RESULTS_AT_ONCE = 90;

/** The records of these runs, newest first; with retries a run has several. At most RESULTS_AT_ONCE runs. */
export async function resultsOfSessions(qrs: Qrs, sessionIds: readonly string[]): Promise<Result[]> {
  const [filter] = anyOf(sessionIds.slice(0, RESULTS_AT_ONCE).map(id => equalsId('executionID', id)));
  return filter === undefined ? [] : readResults(qrs, filter);
}

/** The records of these tasks that began at or after a date, newest first. */
export async function resultsOfTasks(qrs: Qrs, taskIds: readonly string[], since: string): Promise<Result[]> {
  const found: Result[] = [];
  for (const filter of anyOf(taskIds.map(id => equalsId('taskID', id)))) {
    found.push(...(await readResults(qrs, `${filter} and startTime ge '${since}'`)));
  }
  return found;
}

async function readResults(qrs: Qrs, filter: string): Promise<Result[]> {
  const attempt = 'read execution results';
  const query = { filter, orderby: 'startTime desc' };
  const answer = await qrs.json({ method: 'GET', path: '/qrs/executionresult/full', query, attempt });
  const results = checked(z.array(resultSchema), qrs, attempt, answer);
  return results.sort((one, other) => other.startTime.localeCompare(one.startTime));
}

const wrapped = z.union([z.string(), z.looseObject({ value: z.string() }).transform(({ value }) => value)]);

/**
 * Starts a task and returns its session's id; undefined when QRS says, by an empty id, that it did not start
 * (docs/qrs.md 5.3). When the answer is lost, `look` finds out whether it started, before it is started again.
 */
export async function startTask(
  qrs: Qrs,
  task: { id: string; name: string },
  look: () => Promise<string | undefined>,
): Promise<string | undefined> {
  const attempt = `start task "${task.name}"`;
  const session = await settle(
    qrs,
    async () => {
      const answer = await qrs.json({
        method: 'POST',
        path: `/qrs/task/${task.id}/start/synchronous`,
        attempt,
        hints: {
          400: 'Does the task still exist, and is it enabled?',
          403: `Has ${qrs.site.user} the right to run tasks?`,
          404: 'Does the task still exist?',
        },
      });
      return checked(wrapped, qrs, attempt, answer);
    },
    look,
  );
  return session === NO_ID || session === '' ? undefined : session;
}

/** Asks a running task to stop; that it has stopped shows later, in its session and records. */
export async function stopTask(qrs: Qrs, task: { id: string; name: string }): Promise<void> {
  try {
    await qrs.json({
      method: 'POST',
      path: `/qrs/task/${task.id}/stop`,
      attempt: `stop task "${task.name}"`,
      hints: { 403: `Has ${qrs.site.user} the right to stop tasks?` },
    });
  } catch (error) {
    if (!(error instanceof RemoteError && error.status === 404)) throw error;
  }
}
