import type { App } from '../qrs/entities.ts';
import type { AppPlan, PlannedStream, TargetPlan } from './plan/planned.ts';

/** What came of a plan: facts for the report, in the order of the plan. */
export interface AppOutcome {
  plan: AppPlan;
  targets: readonly TargetOutcome[];
  /** Of the exported file; absent when nothing had to be exported. */
  file?: { bytes: number; sha256: string };
  /** What became of the tag on the source app. */
  tag: 'none' | 'set' | 'removed' | 'failed' | 'not due';
  /** The source app changed after the plan, so `done` waits for the next run. */
  changedSince?: true;
  /** The tag that was taken off. */
  untagged?: string;
  /** The date that the app got by what was written to it. */
  written?: string;
  /** What else was done to the source app: a phrase each. */
  done: readonly string[];
  /** The file that holds the app without data. */
  archive?: string;
  /** Why the app as a whole did not succeed. */
  failure?: string;
  /** Why it was left alone after all, before anything of it went live. */
  skipped?: string;
  /** What a reader should know although it went well. */
  notes: readonly string[];
}

export interface TargetOutcome {
  plan: TargetPlan;
  streams: readonly StreamOutcome[];
  failure?: string;
  /** The site that gave no answer, where that is the failure, and what the network said. */
  away?: { site: string; answer: string };
  /** Why the app was not brought here: the source no longer asked for it right before it would have gone live. */
  skipped?: string;
  /** Working copies that could not be removed; where `certain` is false, that may be there, or may yet appear. */
  left: readonly { id?: string | undefined; name: string; certain: boolean }[];
  /** Milliseconds from the first step to the last look. */
  took: number;
}

export interface StreamOutcome {
  stream: PlannedStream;
  /** `unclear`: asked for, but the site never said whether it was done; `withdrawn`: another app came there first. */
  did: 'replaced' | 'published' | 'amended' | 'kept' | 'not done' | 'unclear' | 'rolled back' | 'withdrawn';
  /** The app that users see there now. */
  app?: Pick<App, 'id' | 'name'>;
  /** What a reader should know of it. */
  note?: string;
  /** It was reloaded once it was live. */
  reloaded?: boolean;
  /** The file that holds what was replaced. */
  backup?: string;
}

export function failed(app: AppOutcome): boolean {
  return (
    app.failure !== undefined ||
    app.tag === 'failed' ||
    app.targets.some(target => target.failure !== undefined)
  );
}

/** Whether users of the target see something new. */
export function wentLive({ streams }: TargetOutcome): boolean {
  return streams.some(
    ({ did, reloaded }) => ['replaced', 'published', 'amended'].includes(did) || reloaded === true,
  );
}

/** Whether anything that users can see, or the tag that says so, came of it. */
export function changed(app: AppOutcome): boolean {
  return app.targets.some(wentLive) || app.tag === 'set' || app.done.length > 0;
}
