import { randomUUID } from 'node:crypto';
import type { ReloadTask, User } from './entities.ts';
import { ordinaryRuns } from './runs.ts';
import type { Site } from './site.ts';

type Given = Pick<ReloadTask, 'name' | 'app'> & Partial<ReloadTask>;

/** A reload task with QRS's defaults for all that is not given. */
export function newReloadTask(site: Site, by: User, given: Given): ReloadTask {
  return {
    ...site.stored(by),
    schemaPath: 'ReloadTask',
    enabled: true,
    taskSessionTimeout: 1440,
    maxRetries: 0,
    tags: [],
    isManuallyTriggered: false,
    isPartialReload: false,
    operationalId: randomUUID(),
    lastResult: null,
    runs: ordinaryRuns(),
    started: 0,
    ...given,
  };
}
