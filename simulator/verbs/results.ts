import { restoreScript, savedNow } from '../site/app-objects.ts';
import { contentSize } from '../site/content.ts';
import type { ExecutionResult, ReloadTask, Task, User } from '../site/entities.ts';
import { noDate, noId } from '../site/entities.ts';
import type { StatusName } from '../site/enums.ts';
import { isOver } from '../site/enums.ts';
import { reloaded } from '../site/reloaded-content.ts';
import type { Site } from '../site/site.ts';
import { writeLog } from './script-log.ts';
import { change } from './update.ts';

/** Whom QRS names for what a run changes. */
export function scheduler(site: Site): User {
  const user = site.userNamed('INTERNAL', 'sa_scheduler');
  if (!user) throw new Error('a site has at least its internal users');
  return user;
}

export function newResult(
  site: Site,
  task: Task,
  executionID: string,
  node: string,
  at: string,
): ExecutionResult {
  return {
    ...site.stored(scheduler(site), at),
    schemaPath: 'ExecutionResult',
    taskID: task.id,
    executionID,
    appID: task.schemaPath === 'ReloadTask' ? task.app.id : noId,
    executingNodeID: site.nodeId,
    executingNodeName: node,
    status: 'Triggered',
    startTime: at,
    stopTime: noDate,
    duration: 0,
    fileReferenceID: noId,
    scriptLogLocation: '',
    scriptLog: '',
    details: [],
    began: site.clock.now(),
    ended: 0,
    saves: task.schemaPath === 'ReloadTask' ? savedNow(site, task.app) : null,
    visible: false,
  };
}

export function note(site: Site, result: ExecutionResult, message: string) {
  result.details.push({ message, detailCreatedDate: new Date(site.clock.now()).toISOString() });
}

export function move(site: Site, result: ExecutionResult, status: StatusName, properties: string[] = []) {
  note(site, result, `Changing task state from ${result.status} to ${status}`);
  result.status = status;
  if (result.visible) site.touch(result, scheduler(site), ['status', 'details', ...properties]);
}

/** Ends one attempt; a status that is none of an end leaves the record as if the run went on. */
export function conclude(site: Site, task: Task, result: ExecutionResult, status: StatusName, log?: string) {
  if (!isOver(status)) return move(site, result, status);
  end(result, site.clock.now());
  if (status === 'FinishedSuccess' && task.schemaPath === 'ReloadTask') reload(site, task, result);
  if (task.schemaPath === 'ReloadTask') writeLog(task, result, status, log);
  if (result.scriptLog) note(site, result, 'Reference to scriptlog added');
  move(site, result, status, ['stopTime', 'duration', 'fileReferenceID', 'scriptLogAvailable']);
}

export function end(result: ExecutionResult, at: number) {
  result.ended = at;
  result.duration = at - result.began;
  result.stopTime = new Date(Date.parse(result.startTime) + result.duration).toISOString();
}

/** The app is saved, partly reloaded or in whole: an export of it has other bytes now. */
function reload(site: Site, { app }: ReloadTask, { stopTime, saves }: ExecutionResult) {
  if (!site.apps.has(app.id)) return;
  const before = app.content;
  const overwrites = saves && site.switches.whileReloading === 'overwritten';
  if (overwrites) restoreScript(site, app, saves);
  const content = reloaded(overwrites ? saves.content : before, app.name, stopTime);
  change(site, app, { lastReloadTime: stopTime, fileSize: contentSize(content), content }, scheduler(site));
  site.release(before);
}
