import type { Task } from '../../qrs/tasks.ts';
import type { WantedTask } from './differences.ts';
import type { ReloadTaskOptions } from './reload-task-shape.ts';

/** What becomes of the reload task of an app in one stream. */
export type TaskStep = { do: 'make'; name: string } | ({ do: 'leave' | 'update' } & ThereTask);

/** The oldest task of that name of the app, and the others. */
interface ThereTask {
  name: string;
  task: Task;
  others: readonly Task[];
  /** Phrases for how it differs from the spec: `is disabled`. */
  differs: readonly string[];
}

/** A reload task as the spec asks for it, and by the target's own ids. */
export interface AskedTask {
  options: ReloadTaskOptions;
  wanted: WantedTask;
}

/** The reload tasks of an app on a target. */
export interface ReloadTaskPlan extends AskedTask {
  /** One for each step of the target, in the same order. */
  steps: readonly TaskStep[];
}
