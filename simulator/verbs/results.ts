import { restoreScript } from '../site/app-objects.ts';
import { contentSize } from '../site/content.ts';
import type { ReloadTask, Task } from '../site/entities.ts';
import type { StatusName } from '../site/enums.ts';
import { isOver } from '../site/enums.ts';
import type { ExecutionResult } from '../site/execution-result.ts';
import { end, scheduler } from '../site/new-result.ts';
import { reloaded } from '../site/reloaded-content.ts';
import type { Site } from '../site/site.ts';
import { writeLog } from '../site/write-log.ts';
import { change } from './update.ts';

export function note(site: Site, result: ExecutionResult, message: string) {
  result.details.push({ message, detailCreatedDate: new Date(site.clock.now()).toISOString() });
}

export function move(site: Site, result: ExecutionResult, status: StatusName, properties: string[] = []) {
  note(site, result, `Changing task state from ${result.status} to ${status}`);
  result.status = status;
  if (result.visible) site.touch(result, scheduler(site), ['status', 'details', ...properties]);
}

/** Ends one attempt. If the status is not final, the result looks as if the run continues. */
export function conclude(site: Site, task: Task, result: ExecutionResult, status: StatusName, log?: string) {
  if (!isOver(status)) return move(site, result, status);
  end(result, site.clock.now());
  if (status === 'FinishedSuccess' && task.schemaPath === 'ReloadTask') reload(site, task, result);
  if (task.schemaPath === 'ReloadTask') writeLog(task, result, status, log);
  if (result.scriptLog) note(site, result, 'Reference to scriptlog added');
  move(site, result, status, ['stopTime', 'duration', 'fileReferenceID', 'scriptLogAvailable']);
}

/** Saves the app after a full or partial reload: its export has other bytes now. */
function reload(site: Site, { app }: ReloadTask, { stopTime, saves }: ExecutionResult) {
  if (!site.apps.has(app.id)) return;
  const before = app.content;
  const overwrites = saves && site.switches.whileReloading === 'overwritten';
  if (overwrites) restoreScript(site, app, saves);
  const content = reloaded(overwrites ? saves.content : before, app.name, stopTime);
  change(site, app, { lastReloadTime: stopTime, fileSize: contentSize(content), content }, scheduler(site));
  site.release(before);
}
