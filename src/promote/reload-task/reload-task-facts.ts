import type { Triggers } from '../../qrs/reload-tasks/triggers.ts';
import type { Task } from '../../qrs/tasks.ts';

/** The facts for the reload tasks of promoted apps on a target site. */
export interface ReloadTaskFacts {
  /** The tasks of live apps that are to have one, by app id. */
  own: ReadonlyMap<string | undefined, readonly Task[]>;
  /** What starts those whose spec says it, by task id; without those that stay and whose triggers the site hides. */
  triggers: ReadonlyMap<string, Triggers>;
  /** Whether the user may make a task; undefined where unknown, or not needed. */
  mayMake: boolean | undefined;
}

export const NO_RELOAD_TASKS: ReloadTaskFacts = { own: new Map(), triggers: new Map(), mayMake: undefined };
