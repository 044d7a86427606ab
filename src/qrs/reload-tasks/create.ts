import type { Qrs } from '../connection.ts';
import { createTask, type Task } from '../tasks.ts';
import type { chainBody, scheduleBody } from './triggers.ts';

/** What a reload task is beside its app and its name. */
export interface TaskSettings {
  enabled: boolean;
  /** Minutes after which QRS aborts a run. */
  timeout: number;
  /** How often QRS starts a failed run again. */
  retries: number;
  tags: readonly { id: string; name: string }[];
  properties: readonly { definition: { id: string; name: string }; values: readonly string[] }[];
}

export interface TriggerBodies {
  schemaEvents: readonly ReturnType<typeof scheduleBody>[];
  compositeEvents: readonly ReturnType<typeof chainBody>[];
}

/** The rows of custom properties as QRS takes them: one for each value. Pure. */
export function propertyRows(properties: TaskSettings['properties']) {
  return properties.flatMap(({ definition, values }) => values.map(value => ({ value, definition })));
}

/** Makes a reload task of an app together with its triggers. */
export function createReloadTask(
  qrs: Qrs,
  app: { id: string; name: string },
  name: string,
  { settings, triggers }: { settings: TaskSettings; triggers: TriggerBodies },
): Promise<Task> {
  const task = {
    name,
    enabled: settings.enabled,
    taskSessionTimeout: settings.timeout,
    maxRetries: settings.retries,
    isManuallyTriggered: false,
    isPartialReload: false,
    tags: settings.tags,
    customProperties: propertyRows(settings.properties),
  };
  return createTask(qrs, app, task, triggers);
}
