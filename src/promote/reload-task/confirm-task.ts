import { RemoteError } from '../../base/errors.ts';
import { retry } from '../../base/retry.ts';
import type { Qrs } from '../../qrs/connection.ts';
import { moveStart, nextStart } from '../../qrs/reload-tasks/triggers.ts';
import { readReloadTask, type StoredTask, type TriggeredTask } from '../../qrs/reload-tasks/update.ts';
import { taskDifferences } from './differences.ts';
import { type Start, wallText } from './first-start.ts';
import type { ReloadTaskPlan } from './planned-task.ts';
import type { Schedule } from './reload-task-shape.ts';
import { wallTime } from './time-zone.ts';

/** Pauses before reading again, ms: the repository may lag behind its own answers (docs/qrs.md 4.2). */
const PAUSES = [500, 1000, 2000];
const MINUTE = 60_000;

/**
 * Reads a task back that this run made or changed, and moves its start where the site takes it for UTC. Resolves to a
 * note for the reader; throws RemoteError when the site does not show what was asked.
 */
export async function confirmTask(
  qrs: Qrs,
  task: StoredTask,
  planned: ReloadTaskPlan,
  start: Start | undefined,
): Promise<string | undefined> {
  const read = await shown(qrs, task, planned);
  const { schedule } = planned.wanted;
  const event = read.triggers.schedules[0];
  if (!start || !schedule || !event || !read.task.enabled) return undefined;
  const next = nextStart(event);
  if (next === undefined) return `the site does not say when the task "${task.name}" starts next`;
  if (isOnTime(next, start, schedule)) return undefined;
  if (!isOnTime(next, asUtc(start), schedule)) return oddStart(task, next);
  await retry(
    qrs,
    () => true,
    () => moveStart(qrs, event, wallText(start.instant)),
  );
  const moved = (await readReloadTask(qrs, task))?.triggers.schedules[0];
  const now = moved && nextStart(moved);
  return now !== undefined && isOnTime(now, start, schedule) ? undefined : oddStart(task, now ?? next);
}

/** Reads until lists show the task as it is to be. */
async function shown(qrs: Qrs, task: StoredTask, { wanted }: ReloadTaskPlan): Promise<TriggeredTask> {
  for (const pause of [...PAUSES, undefined]) {
    const read = await readReloadTask(qrs, task);
    // A start that is not at the right time is moved.
    const differs = read
      ? taskDifferences(read.task, read.triggers, wanted, 'at any time')
      : ['is not there'];
    if (read && differs.length === 0) return read;
    if (pause === undefined) throw notAsAsked(qrs, task, differs);
    await qrs.clock.sleep(pause, qrs.signal);
  }
  throw notAsAsked(qrs, task, []);
}

function notAsAsked(qrs: Qrs, task: StoredTask, differs: readonly string[]): RemoteError {
  return new RemoteError({
    site: qrs.site.name,
    attempt: `show the task "${task.name}" as it was made`,
    answer: `it ${differs.join(', ')}`,
    failed: true,
    mayBeDone: true,
    final: true,
  });
}

/** The same start, as a site reads it that takes every date for UTC. */
function asUtc({ wall }: Start): Start {
  return { wall, instant: Date.parse(`${wall}Z`) };
}

/** Whether the clocks then show the first start, or a later one where that has passed meanwhile. */
function isOnTime(next: number, { instant }: Start, { every, timeZone }: Schedule): boolean {
  const apart = wallTime(next, timeZone) - wallTime(instant, timeZone);
  return apart >= 0 && apart % (every * MINUTE) === 0;
}

function oddStart({ name }: StoredTask, next: number): string {
  return `the site says that the task "${name}" starts next at ${new Date(next).toISOString()}; look at its trigger in the QMC`;
}
