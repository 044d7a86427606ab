import { propertyRows } from '../../qrs/reload-tasks/create.ts';
import {
  type StoredTask,
  type TaskChange,
  type TriggeredTask,
  updateReloadTask,
} from '../../qrs/reload-tasks/update.ts';
import { inPlace } from '../plan/place.ts';
import type { Place } from '../target/ledger.ts';
import { surelyNot, type TargetRun } from '../target/target-run.ts';
import { siteTime } from '../working-copy.ts';
import { confirmTask } from './confirm-task.ts';
import { taskDifferences, triggerDifferences, type WantedTask } from './differences.ts';
import type { ReloadTaskPlan, TaskStep } from './planned-task.ts';
import { triggersFor } from './planned-triggers.ts';

/** Brings a task up to date, as read right before; a task that somebody has brought up to date meanwhile stays. */
export async function updateTask(
  { target, ledger }: TargetRun,
  place: Place,
  app: { id: string },
  { name, task: { id } }: Exclude<TaskStep, { do: 'make' }>,
  planned: ReloadTaskPlan,
): Promise<void> {
  const { wanted } = planned;
  const { start, triggers } = triggersFor(planned, siteTime(target));
  let before: TriggeredTask | undefined;
  let moves = false;
  const change = (now: TriggeredTask): TaskChange | undefined => {
    if (now.task.app?.id !== app.id || now.task.name !== name)
      throw new Error(`The task "${name}" (${id}) is not there any more.`);
    if (taskDifferences(now.task, now.triggers, wanted).length === 0) return undefined;
    // A second try means that what was sent has no effect, and that somebody may have changed the task since.
    before = now;
    const schedules = lacks(now, { schedule: wanted.schedule, after: undefined })
      ? triggers.schemaEvents
      : undefined;
    const chains = lacks(now, { schedule: undefined, after: wanted.after })
      ? triggers.compositeEvents
      : undefined;
    moves ||= schedules !== undefined;
    return { task: withSettings(now.task, wanted), schedules, chains };
  };
  try {
    const now = await updateReloadTask(target, { id, name }, change);
    if (!now) throw new Error(`The task "${name}" (${id}) is not there any more.`);
    const wrote = now.task.modifiedDate;
    ledger.tasks.set(place, { name, id, ...(before ? { did: 'unclear', before, wrote } : { did: 'left' }) });
    if (!before) return;
    const note = await confirmTask(target, now.task, planned, moves ? start : undefined);
    ledger.tasks.set(place, { name, id, did: 'updated', before, wrote });
    if (note !== undefined) place.noted(note);
    target.log.info(
      `${target.site.name}: brought the task "${name}" of the app ${inPlace(place.stream)} up to date (${id}).`,
    );
  } catch (error) {
    const did = before && !surelyNot(error) ? 'unclear' : 'not done';
    if (!ledger.tasks.has(place)) ledger.tasks.set(place, { name, id, did, ...(before ? { before } : {}) });
    throw error;
  }
}

function lacks({ triggers }: TriggeredTask, wanted: Pick<WantedTask, 'schedule' | 'after'>): boolean {
  return triggerDifferences(triggers, wanted).length > 0;
}

/** The task with the wanted settings: tags are added, a named property's values are replaced, the rest stays. Pure. */
function withSettings(task: StoredTask, wanted: WantedTask): StoredTask {
  const { enabled, timeout, retries, tags, properties } = wanted;
  const added = tags.filter(({ name }) => !task.tags.some(tag => tag.name === name));
  const rows = task.customProperties.filter(
    row => !properties.some(({ definition }) => definition.name === row.definition.name),
  );
  return {
    ...task,
    enabled: enabled ?? task.enabled,
    taskSessionTimeout: timeout ?? task.taskSessionTimeout,
    maxRetries: retries ?? task.maxRetries,
    tags: [...task.tags, ...added],
    customProperties: [...rows, ...propertyRows(properties)],
  };
}
