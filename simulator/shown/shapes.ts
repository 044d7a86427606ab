import type { EnumName } from '../site/enums.ts';
import type { ListType } from '../site/maps.ts';

export type PropertyType = 'string' | 'guid' | 'boolean' | 'date' | 'number' | EnumName;

/**
 * The properties of an entity that a filter may name; those of a reference or of a list are one level down.
 */
export interface Shape {
  readonly [property: string]: PropertyType | Shape;
}

const named: Shape = { id: 'guid', name: 'string' };

const stored: Shape = {
  id: 'guid',
  createdDate: 'date',
  modifiedDate: 'date',
  modifiedByUserName: 'string',
};

const owner: Shape = { ...named, userId: 'string', userDirectory: 'string' };

const customProperties: Shape = {
  ...stored,
  value: 'string',
  definition: { ...named, valueType: 'string', choiceValues: 'string' },
};

const result: Shape = {
  id: 'guid',
  executingNodeName: 'string',
  status: 'status',
  startTime: 'date',
  stopTime: 'date',
  duration: 'number',
  fileReferenceID: 'guid',
  scriptLogAvailable: 'boolean',
  scriptLogLocation: 'string',
  scriptLogSize: 'number',
  details: { message: 'string', detailCreatedDate: 'date' },
};

const operational: Shape = { id: 'guid', lastExecutionResult: result, nextExecution: 'date' };

const taskCondensed: Shape = {
  ...named,
  taskType: 'taskType',
  enabled: 'boolean',
  taskSessionTimeout: 'number',
  maxRetries: 'number',
};

const task: Shape = { ...stored, ...taskCondensed, tags: named };

const trigger: Shape = {
  ...stored,
  name: 'string',
  enabled: 'boolean',
  eventType: 'eventType',
  reloadTask: taskCondensed,
  externalProgramTask: taskCondensed,
};

const operated: Shape = { ...taskCondensed, operational };

const appCondensed: Shape = {
  ...named,
  appId: 'string',
  published: 'boolean',
  publishTime: 'date',
  savedInProductVersion: 'string',
  migrationHash: 'string',
  availabilityStatus: 'number',
  stream: named,
};

/** With the switch `taskProperties`, a filter on all tasks may name what only tasks of some types have. */
export const taskWithProperties: Shape = { ...task, customProperties };

export const shapes: Readonly<Record<ListType, Shape>> = {
  App: {
    ...stored,
    ...appCondensed,
    description: 'string',
    sourceAppId: 'guid',
    targetAppId: 'guid',
    lastReloadTime: 'date',
    lastDataDistribution: 'date',
    fileSize: 'number',
    thumbnail: 'string',
    dynamicColor: 'string',
    owner,
    tags: named,
    customProperties,
  },
  'App.Object': {
    ...stored,
    name: 'string',
    engineObjectId: 'string',
    contentHash: 'string',
    engineObjectType: 'string',
    description: 'string',
    objectType: 'string',
    publishTime: 'date',
    published: 'boolean',
    approved: 'boolean',
    size: 'number',
    owner,
    app: appCondensed,
    tags: named,
  },
  Stream: { ...stored, name: 'string', owner, tags: named, customProperties },
  Tag: { ...stored, name: 'string' },
  CustomPropertyDefinition: {
    ...stored,
    name: 'string',
    valueType: 'string',
    choiceValues: 'string',
    objectTypes: 'string',
    description: 'string',
  },
  User: { ...stored, ...owner, tags: named, customProperties },
  Task: task,
  ReloadTask: {
    ...task,
    operational,
    app: { ...named, stream: named },
    isManuallyTriggered: 'boolean',
    isPartialReload: 'boolean',
    customProperties,
  },
  ExternalProgramTask: { ...task, operational, path: 'string', parameters: 'string', customProperties },
  Event: trigger,
  SchemaEvent: { ...trigger, timeZone: 'string', startDate: 'date', expirationDate: 'date' },
  CompositeEvent: { ...trigger, compositeRules: { ...stored, reloadTask: taskCondensed } },
  DataConnection: {
    ...stored,
    name: 'string',
    connectionstring: 'string',
    type: 'string',
    username: 'string',
    owner,
    tags: named,
    customProperties,
  },
  Extension: { ...stored, name: 'string', owner, tags: named, customProperties },
  ExecutionResult: {
    ...stored,
    ...result,
    taskID: 'guid',
    executionID: 'guid',
    appID: 'guid',
    executingNodeID: 'guid',
  },
  ExecutionSession: {
    ...stored,
    executionResult: result,
    abortAt: 'date',
    retries: 'number',
    abortReason: 'abortReason',
    app: named,
    user: 'string',
    reloadTask: operated,
    externalProgramTask: operated,
  },
};
