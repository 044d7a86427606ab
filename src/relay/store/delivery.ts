import type { Change } from '../../qrs/subscriptions.ts';

/** `leased`: a call to GitHub is under way. `unwanted`: read back, and not dispatched. `dead`: given up. */
export const STATES = ['pending', 'leased', 'delivered', 'unwanted', 'dead'] as const;
export type State = (typeof STATES)[number];

/** Why a delivery is dead: GitHub refused the event, its subscription left the configuration, or its row is damaged. */
export const CAUSES = ['event', 'configuration', 'store'] as const;
export type Cause = (typeof CAUSES)[number];

/** `remember`: heard only so that a later deletion can be judged; it is never dispatched by itself. */
export const HEARD = ['remember', 'update', 'add', 'delete'] as const;
export type Heard = Change | 'remember';

/** A change that a site notified, or that was found by asking it. */
export interface Told {
  subscription: string;
  site: string;
  /** owner/name in lower case: the lane in which it travels. */
  repository: string;
  entity: string;
  /** Id of the entity. */
  object: string;
  change: Heard;
  /** Names of properties; undefined when the notification has none. */
  changed: readonly string[] | undefined;
  /** When it changed, by the site's clock, ms since the epoch. */
  date: number | undefined;
  /** Found by asking: the time since which the relay asked, by the site's clock. */
  since: number | undefined;
  /** The site may not have notified for a while: who wrote last proves nothing about who wrote before. */
  gap: boolean;
  /** Ms. */
  quiet: number;
  maxWait: number;
}

/** Of several changes of one entity the one that matters. */
export function stronger(one: Heard, other: Heard): Heard {
  return HEARD.indexOf(other) > HEARD.indexOf(one) ? other : one;
}

/** What the relay remembers of an entity: the state it decided last, and what a deletion cannot be asked for. */
export interface Memory {
  /** By the site's clock; 0 before the first decision. */
  modified: number;
  mark: string;
  /** Whether that state was dispatched. */
  sent: boolean;
  name: string | undefined;
  /** Whether the entity ever met the subscription's filter. */
  met: boolean;
}
