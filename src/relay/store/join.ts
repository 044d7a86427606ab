import { randomUUID } from 'node:crypto';
import { type Delivery, HEARD, type Heard, type Moment } from './delivery.ts';

/** Names of changed properties that are kept of one delivery. */
const NAMES = 50;

/** A change that a site notified, or that catch-up found. */
export interface ReportedChange
  extends Pick<Delivery, 'subscription' | 'site' | 'repository' | 'entity' | 'object' | 'change' | 'since'> {
  /** Names of properties; undefined when the notification has none. */
  changed: readonly string[] | undefined;
  /** When it changed, by the site's clock, ms since the epoch. */
  date: number | undefined;
  /** The site may not have notified for a while: who wrote last proves nothing about who wrote before. */
  gap: boolean;
  /** Ms. */
  quiet: number;
  maxWait: number;
}

/** What a new delivery begins with. */
export type Beginning = Pick<
  Delivery,
  'subscription' | 'site' | 'repository' | 'entity' | 'object' | 'change' | 'since'
> &
  Pick<Delivery, 'certain' | 'count' | 'date' | 'due' | 'deadline'> & { changed: readonly string[] };

/** A new delivery, unread, that further notifications join. */
export function newDelivery(from: Beginning, seq: number, now: number): Delivery {
  const { subscription, site, repository, entity, object, change, since, certain, count, date } = from;
  return {
    ...{ id: randomUUID(), seq, subscription, site, repository, entity, object },
    ...{ change, changed: from.changed.slice(0, NAMES), certain, since, count, date },
    ...{ first: now, last: now, due: from.due, deadline: from.deadline, updated: now },
    ...{ state: 'pending', version: 1, looks: 0, own: false, unread: true },
    ...{ attempts: 0, refused: 0, maybeSent: false, lease: undefined, failed: undefined },
    ...{ payload: undefined, modified: undefined, mark: undefined, reason: undefined, cause: undefined },
  };
}

/** A change that joins no waiting delivery. */
export function beginningOf(reported: ReportedChange, { tick }: Moment): Beginning {
  const { changed, quiet, maxWait } = reported;
  const [due, deadline] = [tick + Math.min(quiet, maxWait), tick + maxWait];
  return { ...reported, changed: changed ?? [], certain: changed !== undefined, count: 1, due, deadline };
}

/**
 * A change found by catch-up was probably notified too: then a delivery waits that will be read back, or that was
 * read back after this change.
 */
export function covers({ unread, modified = 0, change }: Delivery, reported: ReportedChange): boolean {
  return stronger(change, reported.change) === change && (unread || (reported.date ?? 0) <= modified);
}

/**
 * Adds a change to an untried delivery; the entity is to be read back anew. One that its site could not show keeps the
 * reason: it is still to be read apart from others.
 */
export function joinedBy(open: Delivery, reported: ReportedChange, { now, tick }: Moment): Delivery {
  const isNotified = reported.since === undefined;
  return {
    ...open,
    change: stronger(open.change, reported.change),
    changed: [...new Set([...open.changed, ...(reported.changed ?? [])])].slice(0, NAMES),
    certain: open.certain && reported.changed !== undefined,
    since: outermost(Math.min, open.since, reported.since),
    count: open.count + (isNotified ? 1 : 0),
    last: now,
    date: outermost(Math.max, open.date, reported.date),
    due: Math.max(tick, Math.min(tick + reported.quiet, open.deadline)),
    own: open.own && !reported.gap && isNotified,
    looks: 0,
    version: open.version + 1,
    payload: undefined,
    unread: true,
    updated: now,
  };
}

/** The change that counts among several of one entity. */
function stronger(one: Heard, other: Heard): Heard {
  return HEARD.indexOf(other) > HEARD.indexOf(one) ? other : one;
}

function outermost(of: (...times: number[]) => number, ...times: (number | undefined)[]): number | undefined {
  const known = times.filter(time => time !== undefined);
  return known.length > 0 ? of(...known) : undefined;
}
