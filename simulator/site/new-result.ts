import { savedNow } from './app-objects.ts';
import type { Task, User } from './entities.ts';
import { noDate, noId } from './entities.ts';
import type { ExecutionResult } from './execution-result.ts';
import type { Site } from './site.ts';

/** The user whom QRS names as the author of a run's changes. */
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

export function end(result: ExecutionResult, at: number) {
  result.ended = at;
  result.duration = at - result.began;
  result.stopTime = new Date(Date.parse(result.startTime) + result.duration).toISOString();
}
