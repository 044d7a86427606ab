import type { App, AppFields } from '../../qrs/entities.ts';
import type { Site } from '../../sites/site.ts';
import type { BackedUp } from '../app-file/backup.ts';
import type { Options } from '../options.ts';
import type { ReloadTaskPlan } from '../reload-task/planned-task.ts';
import type { Mode } from '../spec.ts';
import type { Origin } from '../stamp.ts';
import type { Evidence } from '../survey/evidence.ts';
import type { StampedApp } from '../survey/facts.ts';
import type { Attributes } from './attributes.ts';
import type { WhatChanges } from './what-changes.ts';

/** The plan, which follows from the survey's facts alone. */
export interface Plan {
  from: Site;
  /** When the survey read the facts, ms since the epoch. */
  at: number;
  apps: readonly AppPlan[];
  /** Refusals that concern no single app. */
  refusals: readonly string[];
  /** Warnings about what looks wrong, but may be intended. */
  warnings: readonly string[];
  /** Working copies on each site that was read. */
  leftovers: readonly Leftovers[];
}

/** All working copies on a site. */
export interface Leftovers {
  site: Site;
  /** Abandoned at the time of the survey: to be read again, and removed. */
  removable: readonly AppFields[];
  /** Copies that may belong to another run: they stay. */
  held: readonly AppFields[];
}

export interface AppPlan {
  app: App;
  /** The file from which it comes, instead of the source site. */
  file: BackedUp | undefined;
  verdict: 'promote' | 'untag' | 'skip' | 'refuse';
  /** Why it is skipped or refused: sentences or parts of sentences. */
  reasons: readonly string[];
  targets: readonly TargetPlan[];
  /** The folder for the app's file without data. */
  archive: string | undefined;
  done: DonePlan;
  /** The digest of its content without data (version.ts); undefined where it was not read, or is not shown. */
  content: string | undefined;
  /** All sites that a property of the app may name. */
  sites: readonly Site[];
}

/** What happens to the source app when all its targets are done. */
export interface DonePlan {
  /** The tag to add. Without an id, the run makes it first. */
  tag: { name: string; id: string | undefined } | undefined;
  /** Custom properties to remove. */
  properties: readonly string[];
  unpublish: boolean;
  /** Accept that this loses other users' objects. */
  loseOthers: boolean;
  /** What users lose, in a phrase. */
  loses?: string | undefined;
}

export interface TargetPlan {
  site: Site;
  mode: Mode;
  /** The id of the one app that this target names, wherever that app is; undefined: apps by name and stream. */
  app: string | undefined;
  /** The app's name on the target. */
  name: string;
  /** The number before that of its first working copy: each target of an app on one site has its own copies. */
  copies: number;
  options: Options;
  attributes: Attributes;
  steps: readonly Step[];
  /** The reload task of each of these places; undefined where the spec names none. */
  reloadTask: ReloadTaskPlan | undefined;
  /** Wanted streams that the site lacks, and that are left out. */
  missing: readonly string[];
  /** How to make the working copy: within one site the source app is copied, and nothing travels. */
  make: 'upload' | 'copy';
  /** The later one of two published apps of one source app and version: to be read again, and removed. */
  twins: readonly StampedApp[];
  /** Why the site did not answer: nothing is done there, and only this target fails. */
  lost: string | undefined;
  /** The stamp for the description; undefined for none. */
  origin: Origin | undefined;
}

export interface PlannedStream {
  /** Undefined where a publish makes it first. */
  id: string | undefined;
  /** Empty where the target names an unpublished app. */
  name: string;
}

export type Step =
  /** `changes`: in a dry run, how the version that comes differs from the live app. */
  | { do: 'replace'; stream: PlannedStream; app: StampedApp; changes?: WhatChanges }
  | { do: 'publish'; stream: PlannedStream }
  | KeepStep;

/** The target already has this version. */
export interface KeepStep extends Evidence {
  do: 'keep';
  stream: PlannedStream;
  app: StampedApp;
  /** The attributes that the spec asks for and the app lacks. */
  lacks: readonly string[];
  /** Its reload after the promotion is still due. */
  reload: boolean;
}
