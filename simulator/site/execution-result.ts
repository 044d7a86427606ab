import type { Content } from './content.ts';
import type { StatusName } from './enums.ts';
import type { Part } from './made-content.ts';
import type { Stored } from './stored.ts';

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
