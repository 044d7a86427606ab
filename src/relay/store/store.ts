import type { Change } from '../../qrs/subscriptions.ts';
import type { Cause, Delivery, Seen, State, Told } from './delivery.ts';

/**
 * Where changes are kept from the moment they are accepted until they are told. Everything that resolves is on
 * disk. Methods reject with StoreError when the store cannot be written.
 */
export interface Store {
  /** Adds changes, all or none but for those over the limit; a change of an entity that waits already joins it. */
  accept(changes: readonly Told[], now: number, limit: number): Promise<Accepted>;
  /** What is due and not yet read back, the oldest first. */
  toDecide(now: number, site: string): Promise<Delivery[]>;
  /** Nothing joins it any more: it has waited as long as it may. */
  shut(id: string): Promise<void>;
  /** False, and nothing is done, when another notification has come since. */
  want(delivery: Delivery, payload: string, seen: Seen, now: number): Promise<boolean>;
  refuse(delivery: Delivery, reason: string, seen: Seen | undefined, now: number): Promise<boolean>;
  /** The site answers again: what was put off is due. */
  hasten(site: string, now: number): Promise<void>;
  /** It could not be read back: once more later. */
  postpone(delivery: Delivery, due: number, reason: string): Promise<void>;
  /** The next one to tell GitHub, marked as under way; in the order in which they came. */
  claim(now: number, skip: Skip): Promise<Delivery | undefined>;
  /** What came of the call. */
  settle(id: string, outcome: Settlement, now: number): Promise<void>;
  /** What a relay that was killed had under way, and what died of a credential, waits again. */
  recover(now: number): Promise<number>;
  revive(cause: Cause, now: number): Promise<number>;
  /**
   * Gives up what is of no subscription that is known, and takes up again what was given up so, or because its site
   * could not show it. Resolves to how many were given up.
   */
  adopt(known: readonly { subscription: string; site: string }[], now: number): Promise<number>;
  /** When the next one is due that is not yet read back. */
  nextDue(site: string): Promise<number | undefined>;
  seen(subscription: string, object: string): Promise<Seen | undefined>;
  counts(): Promise<Counts>;
  list(query: Query): Promise<Delivery[]>;
  /** Sends these again, under the same id. */
  redeliver(ids: readonly string[], now: number): Promise<number>;
  prune(now: number, history: { age: number; rows: number }): Promise<number>;
  /** Handles of subscriptions with QRS. */
  handles(): Promise<Handle[]>;
  keepHandle(handle: Handle): Promise<void>;
  dropHandle(handle: Handle): Promise<void>;
  /** By the site's clock: when it was first asked, and the time up to which all its changes are known. */
  known(site: string): Promise<{ first: number; until: number } | undefined>;
  know(site: string, until: number): Promise<void>;
  /** A text that is made once. */
  setting(name: string, make: () => string): Promise<string>;
  /** Writes something, to see whether that works. */
  probe(now: number): Promise<void>;
  close(): Promise<void>;
}

export interface Accepted {
  stored: number;
  /** Of these, joined another one that waits. */
  joined: readonly Told[];
  /** Over the limit. */
  rejected: readonly Told[];
}

export interface Skip {
  subscriptions: readonly string[];
  ids: readonly string[];
}

export type Settlement =
  | { state: 'delivered' }
  | { state: 'dead'; reason: string; cause: Cause }
  | { state: 'pending'; reason: string; due: number; maybeSent: boolean; attempted: boolean };

export interface Counts {
  states: Readonly<Record<State, number>>;
  /** When the oldest change that is not told came, ms since the epoch. */
  oldest: number | undefined;
}

export interface Query {
  states?: readonly State[] | undefined;
  subscription?: string | undefined;
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

/** The store cannot be read or written: the disk is full, or the file locked or damaged. */
export class StoreError extends Error {
  override name = 'StoreError';
}
