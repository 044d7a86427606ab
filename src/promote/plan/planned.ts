import type { App, AppFields } from '../../qrs/entities.ts';
import type { Site } from '../../sites/sites.ts';
import type { BackedUp } from '../app-file/backup.ts';
import type { Options } from '../options.ts';
import type { Mode } from '../spec.ts';
import type { Origin } from '../stamp.ts';
import type { Evidence } from '../survey/evidence.ts';
import type { LiveApp } from '../survey/facts.ts';
import type { Attributes } from './attributes.ts';

/** What will be done, decided from the survey's facts alone. */
export interface Plan {
  from: Site;
  /** When the facts were read, ms since the epoch. */
  at: number;
  apps: readonly AppPlan[];
  /** Refusals that concern no single app. */
  refusals: readonly string[];
  /** What looks wrong, but may be meant. */
  warnings: readonly string[];
  /** Working copies on each site that was read. */
  leftovers: readonly Leftovers[];
}

/** All working copies that were found on a site. */
export interface Leftovers {
  site: Site;
  /** Abandoned when they were surveyed: to be read again, and removed. */
  removable: readonly AppFields[];
  /** They may be another run's, and stay. */
  held: readonly AppFields[];
}

export interface AppPlan {
  app: App;
  /** The file it comes from, in place of the source site. */
  file: BackedUp | undefined;
  verdict: 'promote' | 'untag' | 'skip' | 'refuse';
  /** Why it is skipped or refused; a sentence or part of one each. */
  reasons: readonly string[];
  targets: readonly TargetPlan[];
  /** The folder where the app is kept without data. */
  archive: string | undefined;
  done: DonePlan;
  /** The digest of its content without data (version.ts); undefined where it was not read, or is not shown. */
  content: string | undefined;
  /** All sites that a property of the app may name. */
  sites: readonly Site[];
}

/** What happens to the source app when all its targets are done. */
export interface DonePlan {
  /** The tag that it gets. Without an id it is made first. */
  tag: { name: string; id: string | undefined } | undefined;
  /** Custom properties that leave it. */
  properties: readonly string[];
  unpublish: boolean;
  /** Other users' objects may be lost by that. */
  loseOthers: boolean;
}

export interface TargetPlan {
  site: Site;
  mode: Mode;
  /** The app's name on the target. */
  name: string;
  options: Options;
  attributes: Attributes;
  steps: readonly Step[];
  /** Wanted streams that the site does not have, left out. */
  missing: readonly string[];
  /** How the working copy is made: within one site the source app is copied, and nothing travels. */
  make: 'upload' | 'copy';
  /** Later ones of two published apps of one source app and version: to be read again, and removed. */
  twins: readonly LiveApp[];
  /** Why the site cannot be asked; nothing is done there, and that is a failure of this target alone. */
  lost: string | undefined;
  /** What the description will say; undefined where it is to say nothing. */
  origin: Origin | undefined;
}

/** Without an id: made first. */
export interface PlannedStream {
  id: string | undefined;
  name: string;
}

export type Step =
  | { do: 'replace'; stream: PlannedStream; app: LiveApp }
  | { do: 'publish'; stream: PlannedStream }
  | KeepStep;

/** This very version is already there. */
export interface KeepStep extends Evidence {
  do: 'keep';
  stream: PlannedStream;
  app: LiveApp;
  /** The attributes that the spec asks for and the app lacks. */
  lacks: readonly string[];
  /** Its reload after the promotion is still to come. */
  reload: boolean;
}
