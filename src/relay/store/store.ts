import type { Change } from '../../qrs/subscriptions.ts';
import type { Cause, Memory, State, Told } from './delivery.ts';
import type { Delivery } from './row.ts';

/**
 * Where changes are kept from their acceptance to their dispatch. Whatever a method resolved is on disk. Methods
 * reject with StoreError when the store cannot be read or written.
 */
export interface Store {
  /** Adds changes, all or none but for those beyond a repository's share; a change of a waiting entity joins it. */
  accept(changes: readonly Told[], at: Moment, share: number): Promise<Accepted>;
  /** What is due to be read back, in the order of its time. */
  toRead(tick: number, site: string): Promise<Delivery[]>;
  /** When the next one is due to be read back. */
  nextDue(site: string): Promise<number | undefined>;
  /** The site answers again: what was postponed is due. */
  hasten(site: string, tick: number): Promise<void>;
  /** The first readings of these came in time and showed no change by others; what was seen of working copies. */
  witness(own: readonly string[], copies: readonly Copy[], now: number): Promise<void>;
  /** Writes decisions in one transaction. Returns those that hold: no notification has joined since the reading. */
  conclude(decisions: readonly Decision[], at: Moment): Promise<Decision[]>;
  /** The oldest one that is ready in any of these lanes, marked as under way. */
  claim(at: Moment, lanes: readonly FreeLane[]): Promise<Delivery | undefined>;
  /** Writes what came of the call. */
  settle(id: string, outcome: Settlement, now: number): Promise<void>;
  /** Takes up what an earlier relay left under way; resolves to how many that were. */
  recover(now: number): Promise<number>;
  /**
   * Adapts what waits to the configuration: new names of sites, other repositories. Gives up what no subscription
   * watches, and takes that up again when its subscription is back. Resolves to how many it gave up.
   */
  adopt(known: readonly Known[], now: number): Promise<number>;
  memory(subscription: string, object: string): Promise<Memory | undefined>;
  counts(): Promise<Counts>;
  list(query: Query): Promise<Delivery[]>;
  /** Sends these again, under the same id. */
  redeliver(ids: readonly string[], now: number): Promise<number>;
  /** Removes these, unless they are under way. */
  discard(ids: readonly string[]): Promise<number>;
  prune(now: number, history: { age: number; rows: number }): Promise<number>;
  /** Handles of subscriptions with QRS. */
  handles(): Promise<Handle[]>;
  keepHandle(handle: Handle): Promise<void>;
  dropHandle(handle: Pick<Handle, 'subscription' | 'change' | 'handle'>): Promise<void>;
  watches(): Promise<WatchRow[]>;
  /** By the site's clock: all changes until then are known. */
  know(subscription: string, until: number): Promise<void>;
  /** Why the site does not keep a subscription; undefined: it does. */
  trouble(subscription: string, words: string | undefined): Promise<void>;
  /** The lanes that wait. */
  lanes(): Promise<Lane[]>;
  /** Replaces a lane's row; with `until` undefined the lane is free, and has none. */
  keepLane(lane: Omit<Lane, 'until'> & { until: number | undefined }): Promise<void>;
  /** A text that is made once. */
  setting(name: string, make: () => string): Promise<string>;
  /** Writes something, to see whether that works. */
  probe(now: number): Promise<void>;
  close(): Promise<void>;
}

/** Ms since the epoch. */
export interface Moment {
  /** By the machine's clock: for what people read. */
  now: number;
  /** By the steady clock of the relay, which nobody sets: for when something is due. */
  tick: number;
}

export interface Accepted {
  stored: number;
  /** Of these, joined another one that waits. */
  joined: readonly Told[];
  /** Beyond the share of their repository. */
  rejected: readonly Told[];
  /** New rows that came by notification: they are read at once, to see who wrote. */
  added: readonly Added[];
}

export interface Added {
  id: string;
  told: Told;
}

/** A working copy of a promotion, to be remembered for its deletion. */
export interface Copy {
  subscription: string;
  object: string;
  name: string;
  met: boolean;
}

/** What came of reading an entity back. */
export type Decision = { delivery: Delivery; memory?: Memory | undefined } & (
  | { kind: 'wanted'; payload: string }
  | { kind: 'unwanted'; reason: string }
  /** To be read once more. */
  | { kind: 'again'; due: number; looks: number; reason?: string; change?: 'update' | undefined }
);

/** A repository that GitHub may be called for. */
export interface FreeLane {
  repository: string;
  /** Leave these out: they failed, and another one is to show whether the whole lane does. */
  except?: readonly string[];
}

export interface Lane {
  /** owner/name in lower case; empty for the credential, and so for all. */
  repository: string;
  /** `limited`: GitHub asked for a pause. `refused`: GitHub says no. `trouble`: no usable answer. */
  kind: 'limited' | 'refused' | 'trouble';
  /** When it began to wait, and until when; ms since the epoch. */
  since: number;
  until: number;
  failures: number;
  reason: string;
}

export type Settlement =
  | { state: 'delivered' }
  | { state: 'dead'; reason: string; cause: Cause }
  | { state: 'pending'; reason: string; due: number; maybeSent: boolean; refused: boolean };

export interface Known {
  subscription: string;
  repository: string;
  /** Its name, then its other names. */
  sites: readonly string[];
}

export interface Counts {
  states: Readonly<Record<State, number>>;
  /** How many wait for each repository. */
  waiting: Readonly<Record<string, number>>;
  /** When the oldest change that waits came, ms since the epoch. */
  oldest: number | undefined;
}

export interface Query {
  states?: readonly State[] | undefined;
  subscription?: string | undefined;
  /** In lower case. */
  repository?: string | undefined;
  ids?: readonly string[] | undefined;
  /** Ms since the epoch; of the last notification. */
  from?: number | undefined;
  to?: number | undefined;
  limit: number;
}

export interface Handle {
  subscription: string;
  site: string;
  change: Change;
  handle: string;
}

export interface WatchRow {
  subscription: string;
  /** When the site was first asked, and the time up to which all changes are known, by the site's clock. */
  first: number | undefined;
  until: number | undefined;
  trouble: string | undefined;
}

/** The store cannot be read or written: the disk is full, or the file locked or damaged. */
export class StoreError extends Error {
  override name = 'StoreError';
}

/** An older relay made the store: `run` brings it up to date. */
export class OlderStoreError extends StoreError {
  override name = 'OlderStoreError';
}

/** The file is no store of the relay, or one of a newer relay. */
export class ForeignStoreError extends StoreError {
  override name = 'ForeignStoreError';
}
