import type { TriggerBodies } from '../../qrs/reload-tasks/create.ts';
import { chainBody, scheduleBody } from '../../qrs/reload-tasks/triggers.ts';
import { firstStart, type Start } from './first-start.ts';
import type { ReloadTaskPlan } from './planned-task.ts';
import { chainWords, scheduleWords } from './task-words.ts';

interface PlannedTriggers {
  start: Start | undefined;
  triggers: TriggerBodies;
}

/** The triggers that the spec asks for. Pure. */
export function triggersFor(
  { wanted: { schedule, after = [] } }: ReloadTaskPlan,
  now: number,
): PlannedTriggers {
  const start = schedule && firstStart(schedule, now);
  const names = after.map(({ name }) => name);
  return {
    start,
    triggers: {
      schemaEvents:
        schedule && start ? [scheduleBody(scheduleWords(schedule), { ...schedule, start: start.wall })] : [],
      compositeEvents: after.length > 0 ? [chainBody(chainWords(names), after)] : [],
    },
  };
}
