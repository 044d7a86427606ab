import type { AppObject } from '../../qrs/apps/objects.ts';
import type { App, AppFields, PropertyDefinition, Stream, Tag, User } from '../../qrs/entities.ts';
import type { Node } from '../../qrs/nodes.ts';
import type { Odd } from '../../qrs/shape.ts';
import type { Task } from '../../qrs/tasks.ts';
import type { Site } from '../../sites/sites.ts';
import type { BackedUp } from '../app-file/backup.ts';
import { type Origin, readStamp, type Stamp } from '../stamp.ts';
import type { Wishes } from './wish.ts';

/** All facts that a plan is made of. Reading them changes nothing. */
export interface Survey {
  from: Site;
  /** All sites that are known. */
  sites: readonly Site[];
  /** When it was made, ms since the epoch. */
  at: number;
  apps: readonly SurveyedApp[];
  /** Selected apps that are not there, or several; a sentence each. */
  missing: readonly string[];
  /** The app of the event is gone; a sentence. */
  gone: readonly string[];
  /** The tags called `done.tag` on the source site, the oldest first, when an app is to get it. */
  doneTags: readonly Tag[];
  targets: ReadonlyMap<Site, TargetFacts>;
  /** Pairs of sites that may be one under two addresses (`alike-sites.ts`). */
  alike: readonly [Site, Site][];
  /** The central nodes of these sites. */
  nodes: ReadonlyMap<Site, Node>;
  /** Working copies on every site that was read. */
  copies: ReadonlyMap<Site, Copies>;
}

export interface SurveyedApp {
  app: App;
  /** The file it is promoted from, in place of the source site. */
  file: BackedUp | undefined;
  /** Why the spec's `when` leaves it alone; empty when it does not. */
  unmet: readonly string[];
  tagged: boolean;
  wishes: Wishes;
  /** Where it comes from, without the digest of its content. */
  origin: Origin;
  /** What it is made of; undefined where that need not be known. */
  objects: readonly AppObject[] | undefined;
}

/** What a target site has of the streams, tags, custom properties and users that a spec or an app names. */
export interface Names {
  /** By name; names are not unique. */
  streams: ReadonlyMap<string, readonly Stream[]>;
  /** The oldest first. */
  tags: readonly Tag[];
  properties: readonly PropertyDefinition[];
  users: readonly User[];
  /** Names that the site has, of each kind of which one is missing: one of them may have been meant. */
  others: Readonly<Record<'streams' | 'properties' | 'users', readonly string[]>>;
}

/** What a target site has, as far as it concerns what is wanted there. */
export interface TargetFacts extends Tasks, Names {
  /** Why the site could not be asked; all else is empty then. */
  lost: string | undefined;
  /** Published apps of the wanted names, by name. */
  live: ReadonlyMap<string, readonly LiveApp[]>;
  /** Apps among those of the wanted names that cannot be used, as the site says too little, or too much, of them. */
  odd: readonly Odd[];
  /** What apps are made of, by id: those of which it must be known, as far as the site shows it. */
  objects: ReadonlyMap<string, readonly AppObject[]>;
  copies: Copies;
}

/** What a reload of live apps needs on a target site. */
interface Tasks {
  /** The tasks of apps that are to be reloaded once they are live. */
  tasks: readonly Task[];
  /** Whether the user may make such a task where there is none; undefined where that is not known, or not needed. */
  mayMakeTasks: boolean | undefined;
}

/** All working copies on a site: the abandoned ones, and the others. */
export interface Copies {
  removable: readonly AppFields[];
  held: readonly AppFields[];
}

/** A published app, and what its stamp says, if it has one. */
export interface LiveApp extends AppFields {
  stream: Stream;
  stamp: Stamp | undefined;
}

/** The published apps among these, by name. */
export function liveByName(apps: readonly AppFields[]): Map<string, LiveApp[]> {
  // A run writes one stamp to all places of an app.
  const stamps = new Map<string, Stamp | undefined>();
  const stampOf = (description: string) => {
    if (!stamps.has(description)) stamps.set(description, readStamp(description));
    return stamps.get(description);
  };
  const live = apps.flatMap(app =>
    app.published && app.stream ? [{ ...app, stream: app.stream, stamp: stampOf(app.description) }] : [],
  );
  return Map.groupBy(live, ({ name }) => name);
}

/** The live apps of one name, by the id of their stream. Pure. */
export function liveByStream({ live }: Pick<TargetFacts, 'live'>, name: string): Map<string, LiveApp[]> {
  return Map.groupBy(live.get(name) ?? [], ({ stream }) => stream.id);
}
