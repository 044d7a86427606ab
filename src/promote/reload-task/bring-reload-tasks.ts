import { sessionsOfTasks } from '../../qrs/executions.ts';
import { makeOnce } from '../../qrs/make-once.ts';
import { createReloadTask } from '../../qrs/reload-tasks/create.ts';
import { removeTask, type Task, tasksOfApps } from '../../qrs/tasks.ts';
import { inPlace } from '../plan/place.ts';
import type { Place } from '../target/ledger.ts';
import { surelyNot, type TargetRun } from '../target/target-run.ts';
import { siteTime } from '../working-copy.ts';
import { confirmTask } from './confirm-task.ts';
import type { ReloadTaskPlan } from './planned-task.ts';
import { triggersFor } from './planned-triggers.ts';
import { updateTask } from './update-task.ts';

/**
 * Gives each app that is live now its reload task. It is the last step on a target: users see the app whether or not it
 * succeeds. Nothing here starts a task.
 */
export async function bringReloadTasks(run: TargetRun): Promise<void> {
  const { plan, ledger } = run;
  const planned = plan.reloadTask;
  if (!planned) return;
  for (const [index, place] of ledger.places.entries()) {
    const step = planned.steps[index];
    if (!step || place.state !== 'confirmed' || !place.app) continue;
    const app = { id: place.app.id, name: plan.name };
    if (step.do === 'update') await updateTask(run, place, app, step, planned);
    // Also a task that is to be left: somebody may have deleted it meanwhile.
    else await make(run, place, app, step.name, planned);
  }
}

async function make(
  run: TargetRun,
  place: Place,
  app: { id: string; name: string },
  name: string,
  planned: ReloadTaskPlan,
): Promise<void> {
  const { target, ledger } = run;
  let asked = false;
  let mine: string | undefined;
  const { start, triggers } = triggersFor(planned, siteTime(target));
  try {
    const task = await makeOnce<Task>(target, {
      what: `task "${name}"`,
      find: async () => (await tasksOfApps(target, [app.id])).filter(one => one.name === name),
      make: async () => {
        asked = true;
        const made = await createReloadTask(target, app, name, { settings: settingsOf(planned), triggers });
        mine = made.id;
        return made;
      },
      inUse: async ({ id }) => (await sessionsOfTasks(target, [id])).length > 0,
      remove: one => removeTask(target, one),
    });
    const own = task.id === mine;
    const made = own || (asked && mine === undefined);
    const record = {
      name,
      id: task.id,
      ...(own ? { own, wrote: task.modifiedDate, writer: task.modifiedByUserName } : {}),
    };
    ledger.tasks.set(place, { ...record, did: made ? 'unclear' : 'left' });
    if (!made) return;
    const note = await confirmTask(target, task, planned, start);
    ledger.tasks.set(place, { ...record, did: 'made' });
    if (note !== undefined) place.noted(note);
    target.log.info(
      `${target.site.name}: made the task "${name}" of the app ${inPlace(place.stream)} (${task.id}).`,
    );
  } catch (error) {
    const known = ledger.tasks.get(place);
    if (!known) ledger.tasks.set(place, { name, did: asked && !surelyNot(error) ? 'unclear' : 'not done' });
    throw error;
  }
}

/** A new task has QRS's usual limits where the spec says none (docs/qrs.md 5.2). */
function settingsOf({
  wanted: { enabled = true, timeout = 1440, retries = 0, tags, properties },
}: ReloadTaskPlan) {
  return { enabled, timeout, retries, tags, properties };
}
