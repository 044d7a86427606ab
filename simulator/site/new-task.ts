import { randomUUID } from 'node:crypto';
import type { ExternalProgramTask, ReloadTask, User } from './entities.ts';
import { nextOfTask } from './next-execution.ts';
import { ordinaryRuns } from './runs.ts';
import type { Site } from './site.ts';

/** QRS's defaults for all that is not given. */
const defaults = (site: Site, by: User) => {
  const operationalId = randomUUID();
  return {
    ...site.stored(by),
    enabled: true,
    taskSessionTimeout: 1440,
    maxRetries: 0,
    tags: [],
    customProperties: [],
    operationalId,
    next: () => nextOfTask(site, operationalId),
    lastResult: null,
    runs: ordinaryRuns(),
    started: 0,
  };
};

export function newReloadTask(
  site: Site,
  by: User,
  given: Pick<ReloadTask, 'name' | 'app'> & Partial<ReloadTask>,
): ReloadTask {
  const own = { schemaPath: 'ReloadTask', isManuallyTriggered: false, isPartialReload: false } as const;
  return { ...defaults(site, by), ...own, ...given };
}

export function newExternalTask(
  site: Site,
  by: User,
  given: Pick<ExternalProgramTask, 'name'> & Partial<ExternalProgramTask>,
): ExternalProgramTask {
  return { ...defaults(site, by), schemaPath: 'ExternalProgramTask', path: '', parameters: '', ...given };
}
