import type { Content } from './content.ts';
import type { StatusName } from './enums.ts';
import type { Part } from './made-content.ts';
import type { Run } from './runs.ts';

interface Stored {
  id: string;
  createdDate: string;
  modifiedDate: string;
  modifiedByUserName: string;
}

export interface User extends Stored {
  readonly schemaPath: 'User';
  userDirectory: string;
  userId: string;
  name: string;
}

export interface Stream extends Stored {
  readonly schemaPath: 'Stream';
  name: string;
  owner: User;
}

export interface Tag extends Stored {
  readonly schemaPath: 'Tag';
  name: string;
}

export interface Definition extends Stored {
  readonly schemaPath: 'CustomPropertyDefinition';
  name: string;
  valueType: string;
  choiceValues: string[];
  objectTypes: string[];
  description: string;
}

/** One value of a custom property on one entity; several values are several rows (docs/qrs.md 4.6). */
export interface PropertyRow extends Stored {
  readonly schemaPath: 'CustomPropertyValue';
  value: string;
  definition: Definition;
}

export interface App extends Stored {
  readonly schemaPath: 'App';
  name: string;
  description: string;
  owner: User;
  published: boolean;
  publishTime: string;
  stream: Stream | null;
  tags: Tag[];
  customProperties: PropertyRow[];
  lastReloadTime: string;
  fileSize: number;
  content: Content;
}

/**
 * A part of an app. Base objects, such as the script and the load model, are approved; community objects are only
 * published; private objects are neither (docs/qrs.md 4.8).
 */
export interface AppObject extends Stored {
  readonly schemaPath: 'App.Object';
  readonly app: App;
  /** Stays the same in exports, copies and replaces of the app; the `id` does not. */
  readonly engineObjectId: string;
  readonly objectType: string;
  name: string;
  description: string;
  owner: User;
  published: boolean;
  approved: boolean;
  publishTime: string;
  size: number;
  /** Identifies the object's content. Clients see only `contentHash`. */
  version: string;
  contentHash: string;
}

interface AnyTask extends Stored {
  name: string;
  enabled: boolean;
  /** In minutes. */
  taskSessionTimeout: number;
  maxRetries: number;
  tags: Tag[];
  readonly operationalId: string;
  /** Shown as `operational.lastExecutionResult`; it may still be the previous result for a while after a start. */
  lastResult: ExecutionResult | null;
  /** The outcomes of its starts, in order; the last one repeats. */
  runs: Run[];
  /** How many runs were started. */
  started: number;
}

export interface ReloadTask extends AnyTask {
  readonly schemaPath: 'ReloadTask';
  app: App;
  isManuallyTriggered: boolean;
  isPartialReload: boolean;
}

interface ExternalProgramTask extends AnyTask {
  readonly schemaPath: 'ExternalProgramTask';
}

export type Task = ReloadTask | ExternalProgramTask;

interface Detail {
  readonly message: string;
  readonly detailCreatedDate: string;
}

/** An app's content and objects at one moment. */
export interface Saved {
  readonly content: Content;
  readonly parts: readonly Part[];
}

/** The record of one attempt of a run; it outlives the session (docs/qrs.md 5.3). */
export interface ExecutionResult extends Stored {
  readonly schemaPath: 'ExecutionResult';
  readonly taskID: string;
  readonly executionID: string;
  readonly appID: string;
  readonly executingNodeID: string;
  readonly executingNodeName: string;
  status: StatusName;
  startTime: string;
  stopTime: string;
  /** In milliseconds. */
  duration: number;
  fileReferenceID: string;
  scriptLogLocation: string;
  /** Empty: none. */
  scriptLog: string;
  details: Detail[];
  /** When it began and ended by the site's clock. The clock may be stopped, while dates always grow. */
  readonly began: number;
  ended: number;
  /** The app's state when the run began; null for a task without an app. */
  readonly saves: Saved | null;
  /** Whether a client can see it yet. */
  visible: boolean;
}

/** A run in progress; the site deletes it when the run is over (docs/qrs.md 5.3). */
export interface ExecutionSession extends Stored {
  readonly schemaPath: 'ExecutionSession';
  readonly task: Task;
  /** Who started it. */
  readonly user: string;
  /** The result of the newest attempt. */
  result: ExecutionResult;
  retries: number;
  /** A number of docs/qrs.md 5.3. */
  abortReason: number;
  /** Whether the run is over; the session may remain for a while. */
  over: boolean;
  /** Cancels the next step of the run. */
  cancel: () => void;
}

export type Entity =
  | App
  | AppObject
  | Stream
  | Tag
  | Definition
  | User
  | Task
  | ExecutionResult
  | ExecutionSession;
export type EntityType = Entity['schemaPath'];

export const entityTypes: readonly EntityType[] = [
  'App',
  'App.Object',
  'Stream',
  'Tag',
  'CustomPropertyDefinition',
  'User',
  'ReloadTask',
  'ExternalProgramTask',
  'ExecutionResult',
  'ExecutionSession',
];

/** How QRS writes "no date" and "no id" (docs/qrs.md 1). */
export const noDate = '1753-01-01T00:00:00.000Z';
export const noId = '00000000-0000-0000-0000-000000000000';

export const fullUserName = (user: User) => `${user.userDirectory}\\${user.userId}`;
