import type { Qrs } from '../../qrs/connection.ts';
import { triggersOf } from '../../qrs/reload-tasks/triggers.ts';
import { mayCreate } from '../../qrs/rights.ts';
import { type Task, tasksOfApps } from '../../qrs/tasks.ts';
import type { StampedApp, SurveyedApp } from '../survey/facts.ts';
import { ifShown } from '../survey/if-shown.ts';
import { nameThere, type Wish } from '../survey/wish.ts';
import { NO_RELOAD_TASKS, type ReloadTaskFacts } from './reload-task-facts.ts';
import { taskNameFor } from './task-name.ts';

/** A wish, and the live apps of its name in its streams. */
interface PlacedWish {
  one: SurveyedApp;
  wish: Wish;
  there: readonly StampedApp[];
}

/** Reads the tasks of all live apps in one request, and their triggers in two where the spec says when they start. */
export async function surveyReloadTasks(
  qrs: Qrs,
  placed: readonly PlacedWish[],
  dryRun: boolean,
): Promise<ReloadTaskFacts> {
  const asking = placed.filter(({ wish }) => wish.options.reloadTask !== undefined);
  if (asking.length === 0) return NO_RELOAD_TASKS;
  const apps = new Set(asking.flatMap(({ there }) => there.map(({ id }) => id)));
  const own = Map.groupBy(await tasksOfApps(qrs, [...apps]), ({ app }) => app?.id);
  const { update = [], leave = [] } = Object.groupBy(asking.filter(saysWhen), ({ wish }) =>
    wish.options.reloadTask?.update === true ? 'update' : 'leave',
  );
  const idsOf = (some: readonly PlacedWish[]) => [
    ...new Set(some.flatMap(one => one.there.flatMap(app => taskOf(one, app, own)?.id ?? []))),
  ];
  // The triggers of a task that stays are only for a remark.
  const staying = await ifShown(triggersOf(qrs, idsOf(leave)).then(triggers => [...triggers]));
  const triggers = new Map([...staying, ...(await triggersOf(qrs, idsOf(update)))]);
  const lacking = asking.flatMap(one => one.there.filter(app => !taskOf(one, app, own)));
  return { own, triggers, mayMake: dryRun ? undefined : await mayMakeTask(qrs, lacking[0]) };
}

function saysWhen({ wish: { options } }: PlacedWish): boolean {
  return options.reloadTask?.schedule !== undefined || options.reloadTask?.after !== undefined;
}

/** The task of that app that has the wanted name already. */
function taskOf({ one, wish }: PlacedWish, app: StampedApp, own: ReloadTaskFacts['own']): Task | undefined {
  const { reloadTask } = wish.options;
  const called = wish.app === undefined ? nameThere(one.app, wish) : app.name;
  const name = reloadTask && taskNameFor(reloadTask, called, app.stream?.name ?? '');
  return own.get(app.id)?.find(task => task.name === name);
}

/** Whether the user may make a task. Without an app to name, a no may be about the missing app. */
async function mayMakeTask(qrs: Qrs, app: StampedApp | undefined): Promise<boolean | undefined> {
  const task = { name: 'qrs-action: may a task be made?', taskType: 0 };
  const may = await mayCreate(qrs, 'ReloadTask', app ? { ...task, app: { id: app.id } } : task);
  return app || may ? may : undefined;
}
