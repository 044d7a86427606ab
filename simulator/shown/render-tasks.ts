import type { Entity, ExecutionSession, Task } from '../site/entities.ts';
import { noDate, noId } from '../site/entities.ts';
import { numberOf } from '../site/enums.ts';
import type { ExecutionResult } from '../site/execution-result.ts';
import { appCondensed, named, row, stored } from './render-parts.ts';

const condensedBase = (task: Task) => ({
  id: task.id,
  name: task.name,
  taskType: task.schemaPath === 'ReloadTask' ? 0 : 1,
  enabled: task.enabled,
  taskSessionTimeout: task.taskSessionTimeout,
  maxRetries: task.maxRetries,
});

const fullBase = (task: Task) => ({
  ...stored(task),
  ...condensedBase(task),
  tags: task.tags.map(named),
});

// Lists of all tasks show only the fields that every type of task has (docs/qrs.md 5.2).
const isTask = (entity: Entity) =>
  entity.schemaPath === 'ReloadTask' || entity.schemaPath === 'ExternalProgramTask';

export const anyTaskCondensed = (entity: Entity) => (isTask(entity) ? condensedBase(entity) : {});
export const anyTaskFull = (entity: Entity) => (isTask(entity) ? fullBase(entity) : {});

/** How QRS writes the last result of a task that never ran. */
const neverRan = {
  id: noId,
  executingNodeName: '',
  status: 0,
  startTime: noDate,
  stopTime: noDate,
  duration: 0,
  fileReferenceID: noId,
  scriptLogAvailable: false,
  scriptLogLocation: '',
  scriptLogSize: 0,
  details: [],
};

/** Without the ids of task, session and app: a client that needs them has to ask in full (docs/qrs.md 5.3). */
export const resultCondensed = (result: ExecutionResult) => ({
  id: result.id,
  executingNodeName: result.executingNodeName,
  status: numberOf(result.status),
  startTime: result.startTime,
  stopTime: result.stopTime,
  duration: result.duration,
  fileReferenceID: result.fileReferenceID,
  scriptLogAvailable: result.scriptLog !== '',
  scriptLogLocation: result.scriptLogLocation,
  scriptLogSize: Buffer.byteLength(result.scriptLog),
  details: result.details.map(detail => ({ id: noId, detailsType: 2, ...detail, privileges: null })),
});

export const resultFull = (result: ExecutionResult) => ({
  ...stored(result),
  ...resultCondensed(result),
  taskID: result.taskID,
  executionID: result.executionID,
  appID: result.appID,
  executingNodeID: result.executingNodeID,
});

const operational = ({ operationalId, lastResult, next }: Task) => ({
  id: operationalId,
  lastExecutionResult: { ...(lastResult ? resultCondensed(lastResult) : neverRan), privileges: null },
  nextExecution: next(),
  privileges: null,
});

export const taskCondensed = (task: Task) => ({ ...condensedBase(task), operational: operational(task) });

export const taskFull = (task: Task) => ({
  ...fullBase(task),
  operational: operational(task),
  customProperties: task.customProperties.map(row),
  ...(task.schemaPath === 'ReloadTask'
    ? reloadFields(task)
    : { path: task.path, parameters: task.parameters, qlikUser: null }),
});

const reloadFields = ({ app, isManuallyTriggered, isPartialReload }: Extract<Task, { app: object }>) => ({
  app: { ...appCondensed(app), privileges: null },
  isManuallyTriggered,
  isPartialReload,
});

const ofType = (task: Task, type: Task['schemaPath']) =>
  task.schemaPath === type ? { ...taskCondensed(task), privileges: null } : null;

/** The task of a session, an event or a rule: one of three properties has it. */
export const oneTask = (task: Task) => ({
  reloadTask: ofType(task, 'ReloadTask'),
  userSyncTask: null,
  externalProgramTask: ofType(task, 'ExternalProgramTask'),
});

/** Without retries, app and user (docs/qrs.md 5.3). */
export const sessionCondensed = ({ id, createdDate, task, result, abortReason }: ExecutionSession) => ({
  id,
  executingNode: { id: result.executingNodeID, privileges: null },
  executionResult: result.visible ? { ...resultCondensed(result), privileges: null } : null,
  abortAt: new Date(Date.parse(createdDate) + task.taskSessionTimeout * 60_000).toISOString(),
  abortReason,
  ...oneTask(task),
});

export const sessionFull = (session: ExecutionSession) => ({
  ...stored(session),
  ...sessionCondensed(session),
  retries: session.retries,
  app: session.task.schemaPath === 'ReloadTask' ? reloadFields(session.task).app : null,
  user: session.user,
});
