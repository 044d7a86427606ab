import type { AppObject } from '../../qrs/apps/objects.ts';
import type { App, AppFields, PropertyDefinition, Stream, Tag, User } from '../../qrs/entities.ts';
import type { Node } from '../../qrs/nodes.ts';
import type { Odd } from '../../qrs/shape.ts';
import type { Task } from '../../qrs/tasks.ts';
import type { Site } from '../../sites/site.ts';
import type { BackedUp } from '../app-file/backup.ts';
import type { ReloadTaskFacts } from '../reload-task/reload-task-facts.ts';
import type { RequiredFacts } from '../requires/survey-required.ts';
import { type Origin, readStamp, type Stamp } from '../stamp.ts';
import { sourceInName, workingPrefix } from '../working-copy.ts';
import type { SurveyedObjects } from './survey-objects.ts';
import type { Wishes } from './wish.ts';

/** The facts for a plan. Reading them changes nothing. */
export interface Survey {
  from: Site;
  /** All known sites. */
  sites: readonly Site[];
  /** The time of the survey, ms since the epoch. */
  at: number;
  apps: readonly SurveyedApp[];
  /** Why a dry run could not read the objects of the source apps. */
  unseen: string | undefined;
  /** Sentences about selected apps that are missing, or of which there are several. */
  missing: readonly string[];
  /** A sentence where the app of the event is gone. */
  gone: readonly string[];
  /** The tags named `done.tag` on the source site, oldest first, where an app needs one. */
  doneTags: readonly Tag[];
  targets: ReadonlyMap<Site, TargetFacts>;
  /** Whether the objects of all apps were read that may be replaced: a dry run says what changes. */
  compares: boolean;
  /** Folders for backups and archives that cannot be used, and why. */
  unusable: ReadonlyMap<string, string>;
  /** Pairs of sites that may be one under two addresses (`alike-sites.ts`). */
  alike: readonly [Site, Site][];
  /** The central nodes of these sites. */
  nodes: ReadonlyMap<Site, Node>;
  /** Working copies on every surveyed site. */
  copies: ReadonlyMap<Site, Copies>;
}

export interface SurveyedApp {
  app: App;
  /** The file from which it is promoted, instead of the source site. */
  file: BackedUp | undefined;
  /** Why the spec's `when` excludes it; empty where it does not. */
  unmet: readonly string[];
  tagged: boolean;
  wishes: Wishes;
  /** Its origin, without the digest of its content. */
  origin: Origin;
  /** Its objects; undefined where nothing depends on them. */
  objects: readonly AppObject[] | undefined;
}

/** The streams, tags, custom properties and users on a target site that a spec or an app names. */
export interface Names {
  /** Streams by name; names are not unique. */
  streams: ReadonlyMap<string, readonly Stream[]>;
  /** Tags, oldest first. */
  tags: readonly Tag[];
  properties: readonly PropertyDefinition[];
  users: readonly User[];
  /** What `requires` names. */
  required: RequiredFacts;
  /** For each kind with a missing name, all names of the site, to suggest the nearest one. */
  others: Readonly<Record<'streams' | 'properties' | 'users' | 'tags', readonly string[]>>;
}

/** The facts about a target site. */
export interface TargetFacts extends Tasks, Names, SurveyedObjects {
  /** Why the site did not answer; then everything else is empty. */
  lost: string | undefined;
  /** Published apps of the wanted names, by name. */
  live: ReadonlyMap<string, readonly LiveApp[]>;
  /** Apps that targets name by their ids, published or not, by id. */
  byId: ReadonlyMap<string, StampedApp>;
  /** Whether the site knows the call that `data: target` needs; undefined where it does not say, or nobody asks. */
  keepsData: boolean | undefined;
  /** Unusable apps of the wanted names: the site's answer has too few, or too many, bytes or fields. */
  odd: readonly Odd[];
  reloadTasks: ReloadTaskFacts;
  copies: Copies;
}

/** The facts for reloads of live apps on a target site. */
interface Tasks {
  /** The tasks of apps that the run will reload after they go live. */
  tasks: readonly Task[];
  /** Whether the user may make a missing task; undefined where unknown, or not needed. */
  mayMakeTasks: boolean | undefined;
}

/** All working copies on a site: the abandoned ones, and the others. */
export interface Copies {
  removable: readonly AppFields[];
  held: readonly AppFields[];
}

/** An app of a target and its stamp, if it has one. */
export interface StampedApp extends AppFields {
  stamp: Stamp | undefined;
}

/** A published app. */
export interface LiveApp extends StampedApp {
  stream: Stream;
}

/** The apps of these ids, by id. Pure. */
export function appsById(
  apps: readonly AppFields[],
  ids: ReadonlySet<string | undefined>,
): Map<string, StampedApp> {
  const named = apps.filter(({ id }) => ids.has(id));
  return new Map(named.map(app => [app.id, { ...app, stamp: readStamp(app.description) }]));
}

/**
 * The published apps among these, by name; each of them gets its stamp. A run that was killed may have left one under a working copy's name, where
 * the site ignores the name of a publish (docs/qrs.md 9): it counts by its source app.
 */
export function liveByName(apps: readonly AppFields[]): Map<string, LiveApp[]> {
  // A run writes the same stamp to all places of an app.
  const stamps = new Map<string, Stamp | undefined>();
  const stampOf = (description: string) => {
    if (!stamps.has(description)) stamps.set(description, readStamp(description));
    return stamps.get(description);
  };
  // A copy of each of a hundred thousand apps would cost more than all else here.
  const live = apps.filter(isLive).map(app => Object.assign(app, { stamp: stampOf(app.description) }));
  return Map.groupBy(live, ({ name }) => {
    const source = sourceInName(name);
    return source === undefined ? name : workingPrefix(source);
  });
}

function isLive(app: AppFields): app is Omit<LiveApp, 'stamp'> {
  return app.published && app.stream !== null && app.stream !== undefined;
}

/** The live apps that have one name, or should have it as this source app's, by the id of their stream. Pure. */
export function liveByStream(
  { live }: Pick<TargetFacts, 'live'>,
  name: string,
  sourceApp: string,
): Map<string, LiveApp[]> {
  const all = [name, workingPrefix(sourceApp)].flatMap(key => live.get(key) ?? []);
  return Map.groupBy(all, ({ stream }) => stream.id);
}
