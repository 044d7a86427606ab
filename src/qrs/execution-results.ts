import * as z from 'zod';
import type { Qrs } from './connection.ts';
import { anyOf, equalsId } from './filter.ts';
import { type Listed, maybeId, or } from './shape.ts';

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

/** The final statuses; every other one is a stage. The order of the numbers means nothing. */
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

export const statusSchema = z
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

/** The most runs in one request for records; more would make the URL too long. */
export const RESULTS_AT_ONCE = 90;

/**
 * The records of these runs, newest first; with retries a run has several. At most RESULTS_AT_ONCE runs. Unusable
 * records are listed apart, with what they lack.
 */
export async function resultsOfSessions(qrs: Qrs, sessionIds: readonly string[]): Promise<Listed<Result>> {
  const [filter] = anyOf(sessionIds.slice(0, RESULTS_AT_ONCE).map(id => equalsId('executionID', id)));
  return filter === undefined ? { found: [], odd: [] } : readResults(qrs, filter, true);
}

/** The runs of a task that were recorded at or after a date, also those with unusable records. */
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
  const { found, odd } = await qrs.list(resultSchema, call);
  return { found: found.sort((one, other) => other.startTime.localeCompare(one.startTime)), odd };
}
