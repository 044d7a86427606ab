import type { Change } from '../../qrs/subscriptions.ts';

/** `leased`: a call to GitHub is under way. `unwanted`: read back, and nothing to tell. `dead`: given up. */
export const STATES = ['pending', 'leased', 'delivered', 'unwanted', 'dead'] as const;
export type State = (typeof STATES)[number];

/** Who is to blame for a dead delivery: with the credential mended, it goes out after all. */
export type Cause = 'credential' | 'repository' | 'event' | 'time' | 'site' | 'configuration';

/** A change that a site told of, or that was found by asking it. */
export interface Told {
  subscription: string;
  site: string;
  entity: string;
  /** Id of the entity. */
  object: string;
  change: Change;
  /** Names of properties; undefined when nobody told them. */
  changed: readonly string[] | undefined;
  /** When it changed, by the site's clock, ms since the epoch. */
  date: number | undefined;
  /** Found by asking: the time since which was asked, by the site's clock. */
  since: number | undefined;
  /** Found after a gap, in which QRS told nothing. */
  gap: boolean;
  /** Ms. */
  quiet: number;
  maxWait: number;
}

/** One entity's changes under one subscription, on their way to one dispatch. Times in ms since the epoch. */
export interface Delivery {
  /** The same on every repeat. */
  id: string;
  subscription: string;
  site: string;
  entity: string;
  object: string;
  change: Change;
  changed: readonly string[];
  /** Whether every notification told what had changed. */
  certain: boolean;
  since: number | undefined;
  /** Notifications in it. */
  count: number;
  first: number;
  last: number;
  /** Its earliest and latest change, by the site's clock. */
  changedFrom: number | undefined;
  changedTo: number | undefined;
  /** Not before. */
  due: number;
  state: State;
  /** Changes with each notification that is added. */
  version: number;
  /** JSON; there once the entity was read back and is wanted. */
  payload: string | undefined;
  /** The entity as it was read back: when it was modified, by the site's clock, and what is looked at of it. */
  modified: number | undefined;
  mark: string | undefined;
  digest: string | undefined;
  attempts: number;
  /** Of the first attempt. */
  began: number | undefined;
  /** GitHub may have taken it already. */
  maybeSent: boolean;
  reason: string | undefined;
  cause: Cause | undefined;
  updated: number;
}

/** One write can be notified several times, a moment apart: ms between the dates of what still counts as one. */
export const ONE_WRITE = 50;

/** Of several changes of one entity the one that matters. */
export function stronger(one: Change, other: Change): Change {
  const rank = { delete: 2, add: 1, update: 0 };
  return rank[other] > rank[one] ? other : one;
}

/** What was last sent of an entity, or decided not to be. */
export interface Seen {
  modified: number;
  mark: string;
  /** Of what is told of it but for its tags: what no notification explains has been missed. */
  digest: string;
  /** Whether it was told. */
  sent: boolean;
  /** Whether it was not, because of who had changed it. */
  ignored: boolean;
}
