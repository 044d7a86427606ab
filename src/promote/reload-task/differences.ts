import type { TaskSettings } from '../../qrs/reload-tasks/create.ts';
import {
  type ChainEvent,
  nextStart,
  repeatsSo,
  type ScheduleEvent,
  startsAfter,
  type Triggers,
  type Upstream,
} from '../../qrs/reload-tasks/triggers.ts';
import type { StoredTask } from '../../qrs/reload-tasks/update.ts';
import { isInGap, isStart } from './first-start.ts';
import type { Schedule } from './reload-task-shape.ts';
import { chainWords, scheduleWords } from './task-words.ts';
import { wallTime } from './time-zone.ts';

/** How a task is to be, by the target's own ids. What is undefined stays as it is. */
export interface WantedTask extends Partial<Omit<TaskSettings, 'tags' | 'properties'>> {
  tags: TaskSettings['tags'];
  properties: TaskSettings['properties'];
  schedule: Schedule | undefined;
  after: readonly Upstream[] | undefined;
}

/** Whether a schedule must start at the right time, or only repeat as wanted. */
type Starts = 'on time' | 'at any time';

/** Phrases for how a task differs from the wanted one: `is disabled`. Pure. */
export function taskDifferences(
  task: StoredTask,
  triggers: Triggers,
  wanted: WantedTask,
  starts: Starts = 'on time',
): string[] {
  return [...settingDifferences(task, wanted), ...triggerDifferences(triggers, wanted, starts)];
}

function settingDifferences(task: StoredTask, wanted: WantedTask): string[] {
  const { enabled, timeout, retries, tags, properties } = wanted;
  const differ: string[] = [];
  if (enabled !== undefined && task.enabled !== enabled)
    differ.push(`is ${task.enabled ? 'enabled' : 'disabled'}`);
  if (timeout !== undefined && task.taskSessionTimeout !== timeout)
    differ.push(`has a timeout of ${task.taskSessionTimeout} min`);
  if (retries !== undefined && task.maxRetries !== retries) differ.push(retryWords(task.maxRetries));
  for (const { name } of tags) {
    if (!task.tags.some(tag => tag.name === name)) differ.push(`lacks the tag "${name}"`);
  }
  for (const { definition, values } of properties) {
    const rows = task.customProperties.filter(row => row.definition.name === definition.name);
    const same = rows.length === values.length && rows.every(({ value }) => values.includes(value));
    if (!same) differ.push(`has other values of "${definition.name}"`);
  }
  return differ;
}

function retryWords(retries: number): string {
  return `has ${retries} ${retries === 1 ? 'retry' : 'retries'}`;
}

/** Phrases for the triggers that a task lacks, or has in another form. Pure. */
export function triggerDifferences(
  { schedules, chains }: Triggers,
  { schedule, after }: Pick<WantedTask, 'schedule' | 'after'>,
  starts: Starts = 'on time',
): string[] {
  return [
    ...(schedule && !hasSchedule(schedules, schedule, starts)
      ? [`does not start ${scheduleWords(schedule)}`]
      : []),
    ...(after && !hasChain(chains, after)
      ? [
          after.length > 0
            ? `does not start ${chainWords(after.map(({ name }) => name))}`
            : 'starts after other tasks',
        ]
      : []),
  ];
}

function hasSchedule(schedules: readonly ScheduleEvent[], schedule: Schedule, starts: Starts): boolean {
  const [only, second] = schedules;
  if (!only || second || !repeatsSo(only, schedule)) return false;
  return starts === 'at any time' || startsSo(only, schedule);
}

/** The site's own word for the next start comes first: the start date may be a time of the zone or of UTC. */
function startsSo(event: ScheduleEvent, schedule: Schedule): boolean {
  const next = nextStart(event);
  const wall =
    next === undefined ? Date.parse(`${event.startDate.slice(0, 16)}Z`) : wallTime(next, schedule.timeZone);
  // Of a repeat that does not fit into a day, the time of day says nothing.
  const fits = schedule.every % 1440 === 0 || 1440 % schedule.every === 0;
  return !fits || isStart(schedule, wall) || (next !== undefined && isInGap(schedule, next));
}

function hasChain(chains: readonly ChainEvent[], after: readonly Upstream[]): boolean {
  const [only, second] = chains;
  if (after.length === 0) return only === undefined;
  const ids = only && !second ? startsAfter(only) : undefined;
  return ids?.size === after.length && after.every(({ id }) => ids.has(id));
}
