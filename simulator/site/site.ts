import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from './clock.ts';
import { ahead, realClock } from './clock.ts';
import type { Content } from './content.ts';
import type { App, Entity, User } from './entities.ts';
import { fullUserName } from './entities.ts';
import type { ExecutionResult } from './execution-result.ts';
import type { EntityMaps } from './maps.ts';
import { mapOf } from './maps.ts';
import { ObjectMap } from './object-map.ts';
import type { Lacks } from './rights.ts';
import type { Selection } from './selection.ts';
import type { Switches } from './switches.ts';

export const changeTypes = ['Add', 'Update', 'Delete'] as const;
export type ChangeType = (typeof changeTypes)[number];

export interface Change {
  readonly type: ChangeType;
  readonly entity: Entity;
  readonly properties: readonly string[];
}

/** A file that an export made, ready for its only download (docs/qrs.md 4.1). */
export interface Export {
  readonly token: string;
  readonly appId: string;
  readonly user: User;
  readonly file: string;
  readonly downloadPath: string;
  readonly content: Content;
}

export interface Site extends EntityMaps {
  readonly name: string;
  readonly nodeId: string;
  /** When the site was made, as QRS writes it. */
  readonly made: string;
  readonly switches: Switches;
  /** What users may not do. */
  lacks: Lacks;
  readonly selections: Map<string, Selection>;
  readonly exports: Map<string, Export>;
  /** Script logs ready for their only download, by ticket (docs/qrs.md 6). */
  readonly tickets: Map<string, ExecutionResult>;
  readonly clock: Clock;
  /** The number of uploads accepted since the site last refused one. */
  uploads: number;
  /** The time as QRS writes it; each call returns a later time than the one before. */
  now(): string;
  /** The common fields of a new entity; `at` is its date, by default now. */
  stored(
    by: User,
    at?: string,
  ): { id: string; createdDate: string; modifiedDate: string; modifiedByUserName: string };
  /** Call this after putting an entity into its map. */
  added(entity: Entity): void;
  /**
   * Sets a new modifiedDate. Call this after each change of an entity, with the names of the changed properties.
   */
  touch(entity: Entity, by: User, properties?: readonly string[]): void;
  remove(entity: Entity): void;
  userNamed(directory: string, id: string): User | undefined;
  onChange(listener: (change: Change) => void): void;
  /** Does the work later, unless the site closes first. The function returned cancels it. */
  later(milliseconds: number, work: () => void): () => void;
  /** A path for a new temporary file. */
  newFile(): string;
  /** Removes the file of content that is no longer used here, unless another app or export uses it. */
  release(content: Content): void;
  close(): void;
}

export function createSite(name: string, switches: Switches, given: Clock = realClock): Site {
  const clock = ahead(given, () => switches.ahead);
  const listeners: ((change: Change) => void)[] = [];
  const pending = new Set<() => void>();
  const files = temporaryFiles();
  let latest = 0;

  const site: Site = {
    name,
    nodeId: randomUUID(),
    made: new Date(clock.now()).toISOString(),
    switches,
    lacks: {},
    apps: new Map(),
    objects: new ObjectMap(),
    streams: new Map(),
    tags: new Map(),
    customProperties: new Map(),
    users: new Map(),
    tasks: new Map(),
    sessions: new Map(),
    results: new Map(),
    triggers: new Map(),
    dataConnections: new Map(),
    extensions: new Map(),
    selections: new Map(),
    exports: new Map(),
    tickets: new Map(),
    clock,
    uploads: 0,
    now() {
      latest = Math.max(clock.now(), latest + 1);
      return new Date(latest).toISOString();
    },
    stored: (by, at = site.now()) => ({
      id: randomUUID(),
      createdDate: at,
      modifiedDate: at,
      modifiedByUserName: fullUserName(by),
    }),
    added: entity => tell({ type: 'Add', entity, properties: [] }),
    touch(entity, by, properties = []) {
      entity.modifiedDate = site.now();
      if (entity.schemaPath === 'App' && switches.objectDatesMove) moveDates(entity);
      entity.modifiedByUserName = fullUserName(by);
      tell({ type: 'Update', entity, properties: ['modifiedDate', ...properties] });
    },
    remove(entity) {
      mapOf(site, entity.schemaPath).delete(entity.id);
      tell({ type: 'Delete', entity, properties: [] });
    },
    userNamed: (directory, id) =>
      site.users.values().find(user => same(user.userDirectory, directory) && same(user.userId, id)),
    onChange: listener => listeners.push(listener),
    later(milliseconds, work) {
      const drop = clock.later(milliseconds, () => {
        pending.delete(cancel);
        work();
      });
      const cancel = () => {
        pending.delete(cancel);
        drop();
      };
      pending.add(cancel);
      return cancel;
    },
    newFile: files.create,
    release(content) {
      if (content.kind !== 'file') return;
      const users = [...site.apps.values(), ...site.exports.values()].map(holder => holder.content);
      if (users.some(used => used.kind === 'file' && used.path === content.path)) return;
      rmSync(content.path, { force: true });
    },
    close() {
      for (const cancel of pending) cancel();
      files.removeAll();
    },
  };

  /** A client that compares the dates of objects then thinks that the app's objects changed (docs/qrs.md 9). */
  function moveDates(app: App) {
    for (const object of site.objects.of(app)) object.modifiedDate = app.modifiedDate;
  }

  function tell(change: Change) {
    for (const listener of listeners) listener(change);
  }

  return site;
}

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

function temporaryFiles() {
  let directory: string | undefined;
  return {
    create() {
      directory ??= mkdtempSync(join(tmpdir(), 'qrs-simulator-'));
      return join(directory, randomUUID());
    },
    removeAll() {
      if (directory) rmSync(directory, { recursive: true, force: true });
    },
  };
}
