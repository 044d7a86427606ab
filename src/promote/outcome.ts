import type { App } from '../qrs/entities.ts';
import type { AppPlan, PlannedStream, TargetPlan } from './plan/planned.ts';
import type { TaskRecord } from './reload-task/task-record.ts';

/** The outcome of a plan: facts for the report, in the order of the plan. */
export interface AppOutcome {
  plan: AppPlan;
  targets: readonly TargetOutcome[];
  /** Size of the exported file; absent when nothing was exported. */
  file?: { bytes: number; sha256: string };
  /** The result for the tag on the source app. */
  tag: 'none' | 'set' | 'removed' | 'failed' | 'not due';
  /** The source app changed after the plan, so `done` waits for the next run. */
  changedSince?: true;
  /** The tag that was removed. */
  untagged?: string;
  /** The app's date after this run wrote to it. */
  written?: string;
  /** Phrases for other changes to the source app. */
  done: readonly string[];
  /** The file with the app, without data. */
  archive?: string;
  /** Why the app as a whole failed. */
  failure?: string;
  /** Why the run left the app alone after all, before anything went live. */
  skipped?: string;
  /** Notes for the reader about a success. */
  notes: readonly string[];
}

export interface TargetOutcome {
  plan: TargetPlan;
  streams: readonly StreamOutcome[];
  failure?: string;
  /** Where the failure is a missing answer: the site, and the network's error. */
  away?: { site: string; answer: string };
  /** Why the app did not go live here: right before, the source no longer asked for it. */
  skipped?: string;
  /** Working copies that could not be removed; with `certain` false, one that may be there, or may still appear. */
  left: readonly { id?: string | undefined; name: string; certain: boolean }[];
  /** Milliseconds from the first step to the last look. */
  took: number;
}

export interface StreamOutcome {
  stream: PlannedStream;
  /** `unclear`: the site never confirmed the change; `withdrawn`: another app came there first. */
  did: 'replaced' | 'published' | 'amended' | 'kept' | 'not done' | 'unclear' | 'rolled back' | 'withdrawn';
  /** The app that users see there now: its id. */
  app?: Pick<App, 'id' | 'name'>;
  /** Notes for the reader. */
  note?: string;
  /** The app to replace is not there any more: somebody has moved or deleted it. */
  absent?: true;
  /** It was reloaded once it was live. */
  reloaded?: boolean;
  /** The app's reload task there. */
  task?: Pick<TaskRecord, 'name' | 'did' | 'id'>;
  /** The backup file of the replaced app. */
  backup?: string;
}

export function failed(app: AppOutcome): boolean {
  return (
    app.failure !== undefined ||
    app.tag === 'failed' ||
    app.targets.some(target => target.failure !== undefined)
  );
}

/** Whether users of the target see another version, or newly loaded data. */
export function hasNewVersion({ streams }: TargetOutcome): boolean {
  return streams.some(({ did, reloaded }) => did === 'replaced' || did === 'published' || reloaded === true);
}

/** Whether the run gave the app in some stream its missing owner, tags or properties, or its reload task. */
function isAmended({ streams }: TargetOutcome): boolean {
  return streams.some(
    ({ did, task }) => did === 'amended' || task?.did === 'made' || task?.did === 'updated',
  );
}

/** Whether the target has something new. */
export function wentLive(target: TargetOutcome): boolean {
  return hasNewVersion(target) || isAmended(target);
}

/** Whether the run changed anything that users can see, or the tag for it. */
export function changed(app: AppOutcome): boolean {
  return app.targets.some(wentLive) || app.tag === 'set' || app.done.length > 0;
}
