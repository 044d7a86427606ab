import type { Content } from './content.ts';
import type { ExecutionResult } from './execution-result.ts';
import type { Run } from './runs.ts';
import type { Definition, Labelled, Stored, Tag } from './stored.ts';

export interface User extends Labelled {
  readonly schemaPath: 'User';
  readonly userDirectory: string;
  readonly userId: string;
  name: string;
  roles: string[];
}

export interface Stream extends Labelled {
  readonly schemaPath: 'Stream';
  name: string;
  owner: User;
}

export interface App extends Labelled {
  readonly schemaPath: 'App';
  name: string;
  description: string;
  owner: User;
  published: boolean;
  publishTime: string;
  stream: Stream | null;
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

interface AnyTask extends Labelled {
  name: string;
  enabled: boolean;
  /** In minutes. */
  taskSessionTimeout: number;
  maxRetries: number;
  readonly operationalId: string;
  /** When a schedule starts it next. */
  readonly next: () => string;
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

export interface ExternalProgramTask extends AnyTask {
  readonly schemaPath: 'ExternalProgramTask';
  path: string;
  parameters: string;
}

export type Task = ReloadTask | ExternalProgramTask;

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

/**
 * What starts a task at a time (schema event), or after other tasks (composite event). The simulator keeps both, and
 * starts no task by them.
 */
export interface Trigger extends Stored {
  readonly schemaPath: 'SchemaEvent' | 'CompositeEvent';
  name: string;
  enabled: boolean;
  readonly task: Task;
  /** All else, as a client sent it. */
  settings: Readonly<Record<string, unknown>>;
  /** The tasks after which a composite event starts its own; 1: after success, 2: after failure. */
  rules: readonly Rule[];
  readonly operationalId: string;
  /** When it starts its task next. */
  readonly next: () => string;
}

export interface Rule extends Stored {
  readonly ruleState: 1 | 2;
  readonly task: Task;
}

/** Where a script finds its data, by a name that is unique on a site (docs/qrs.md 4.5). */
export interface DataConnection extends Labelled {
  readonly schemaPath: 'DataConnection';
  name: string;
  connectionstring: string;
  type: string;
  username: string;
  owner: User;
}

/** What draws a visualization that the product itself does not have; its files are not modelled. */
export interface Extension extends Labelled {
  readonly schemaPath: 'Extension';
  name: string;
  owner: User;
}

export type Entity =
  | App
  | AppObject
  | Stream
  | Tag
  | Definition
  | User
  | Task
  | Trigger
  | DataConnection
  | Extension
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
  'SchemaEvent',
  'CompositeEvent',
  'DataConnection',
  'Extension',
  'ExecutionResult',
  'ExecutionSession',
];

/** How QRS writes "no date" and "no id" (docs/qrs.md 1). */
export const noDate = '1753-01-01T00:00:00.000Z';
export const noId = '00000000-0000-0000-0000-000000000000';

export const fullUserName = (user: User) => `${user.userDirectory}\\${user.userId}`;

export const isTrigger = (entity: Entity): entity is Trigger =>
  entity.schemaPath === 'SchemaEvent' || entity.schemaPath === 'CompositeEvent';
